"""Properties that follow from a record's other properties."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.portal.moments import moment_of
from sandbox.hubspot.portal.pipelines import Stage
from sandbox.hubspot.portal.schema import Schema

Values = Mapping[str, str | None]

_BODIES = {
    "tasks": "hs_task_body",
    "notes": "hs_note_body",
    "meetings": "hs_meeting_body",
    "calls": "hs_call_body",
    "emails": "hs_email_text",
}
_TAG = re.compile(r"<[^>]*>")


def derived(schema: Schema, object_type: str, before: Values, after: Values, at: str) -> dict[str, str | None]:
    """Return what the values *after* a write at *at* imply."""
    implied: dict[str, str | None] = {}
    if before.get("hubspot_owner_id") != after.get("hubspot_owner_id"):
        implied["hubspot_owner_assigneddate"] = at
    if object_type in _BODIES:
        body = after.get(_BODIES[object_type])
        implied["hs_body_preview"] = html.unescape(_TAG.sub("", body)).strip() or None if body else None
    match object_type:
        case "deals":
            implied |= _deal(schema, before, after, at)
        case "tasks":
            implied |= task_columns(before, after, at)
        case "emails":
            implied |= _addresses(after)
    return implied


def stage_columns(stage: Stage | None) -> dict[str, str | None]:
    """Return what a deal's stage says of the deal; nothing, where the stage is unknown."""
    if stage is None:
        return dict.fromkeys(("hs_is_closed", "hs_is_closed_won", "hs_is_closed_lost", "hs_deal_stage_probability"))
    return {
        "hs_is_closed": _flag(stage.is_closed),
        "hs_is_closed_won": _flag(stage.is_won),
        "hs_is_closed_lost": _flag(stage.is_closed and not stage.is_won),
        "hs_deal_stage_probability": str(stage.probability),
    }


def money_columns(amount: str | None, stage: Stage | None) -> dict[str, str | None]:
    """Return what a deal's amount implies."""
    expected = None if amount is None or stage is None else f"{float(amount) * stage.probability:.2f}"
    return {"amount_in_home_currency": amount, "hs_forecast_amount": expected}


def task_columns(before: Values, after: Values, at: str) -> dict[str, str | None]:
    """Return what a task's status implies; the completion date of an open task is the day it is due."""
    done, was_done = (values.get("hs_task_status") == "COMPLETED" for values in (after, before))
    # An open task shows its due day as completion date: only the status tells whether a task is done.
    completed = before.get("hs_task_completion_date") if was_done else at
    return {
        "hs_task_is_completed": str(int(done)),
        "hs_task_completion_date": completed if done else after.get("hs_timestamp"),
    }


def _deal(schema: Schema, before: Values, after: Values, at: str) -> dict[str, str | None]:
    stage = schema.stage(after.get("pipeline"), after.get("dealstage"))
    implied = money_columns(after.get("amount"), stage)
    # What a removed stage said of its deals stays said until they are moved to another.
    if stage is not None or before.get("dealstage") != after.get("dealstage"):
        implied |= stage_columns(stage)
    implied["days_to_close"] = _days_to_close(after) if stage and stage.is_closed else None
    if before.get("hs_next_step") != after.get("hs_next_step"):
        implied["hs_next_step_updated_at"] = at
    was = schema.stage(before.get("pipeline"), before.get("dealstage"))
    if stage is not None and stage != was:
        implied["hs_v2_date_entered_current_stage"] = at
        implied[f"hs_v2_date_entered_{stage.property_suffix}"] = at
        implied[f"hs_v2_date_exited_{stage.property_suffix}"] = None
        if was is not None:
            implied[f"hs_v2_date_exited_{was.property_suffix}"] = at
    return implied


def _days_to_close(values: Values) -> str | None:
    created, closed = values.get("createdate"), values.get("closedate")
    return str((moment_of(closed) - moment_of(created)).days) if created and closed else None


def _addresses(after: Values) -> dict[str, str | None]:
    written = after.get("hs_email_headers")
    if written is None:
        return {}
    try:
        headers: Any = json.loads(written)
        receivers = ";".join(str(to["email"]) for to in headers.get("to", ())) or None
        return {"hs_email_from_email": headers.get("from", {}).get("email"), "hs_email_to_email": receivers}
    except (ValueError, AttributeError, TypeError, KeyError):
        return {}


def _flag(value: bool) -> str:
    return "true" if value else "false"
