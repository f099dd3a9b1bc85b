"""What people change in a portal's settings through the control port: owners, pipelines, stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.hubspot.portal.pipelines import Pipeline, Stage, placed
from sandbox.hubspot.portal.portal import Portal
from sandbox.server.control import ControlError

_FIRST_STAGE = 1_093_500_001
_PIPELINE_FIELDS = ("id", "label", "displayOrder", "stages")
_STAGE_FIELDS = ("id", "pipeline", "label", "displayOrder", "probability", "isClosed")


def edit_owner(portal: Portal, change: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Deactivate an owner, or take one back."""
    owner_id = str(change.get("id"))
    owner = portal.schema.owners.get(owner_id)
    if owner is None:
        raise ControlError(f"owners: no owner has the id {owner_id}", 404)
    if set(fields) != {"archived"} or not isinstance(fields["archived"], bool):
        raise ControlError('owners: expected {"archived": true} or {"archived": false}')
    portal.set_owner(replace(owner, archived=fields["archived"]))
    return {"id": owner_id, "object": "owners"}


def edit_pipeline(portal: Portal, change: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Rename or move the pipeline `id`, remove it by `delete`, or without an id make one of `label` and `stages`."""
    _check_fields("pipelines", fields, _PIPELINE_FIELDS)
    pipelines = tuple(portal.schema.pipelines.values())
    old = None if change.get("id") is None else _pipeline(portal, change["id"])
    if change.get("delete") is True:
        portal.set_pipelines(*(pipeline for pipeline in pipelines if pipeline is not old))
        return {"id": str(change.get("id")), "object": "pipelines"}
    if old is None:
        new = Pipeline(str(fields.get("id") or _new_id(portal)), _label("pipelines", fields), ())
        for number, stage in enumerate(fields.get("stages") or ()):
            new = replace(new, stages=(*new.stages, _stage(portal, stage, number)))
    else:
        new = replace(old, label=str(fields.get("label", old.label)))
    portal.set_pipelines(*placed(pipelines, _place("pipelines", fields), new, old))
    return {"id": new.id, "object": "pipelines"}


def edit_stage(portal: Portal, change: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Change the stage `id`, remove it with `delete`, or without an id make one in `pipeline`.

    Deals of a stage that is removed keep its id.
    """
    _check_fields("stages", fields, _STAGE_FIELDS)
    stage_id = change.get("id")
    pipeline = _pipeline(portal, fields.get("pipeline") or _holder(portal, stage_id))
    old = None if stage_id is None else pipeline.stage(str(stage_id))
    if stage_id is not None and old is None:
        raise ControlError(f"stages: pipeline {pipeline.id} has no stage {stage_id!r}", 404)
    if change.get("delete") is True:
        stages = tuple(stage for stage in pipeline.stages if stage is not old)
    elif old is None:
        new = _stage(portal, fields, 0)
        stage_id, stages = new.id, placed(pipeline.stages, _place("stages", fields), new)
    else:
        stages = placed(pipeline.stages, _place("stages", fields), _changed(old, fields), old)
    others = portal.schema.pipelines.values()
    portal.set_pipelines(*(replace(other, stages=stages) if other is pipeline else other for other in others))
    return {"id": str(stage_id), "object": "stages", "pipeline": pipeline.id}


def _stage(portal: Portal, fields: Mapping[str, Any], number: int) -> Stage:
    stage_id = str(fields.get("id") or int(_new_id(portal)) + number)
    return _changed(Stage(stage_id, _label("stages", fields), 0.5), fields)


def _changed(stage: Stage, fields: Mapping[str, Any]) -> Stage:
    probability, is_closed = fields.get("probability", stage.probability), fields.get("isClosed", stage.is_closed)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise ControlError(f"stages: probability is a share from 0 to 1, found {probability!r}")
    if not isinstance(is_closed, bool):
        raise ControlError(f"stages: isClosed is true or false, found {is_closed!r}")
    label = str(fields.get("label", stage.label))
    return replace(stage, label=label, probability=float(probability), is_closed=is_closed)


def _pipeline(portal: Portal, pipeline_id: Any) -> Pipeline:
    pipeline = portal.schema.pipelines.get(str(pipeline_id))
    if pipeline is None:
        known = ", ".join(portal.schema.pipelines)
        raise ControlError(f"pipelines: no pipeline has the id {pipeline_id!r}; there are {known}", 404)
    return pipeline


def _holder(portal: Portal, stage_id: Any) -> str:
    """The id of the pipeline that the stage is in."""
    holders = [pipeline.id for pipeline in portal.schema.pipelines.values() if pipeline.stage(str(stage_id))]
    if len(holders) != 1:
        raise ControlError(
            f"stages: name the pipeline of stage {stage_id!r}; {len(holders)} pipelines have such a stage"
        )
    return holders[0]


def _new_id(portal: Portal) -> str:
    pipelines = portal.schema.pipelines.values()
    taken = [
        *(pipeline.id for pipeline in pipelines),
        *(stage.id for pipeline in pipelines for stage in pipeline.stages),
    ]
    return str(max((int(known) + 1 for known in taken if known.isdecimal()), default=_FIRST_STAGE))


def _label(what: str, fields: Mapping[str, Any]) -> str:
    if not fields.get("label"):
        raise ControlError(f"{what}: a new one needs a label")
    return str(fields["label"])


def _place(what: str, fields: Mapping[str, Any]) -> int | None:
    place = fields.get("displayOrder")
    if place is not None and (isinstance(place, bool) or not isinstance(place, int) or place < 0):
        raise ControlError(f"{what}: displayOrder is a whole number from 0, found {place!r}")
    return place


def _check_fields(what: str, fields: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(fields) - set(known)):
        raise ControlError(f"{what}: unknown field {unknown[0]!r}; expected {', '.join(known)}")
