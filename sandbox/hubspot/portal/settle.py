"""What loaded records imply, derived for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.hubspot.portal.change import Change
from sandbox.hubspot.portal.derived import stage_columns
from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.hubspot.portal.pipelines import Pipeline, Stage
from sandbox.hubspot.portal.summaries import derive_all

_STAMPS = """
    UPDATE "{name}" SET "{created}" = COALESCE("{created}", :now),
        hs_createdate = COALESCE(hs_createdate, "{created}", :now),
        "{modified}" = COALESCE("{modified}", "{created}", :now)
    WHERE "{created}" IS NULL OR hs_createdate IS NULL OR "{modified}" IS NULL"""
_TASKS = """
    UPDATE tasks SET hs_task_is_completed = CASE hs_task_status WHEN 'COMPLETED' THEN '1' ELSE '0' END,
        hs_task_completion_date = CASE hs_task_status WHEN 'COMPLETED'
            THEN COALESCE(hs_task_completion_date, hs_lastmodifieddate) ELSE hs_timestamp END"""


def settle(change: Change) -> None:
    """Fill stamps that are missing and set everything that follows from other values; no stamp moves."""
    run = change.storage.connection.execute
    for kind in OBJECTS.values():
        run(_STAMPS.format(name=kind.name, created=kind.created, modified=kind.modified), {"now": change.at})
    run(_TASKS)
    for pipeline in change.schema.pipelines.values():
        for stage in pipeline.stages:
            _settle_stage(change, pipeline, stage)
    derive_all(change)


def reshape(change: Change, pipelines: Sequence[Pipeline]) -> None:
    """Change the deal pipelines, and what their stages say of the deals in them."""
    change.schema.set_pipelines(*pipelines)
    for pipeline in pipelines:
        for stage in pipeline.stages:
            columns = stage_columns(stage)
            for row in change.storage.select(
                "deals", columns, "pipeline = ? AND dealstage = ?", (pipeline.id, stage.id)
            ):
                if change.set_silently("deals", row.id, columns):
                    change.bump("deals", row.id)


def _settle_stage(change: Change, pipeline: Pipeline, stage: Stage) -> None:
    columns = stage_columns(stage)
    entered = f"hs_v2_date_entered_{stage.property_suffix}"
    pairs = ", ".join(f'"{name}" = ?' for name in columns)
    change.storage.connection.execute(
        f"UPDATE deals SET {pairs},"  # noqa: S608
        " amount_in_home_currency = amount, hs_forecast_amount = printf('%.2f', CAST(amount AS REAL) * ?),"
        " hs_v2_date_entered_current_stage ="
        f' COALESCE(hs_v2_date_entered_current_stage, "{entered}", createdate),'
        f' "{entered}" = COALESCE("{entered}", hs_v2_date_entered_current_stage, createdate)'
        " WHERE pipeline = ? AND dealstage = ?",
        (*columns.values(), stage.probability, pipeline.id, stage.id),
    )
