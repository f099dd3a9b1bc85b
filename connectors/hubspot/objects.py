"""HubSpot's objects as far as we use them: the properties that we read, and what their definitions say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import InvalidResponseError
from connectors.mapping import FieldKind

KEY_PROPERTY: Final = "dealwarden_key"
REASON_PROPERTY: Final = "dealwarden_reason"
ANSWER_PROPERTY: Final = "dealwarden_answer"
KEY_PREFIX: Final = "dw:"

TASK_TO_DEAL: Final = 216
"""HubSpot's own type of the association from a task to a deal, the same in every portal."""

# Filtering contacts by hs_lastmodifieddate finds nothing and reports no error.
STAMP: Final[Mapping[str, str]] = {"contacts": "lastmodifieddate"}
"""The property that says when a record last changed, where it is not ``hs_lastmodifieddate``."""

WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": (
        # hs_manual_forecast_category is what people set; hs_forecast_category is not in every portal.
        "dealname", "pipeline", "dealstage", "amount", "amount_in_home_currency", "deal_currency_code", "closedate",
        "createdate", "hs_lastmodifieddate", "hubspot_owner_id", "dealtype", "hs_manual_forecast_category",
        "hs_deal_stage_probability", "hs_next_step", "hs_is_closed", "hs_is_closed_won",
        "hs_primary_associated_company", "notes_last_contacted", "hs_merged_object_ids",
        "hs_v2_date_entered_current_stage",
    ),
    "contacts": (
        "firstname", "lastname", "email", "jobtitle", "associatedcompanyid", "lastmodifieddate", "hs_buying_role",
        "hs_email_hard_bounce_reason_enum", "hs_email_bad_address", "hs_job_change_detected_date",
        "hs_employment_change_detected_date", "hs_merged_object_ids",
    ),
    "companies": (
        "name", "hs_parent_company_id", "industry", "numberofemployees", "country", "hubspot_owner_id",
        "hs_merged_object_ids",
    ),
    "tasks": (
        KEY_PROPERTY, REASON_PROPERTY, ANSWER_PROPERTY, "hubspot_owner_id", "hs_task_subject", "hs_task_body",
        "hs_task_status", "hs_task_priority", "hs_timestamp", "hs_createdate", "hs_lastmodifieddate",
        "hs_task_completion_date", "hs_created_by_user_id", "hs_updated_by_user_id",
    ),
    "meetings": (
        "hs_timestamp", "hs_meeting_start_time", "hs_meeting_outcome", "hubspot_owner_id", "hs_lastmodifieddate",
    ),
    "calls": (
        "hs_timestamp", "hs_call_direction", "hs_call_duration", "hs_call_status", "hs_call_disposition",
        "hubspot_owner_id", "hs_lastmodifieddate",
    ),
    "emails": (
        "hs_timestamp", "hs_email_direction", "hs_email_status", "hubspot_owner_id", "hs_lastmodifieddate",
    ),
}  # fmt: skip
"""What we read of each object; what a portal does not have is left out of its records, and unknown."""


def stamp_of(kind: str) -> str:
    """Return the property that says when a record of an object last changed."""
    return STAMP.get(kind, "hs_lastmodifieddate")


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """What a portal says of one property; *options* maps each value to its label."""

    name: str
    label: str
    kind: FieldKind
    options: Mapping[str, str]
    unique: bool
    read_only: bool


Properties = Mapping[str, PropertyInfo]


def read_properties(body: Any) -> dict[str, PropertyInfo]:
    """Read the list of an object's properties.

    Raises:
        InvalidResponseError: it is no such list.
    """
    try:
        return {
            definition["name"]: _property(definition)
            for definition in body["results"]
            if not definition.get("archived")
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidResponseError("HubSpot listed properties in a shape that it never had") from error


def _property(definition: Mapping[str, Any]) -> PropertyInfo:
    options: Sequence[Mapping[str, Any]] = definition.get("options") or ()
    return PropertyInfo(
        name=definition["name"],
        label=str(definition.get("label") or ""),
        kind=_kind(str(definition.get("type")), str(definition.get("fieldType"))),
        options={str(option["value"]): str(option.get("label") or option["value"]) for option in options},
        unique=definition.get("hasUniqueValue") is True,
        read_only=(definition.get("modificationMetadata") or {}).get("readOnlyValue") is True,
    )


def _kind(kind: str, field: str) -> FieldKind:
    match kind:
        case "bool":
            return "checkbox"
        case "enumeration":
            # Older portals keep checkboxes as enumerations of "true" and "false".
            return "checkbox" if field == "booleancheckbox" else "picklist"
        case "number":
            return "number"
        case "string":
            return "text"
        case "date" | "datetime":
            return "date"
        case _:
            return "other"
