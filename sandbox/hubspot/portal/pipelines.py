"""Deal pipelines: their stages, what a stage says of a deal, and the properties that time its stay there."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from sandbox.hubspot.portal.definitions import Property

_T = TypeVar("_T")

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BORN = "2019-08-06T02:41:08.204Z"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. *probability* is a share; 1.0 is won, 0.0 of a closed stage is lost."""

    id: str
    label: str
    probability: float
    is_closed: bool = False

    @property
    def is_won(self) -> bool:
        """Whether a deal in this stage is won."""
        return self.is_closed and self.probability == 1.0

    @property
    def property_suffix(self) -> str:
        """What stands for the stage in property names; not always its id."""
        # Some stages have GUIDs as ids, whose hyphens no property name may have; clients must look the names up.
        if _GUID.fullmatch(self.id) is None:
            return self.id
        return f"{self.id.replace('-', '_')}_{zlib.crc32(self.id.encode())}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline, its stages in order."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    created: str = _BORN

    def stage(self, stage_id: str) -> Stage | None:
        """Find a stage."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def wire(self, place: int) -> dict[str, Any]:
        """Show the pipeline; what the stages' metadata says is text."""
        dates = {"createdAt": self.created, "updatedAt": self.created, "archived": False}
        stages = [
            {
                "id": stage.id,
                "label": stage.label,
                "displayOrder": number,
                "metadata": {"isClosed": str(stage.is_closed).lower(), "probability": str(stage.probability)},
                "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                **dates,
            }
            for number, stage in enumerate(self.stages)
        ]
        return {"id": self.id, "label": self.label, "displayOrder": place, "stages": stages, **dates}

    def facts(self) -> dict[str, Any]:
        """Return the pipeline in a form that JSON can keep."""
        return asdict(self)


def placed(items: Sequence[_T], place: int | None, changed: _T, old: _T | None = None) -> tuple[_T, ...]:
    """Return *items* with *changed* instead of *old* (None: in addition), at *place* (None: where it was, or last)."""
    index = list(items).index(old) if old is not None else len(items)
    rest = [item for item in items if item is not old]
    rest.insert(index if place is None else place, changed)
    return tuple(rest)


def from_facts(facts: Mapping[str, Any]) -> Pipeline:
    """Read what `Pipeline.facts` gave."""
    return Pipeline(**{**facts, "stages": tuple(Stage(**stage) for stage in facts["stages"])})


def stage_properties(pipeline: Pipeline) -> Iterator[Property]:
    """Return the properties that time a deal's stay in each stage of the pipeline."""
    for stage in pipeline.stages:
        place, suffix = f'"{stage.label} ({pipeline.label})"', stage.property_suffix
        for what in ("entered", "exited"):
            name, label = f"hs_v2_date_{what}_{suffix}", f"Date {what} {place}"
            yield Property(name, label, "datetime", "date", "deal_stages", read_only=True, calculated=True)


STANDARD_PIPELINE = Pipeline(
    "default",
    "Sales Pipeline",
    (
        Stage("appointmentscheduled", "Appointment Scheduled", 0.2),
        Stage("qualifiedtobuy", "Qualified To Buy", 0.4),
        Stage("presentationscheduled", "Presentation Scheduled", 0.6),
        Stage("decisionmakerboughtin", "Decision Maker Bought-In", 0.8),
        Stage("contractsent", "Contract Sent", 0.9),
        Stage("closedwon", "Closed Won", 1.0, is_closed=True),
        Stage("closedlost", "Closed Lost", 0.0, is_closed=True),
    ),
)
"""What a portal has before anybody changes it."""
