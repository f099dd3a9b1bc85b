"""The pipeline of a seeded portal, and the playbook phase of every stage that is shipped."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.portal.pipelines import Pipeline, Stage
from sandbox.story.model import Outcome, Phase

# A numeric and a GUID stage are among them on purpose: names formed from stage ids must fail here, not at a customer.
_STAGES: tuple[tuple[Phase | None, Stage, str], ...] = (
    (Phase.DISCOVERY, Stage("appointmentscheduled", "Discovery", 0.1), "PIPELINE"),
    (Phase.QUALIFICATION, Stage("qualifiedtobuy", "Qualification", 0.2), "PIPELINE"),
    (Phase.EVALUATION, Stage("1093412207", "Evaluation", 0.4), "PIPELINE"),
    (Phase.BUSINESS_CASE, Stage("7d3c1f0a-52be-4c19-9c1e-0b6f4a8e2d55", "Business Case", 0.6), "BEST_CASE"),
    (Phase.PROCUREMENT, Stage("1093412209", "Procurement", 0.75), "BEST_CASE"),
    (Phase.CLOSE, Stage("contractsent", "Closing", 0.9), "COMMIT"),
    (None, Stage("closedwon", "Closed Won", 1.0, is_closed=True), "CLOSED"),
    (None, Stage("closedlost", "Closed Lost", 0.0, is_closed=True), "OMIT"),
)
"""Phase, stage, forecast category. The ids are what portals have: HubSpot's first names, numbers, and a GUID."""

SEEDED_PIPELINE = Pipeline("default", "Sales Pipeline", tuple(stage for _, stage, _ in _STAGES))

STAGE_OF_PHASE: Mapping[Phase, Stage] = {phase: stage for phase, stage, _ in _STAGES if phase is not None}

FORECAST_OF_STAGE: Mapping[str, str] = {stage.id: forecast for _, stage, forecast in _STAGES}

_STANDARD_PHASES = {
    "presentationscheduled": Phase.EVALUATION,
    "decisionmakerboughtin": Phase.BUSINESS_CASE,
}
"""Stages of HubSpot's own pipeline that the seeded one does without."""

PHASE_OF_STAGE: Mapping[str, Phase] = _STANDARD_PHASES | {stage.id: phase for phase, stage in STAGE_OF_PHASE.items()}
"""The phase of each shipped open stage; a stage that is not here stays unmapped."""


def stage_for(phase: Phase, outcome: Outcome) -> Stage:
    """Return the stage of a deal that is in *phase*, or that ended with *outcome*."""
    if outcome == "open":
        return STAGE_OF_PHASE[phase]
    return SEEDED_PIPELINE.stages[-2 if outcome == "won" else -1]
