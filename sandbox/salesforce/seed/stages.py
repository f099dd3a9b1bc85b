"""The stages that are shipped: those of a seeded org, Salesforce's standard ones, and the playbook phase of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox.salesforce.data.ids import make_id
from sandbox.salesforce.seed.row_values import Row
from sandbox.story.model import Phase


@dataclass(frozen=True, slots=True)
class Stage:
    """One value of Opportunity.StageName; *phase* is None for a closed stage, and for one that is not shipped."""

    name: str
    phase: Phase | None
    probability: int | None
    forecast: str = "Pipeline"
    is_closed: bool = False
    is_won: bool = False


_CLOSED = (
    Stage("Closed Won", None, 100, "Closed", is_closed=True, is_won=True),
    Stage("Closed Lost", None, 0, "Omitted", is_closed=True),
)

SEEDED_STAGES = (
    Stage("Discovery", Phase.DISCOVERY, 10),
    Stage("Qualification", Phase.QUALIFICATION, 20),
    Stage("Evaluation", Phase.EVALUATION, 40),
    Stage("Business Case", Phase.BUSINESS_CASE, 60, "BestCase"),
    Stage("Procurement", Phase.PROCUREMENT, 75, "BestCase"),
    Stage("Closing", Phase.CLOSE, 90, "Forecast"),
    *_CLOSED,
)

_STANDARD_STAGES = (
    Stage("Prospecting", Phase.DISCOVERY, 10),
    Stage("Qualification", Phase.QUALIFICATION, 10),
    Stage("Needs Analysis", Phase.DISCOVERY, 20),
    Stage("Value Proposition", Phase.EVALUATION, 50),
    Stage("Id. Decision Makers", Phase.EVALUATION, 60),
    Stage("Perception Analysis", Phase.EVALUATION, 70),
    Stage("Proposal/Price Quote", Phase.BUSINESS_CASE, 75),
    Stage("Negotiation/Review", Phase.PROCUREMENT, 90),
    *_CLOSED,
)

KNOWN_STAGES: dict[str, Stage] = {stage.name: stage for stage in (*SEEDED_STAGES, *_STANDARD_STAGES)}
"""Every shipped stage by name; in the order in which a pipeline without a stage file lists them."""

STAGE_OF_PHASE: dict[Phase, Stage] = {stage.phase: stage for stage in SEEDED_STAGES if stage.phase is not None}

_FORECAST_NAMES = {
    "Pipeline": "Pipeline",
    "BestCase": "Best Case",
    "Forecast": "Commit",
    "Closed": "Closed",
    "Omitted": "Omitted",
}


def forecast_name(category: str) -> str:
    """Return the label of a forecast category."""
    return _FORECAST_NAMES[category]


def stage_rows(stages: Iterable[Stage], created: str) -> Iterator[Row]:
    """Return the OpportunityStage rows of *stages*, sorted as given."""
    for number, stage in enumerate(stages, start=1):
        yield {
            "Id": make_id("01J", number),
            "MasterLabel": stage.name,
            "ApiName": stage.name,
            "IsActive": True,
            "SortOrder": number * 10,
            "IsClosed": stage.is_closed,
            "IsWon": stage.is_won,
            "ForecastCategory": stage.forecast,
            "ForecastCategoryName": forecast_name(stage.forecast),
            "DefaultProbability": stage.probability,
            "CreatedDate": created,
            "LastModifiedDate": created,
            "SystemModstamp": created,
        }
