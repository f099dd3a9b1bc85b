"""The portal's deal pipelines: stage rows, what a stage says of a deal, and where its date of entry is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from connectors.columns import count, frame, number
from connectors.errors import InvalidResponseError
from connectors.hubspot.values import flag

CURRENT_STAGE: Final = "hs_v2_date_entered_current_stage"
_ENTERED: Final = re.compile(r"hs_v2_date_entered_(?!current_stage$)(.+)")
_ODD: Final = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of one pipeline; *probability* is a share."""

    pipeline: str
    stage_id: str
    label: str
    rank: int
    is_closed: bool
    probability: float | None

    @property
    def is_won(self) -> bool:
        """Whether a deal in this stage is won."""
        # HubSpot has no flag for won stages; a probability of 1 is its own definition.
        return self.is_closed and self.probability == 1.0


Stages = Mapping[tuple[str, str], Stage]


def read_stages(body: Any) -> dict[tuple[str, str], Stage]:
    """Read the list of pipelines: every living stage by pipeline and stage id.

    Raises:
        InvalidResponseError: it is no such list.
    """
    try:
        stages = [
            _stage(pipeline["id"], stage)
            for pipeline in body["results"]
            for stage in pipeline["stages"]
            if not stage.get("archived")
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidResponseError("HubSpot listed pipelines in a shape that it never had") from error
    return {(stage.pipeline, stage.stage_id): stage for stage in stages}


def _stage(pipeline: str, stage: Mapping[str, Any]) -> Stage:
    metadata = stage.get("metadata") or {}
    probability = number(metadata.get("probability"))
    closed = flag(metadata.get("isClosed"))
    return Stage(
        pipeline=str(pipeline),
        stage_id=str(stage["id"]),
        label=str(stage.get("label") or stage["id"]),
        rank=count(stage.get("displayOrder")) or 0,
        # A stage's metadata may lack isClosed.
        is_closed=probability in (0.0, 1.0) if closed is None else closed,
        probability=probability,
    )


def stage_frame(stages: Stages) -> pl.DataFrame:
    """Return the stages as canonical rows; probabilities become percent."""
    rows: Sequence[Stage] = list(stages.values())
    values: dict[str, list[Any]] = {
        name: [getattr(stage, name) for stage in rows]
        for name in ("pipeline", "stage_id", "label", "rank", "is_closed", "is_won")
    }
    values["probability"] = [None if stage.probability is None else stage.probability * 100 for stage in rows]
    return frame("stages", values, len(rows))


def entry_properties(names: Sequence[str], stages: Stages) -> dict[str, str]:
    """Find, for each stage id, the property with the date on which a deal entered that stage.

    The name is the stage's id only where that can be a name; else it is made of it and a number that HubSpot chose.
    """
    suffixes = {match[1]: name for name in names if (match := _ENTERED.fullmatch(name))}
    properties: dict[str, str] = {}
    for _, stage in stages:
        # Stage ids that are UUIDs get underscores and a number, so the name is looked up and never built.
        plain = _ODD.sub("_", stage.casefold())
        suffix = next(
            (suffix for suffix in suffixes if suffix in (stage, plain) or re.fullmatch(rf"{plain}_\d+", suffix)), None
        )
        if suffix is not None:
            properties[stage] = suffixes[suffix]
    return properties
