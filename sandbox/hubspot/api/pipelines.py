"""Deal pipelines and their stages; they are read, never written, over the API of the sandbox."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.portal.objects import object_named
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import RecordError


def answer(portal: Portal, call: Call) -> Reply:
    """Any call below the root of pipelines."""
    if not call.rest:
        raise no_such_path()
    if call.method != "GET":
        raise wrong_method(call.method)
    kind, wanted = object_named(call.rest[0]), call.rest[1:]
    shown = [pipeline.wire(place) for place, pipeline in enumerate(portal.schema.pipelines.values())]
    pipelines = shown if kind.name == "deals" else []
    match wanted:
        case ():
            return Reply(200, {"results": pipelines})
        case (pipeline_id,):
            return Reply(200, _named(pipelines, pipeline_id))
        case (pipeline_id, "stages"):
            return Reply(200, {"results": _named(pipelines, pipeline_id)["stages"]})
        case (pipeline_id, "stages", stage_id):
            return Reply(200, _named(_named(pipelines, pipeline_id)["stages"], stage_id))
    raise no_such_path()


def _named(items: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    named = next((item for item in items if item["id"] == wanted), None)
    if named is None:
        raise RecordError(404, "OBJECT_NOT_FOUND", f"No pipeline or stage has the id {wanted}")
    return named
