"""Pipelines and stages as the deals of an export are in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sandbox.hubspot.portal.pipelines import STANDARD_PIPELINE, Pipeline, Stage
from sandbox.hubspot.seed.seeded_stages import SEEDED_PIPELINE
from sandbox.server.export_files import ExportFile

_SHIPPED: Mapping[str, Stage] = {
    stage.id: stage for pipeline in (STANDARD_PIPELINE, SEEDED_PIPELINE) for stage in pipeline.stages
}
_LABELS = {SEEDED_PIPELINE.id: SEEDED_PIPELINE.label}
_OPEN_SHARE = 0.5  # what an open stage is worth that nothing is known of
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

_Seen = Counter[tuple[bool, bool | None] | None]


def derived_pipelines(deals: ExportFile | None, created: str) -> list[Pipeline]:
    """Return the pipelines of the rows, each with the stages of its rows; the shipped one where there are no deals.

    A stage is closed and won as most of its rows say, else as the shipped table knows it, else open.
    """
    seen: dict[str, dict[str, _Seen]] = {}
    if deals is not None:
        names = {name.lower(): name for name in deals.columns}
        for _, cells in deals.rows():
            row = {name: cells[column].strip() for name, column in names.items()}
            if stage := row.get("dealstage"):
                stages = seen.setdefault(row.get("pipeline") or SEEDED_PIPELINE.id, {})
                stages.setdefault(stage, Counter())[_flags(row)] += 1
    return [_pipeline(name, stages, created) for name, stages in seen.items()] or [STANDARD_PIPELINE]


def _pipeline(name: str, seen: Mapping[str, _Seen], created: str) -> Pipeline:
    shipped = list(_SHIPPED)
    stages = sorted(
        (_stage(stage, flags) for stage, flags in seen.items()),
        key=lambda stage: (stage.is_closed, shipped.index(stage.id) if stage.id in shipped else len(shipped)),
    )
    return Pipeline(name, _LABELS.get(name, name), tuple(stages), created)


def _flags(row: Mapping[str, str]) -> tuple[bool, bool | None] | None:
    """(closed, won) as a row says, None where it does not."""
    closed = _FLAGS.get(row.get("hs_is_closed", "").lower())
    return None if closed is None else (closed, _FLAGS.get(row.get("hs_is_closed_won", "").lower()))


def _stage(stage_id: str, seen: _Seen) -> Stage:
    shipped = _SHIPPED.get(stage_id, Stage(stage_id, stage_id, _OPEN_SHARE))
    said = next((flags for flags, _ in seen.most_common() if flags is not None), None)
    if said is None:
        return shipped
    closed, won = said
    if closed == shipped.is_closed and won in (shipped.is_won, None):
        return shipped
    if not closed:
        return Stage(stage_id, shipped.label, _OPEN_SHARE)
    return Stage(stage_id, shipped.label, 1.0 if won else 0.0, is_closed=True)
