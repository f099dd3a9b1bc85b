"""The properties that every portal has, as far as somebody who works with deals meets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sandbox.hubspot.portal.definitions import BOOLEAN_OPTIONS, FIELD_TYPES, Option, Property
from sandbox.hubspot.portal.objects import ENGAGEMENTS, OBJECTS

GROUPS: dict[str, tuple[tuple[str, str], ...]] = {
    "deals": (("dealinformation", "Deal information"), ("deal_activity", "Deal activity"),
              ("deal_revenue", "Deal revenue"), ("deal_stages", "Deal stages")),
    "contacts": (("contactinformation", "Contact information"), ("sales_properties", "Sales properties"),
                 ("contact_activity", "Contact activity"), ("deal_information", "Deal information"),
                 ("emailinformation", "Email information")),
    "companies": (("companyinformation", "Company information"), ("company_activity", "Company activity")),
    "tasks": (("task_information", "Task information"), ("engagement", "Engagement information")),
    "notes": (("note_information", "Note information"), ("engagement", "Engagement information")),
    "meetings": (("meeting_information", "Meeting information"), ("engagement", "Engagement information")),
    "calls": (("call_information", "Call information"), ("engagement", "Engagement information")),
    "emails": (("email_information", "Email information"), ("engagement", "Engagement information")),
}  # fmt: skip
"""Property groups of each object, the one of its own properties first."""

BUYING_ROLES = (
    "BLOCKER", "BUDGET_HOLDER", "CHAMPION", "DECISION_MAKER", "END_USER", "EXECUTIVE_SPONSOR", "INFLUENCER",
    "LEGAL_AND_COMPLIANCE", "OTHER",
)  # fmt: skip

TASK_STATUSES = ("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED")

CALL_OUTCOMES = {
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""The outcomes of a call by the ids that every portal has for them."""

INDUSTRIES = (
    "BANKING", "BIOTECHNOLOGY", "COMPUTER_SOFTWARE", "ENTERTAINMENT", "FINANCIAL_SERVICES", "HOSPITAL_HEALTH_CARE",
    "INFORMATION_TECHNOLOGY_AND_SERVICES", "INSURANCE", "MACHINERY", "MEDIA_PRODUCTION", "OIL_ENERGY", "RETAIL",
    "TELECOMMUNICATIONS", "TRANSPORTATION_TRUCKING_RAILROAD",
)  # fmt: skip

_DISPOSITIONS = tuple(Option(value, label) for value, label in CALL_OUTCOMES.items())


def _text(name: str, label: str, field_type: str = "text", *, read_only: bool = False) -> Property:
    return Property(name, label, field_type=field_type, read_only=read_only)


def _of(kind: str, name: str, label: str, *, read_only: bool = False, calculated: bool = False) -> Property:
    options = BOOLEAN_OPTIONS if kind == "bool" else ()
    return Property(
        name, label, kind, FIELD_TYPES[kind][0], options=options, read_only=read_only or calculated,
        calculated=calculated,
    )  # fmt: skip


def _choice(name: str, label: str, values: Sequence[str | Option], field_type: str = "select") -> Property:
    options = tuple(
        value if isinstance(value, Option) else Option(value, value.replace("_", " ").capitalize()) for value in values
    )
    return Property(name, label, "enumeration", field_type, options=options)


def _reference(name: str, label: str, referenced: str, *, read_only: bool = False) -> Property:
    return Property(name, label, "enumeration", "select", referenced=referenced, read_only=read_only)


def _set(kind: str, *pairs: tuple[str, str]) -> tuple[Property, ...]:
    """Properties that the portal sets from what happens around the record."""
    return tuple(_of(kind, name, label, read_only=True) for name, label in pairs)


_EVERYWHERE = (
    _of("number", "hs_object_id", "Record ID", calculated=True),
    _of("datetime", "hs_createdate", "Object create date/time", read_only=True),
    _of("datetime", "hs_lastmodifieddate", "Object last modified date/time", read_only=True),
    _reference("hubspot_owner_id", "Owner", "OWNER"),
    _text("hubspot_team_id", "Team", read_only=True),
    _of("datetime", "hubspot_owner_assigneddate", "Owner assigned date", read_only=True),
    *_set("number", ("hs_created_by_user_id", "Created by user ID"), ("hs_updated_by_user_id", "Updated by user ID")),
    _text("hs_object_source", "Record creation source", read_only=True),
    _text("hs_object_source_id", "Record creation source ID", read_only=True),
    _text("hs_object_source_label", "Record source", read_only=True),
    _text("hs_merged_object_ids", "Merged record IDs", read_only=True),
    Property(
        "hs_unique_creation_key", "Unique creation key", unique=True, read_only=True,
        description="Unique property used for idempotent creates",
    ),
)  # fmt: skip

_ACTIVITY = (
    *_set(
        "datetime",
        ("notes_last_updated", "Last Activity Date"),
        ("notes_last_contacted", "Last Contacted"),
        ("notes_next_activity_date", "Next Activity Date"),
        ("hs_latest_meeting_activity", "Latest meeting activity"),
        ("hs_sales_email_last_replied", "Recent Sales Email Replied Date"),
        ("hs_last_sales_activity_timestamp", "Last Engagement Date"),
    ),
    *_set(
        "number",
        ("num_notes", "Number of Sales Activities"),
        ("num_contacted_notes", "Number of times contacted"),
    ),
)

_DEALS = (
    _text("dealname", "Deal Name"),
    _reference("pipeline", "Pipeline", "PIPELINE"),
    _reference("dealstage", "Deal Stage", "PIPELINE_STAGE"),
    _of("number", "amount", "Amount"),
    _of("number", "amount_in_home_currency", "Amount in company currency", calculated=True),
    _of("number", "hs_exchange_rate", "Exchange rate", calculated=True),
    _choice("deal_currency_code", "Currency", ("USD", "EUR", "GBP", "CAD", "AUD", "INR", "SEK")),
    _of("datetime", "closedate", "Close Date"),
    _of("datetime", "createdate", "Create Date"),
    _of("bool", "hs_is_closed", "Is Deal Closed?", calculated=True),
    _of("bool", "hs_is_closed_won", "Is Closed Won", calculated=True),
    _of("bool", "hs_is_closed_lost", "Is Closed Lost", calculated=True),
    _of("number", "hs_deal_stage_probability", "Deal probability", calculated=True),
    _of("number", "hs_forecast_amount", "Forecast amount", calculated=True),
    _choice("hs_manual_forecast_category", "Forecast category", ("OMIT", "PIPELINE", "BEST_CASE", "COMMIT", "CLOSED")),
    _choice(
        "dealtype", "Deal Type",
        (Option("newbusiness", "New Business"), Option("existingbusiness", "Existing Business")), "radio",
    ),
    _text("description", "Deal Description", "textarea"),
    _text("hs_next_step", "Next step"),
    _of("datetime", "hs_next_step_updated_at", "Next step updated at", read_only=True),
    _text("closed_lost_reason", "Closed Lost Reason", "textarea"),
    _text("closed_won_reason", "Closed Won Reason", "textarea"),
    _choice("hs_priority", "Priority", ("low", "medium", "high")),
    _text("hs_analytics_source", "Original traffic source", read_only=True),
    _of("number", "num_associated_contacts", "Number of Associated Contacts", read_only=True),
    _of("number", "hs_primary_associated_company", "Primary Associated Company", read_only=True),
    _text("hs_all_collaborator_owner_ids", "Deal Collaborator"),
    _of("number", "days_to_close", "Days to close", calculated=True),
    *_set("datetime", ("hs_v2_date_entered_current_stage", "Date entered current stage")),
    *_ACTIVITY,
)  # fmt: skip

_CONTACTS = (
    _text("email", "Email"),
    _text("firstname", "First Name"),
    _text("lastname", "Last Name"),
    _text("jobtitle", "Job Title"),
    _text("phone", "Phone Number"),
    _text("company", "Company Name"),
    _text("country", "Country/Region"),
    _of("number", "associatedcompanyid", "Primary Associated Company ID"),
    _of("datetime", "createdate", "Create Date", read_only=True),
    _of("datetime", "lastmodifieddate", "Last Modified Date", read_only=True),
    _choice("lifecyclestage", "Lifecycle Stage", ("subscriber", "lead", "opportunity", "customer", "other"), "radio"),
    _choice("hs_buying_role", "Buying Role", BUYING_ROLES, "checkbox"),
    *_set(
        "number",
        ("hs_email_bounce", "Marketing emails bounced"),
        ("num_associated_deals", "Number of Associated Deals"),
    ),
    _text("hs_email_hard_bounce_reason_enum", "Email hard bounce reason", read_only=True),
    *_set("bool", ("hs_email_bad_address", "Invalid email address"), ("hs_email_quarantined", "Email quarantined")),
    _of("bool", "hs_email_optout", "Unsubscribed from all email", read_only=True),
    *_set("datetime", ("hs_email_last_reply_date", "Last marketing email reply date")),
    *_set(
        "date",
        ("hs_job_change_detected_date", "Job change detected date"),
        ("hs_employment_change_detected_date", "Employment change detected date"),
    ),
    *_ACTIVITY,
)

_COMPANIES = (
    _text("name", "Company name"),
    _text("domain", "Company Domain Name"),
    _text("website", "Website URL"),
    _text("phone", "Phone Number"),
    _text("country", "Country/Region"),
    _choice("industry", "Industry", INDUSTRIES),
    _of("number", "numberofemployees", "Number of Employees"),
    _of("datetime", "createdate", "Create Date", read_only=True),
    _of("number", "hs_parent_company_id", "Parent Company", read_only=True),
    *_set(
        "number",
        ("num_associated_contacts", "Number of Associated Contacts"),
        ("num_associated_deals", "Number of Associated Deals"),
    ),
    *_ACTIVITY,
)

_ON_ENGAGEMENTS = (
    _of("datetime", "hs_timestamp", "Activity date"),
    _text("hs_body_preview", "Body preview", read_only=True),
    _text("hs_attachment_ids", "Attached file IDs"),
)

_TASKS = (
    _text("hs_task_subject", "Task Title"),
    _text("hs_task_body", "Task Notes", "html"),
    _choice("hs_task_status", "Task Status", TASK_STATUSES),
    _choice("hs_task_priority", "Priority", ("NONE", "LOW", "MEDIUM", "HIGH")),
    _choice("hs_task_type", "Task Type", ("TODO", "CALL", "EMAIL")),
    _text("hs_task_reminders", "Task reminders"),
    _text("hs_queue_membership_ids", "Queue"),
    _of("datetime", "hs_task_completion_date", "Completed at", read_only=True),
    _of("number", "hs_task_is_completed", "Is completed", calculated=True),
    _text("hs_task_family", "Task family", read_only=True),
    _text("hs_task_for_object_type", "Task for object type", read_only=True),
)

_MEETINGS = (
    _text("hs_meeting_title", "Meeting name"),
    _text("hs_meeting_body", "Meeting description", "html"),
    _of("datetime", "hs_meeting_start_time", "Meeting start time"),
    _of("datetime", "hs_meeting_end_time", "Meeting end time"),
    _choice("hs_meeting_outcome", "Meeting outcome", ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")),
    _text("hs_meeting_location", "Meeting location"),
    _text("hs_activity_type", "Meeting type"),
)

_CALLS = (
    _text("hs_call_title", "Call Title"),
    _text("hs_call_body", "Call notes", "html"),
    _choice("hs_call_direction", "Call direction", ("INBOUND", "OUTBOUND")),
    _of("number", "hs_call_duration", "Call duration"),
    _choice("hs_call_disposition", "Call outcome", _DISPOSITIONS),
    _choice(
        "hs_call_status", "Call status",
        ("BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS", "NO_ANSWER",
         "QUEUED", "RINGING"),
    ),
)  # fmt: skip

_EMAILS = (
    _text("hs_email_subject", "Email subject"),
    _text("hs_email_text", "Email body", "textarea"),
    _choice("hs_email_direction", "Email direction", ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL")),
    _choice("hs_email_status", "Email send status", ("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT")),
    _text("hs_email_headers", "Email headers", "textarea"),
    _text("hs_email_from_email", "Email from address", read_only=True),
    _text("hs_email_to_email", "Email to address", read_only=True),
)

_OWN: dict[str, tuple[Property, ...]] = {
    "deals": _DEALS,
    "contacts": _CONTACTS,
    "companies": _COMPANIES,
    "tasks": _TASKS,
    "notes": (_text("hs_note_body", "Note body", "html"),),
    "meetings": _MEETINGS,
    "calls": _CALLS,
    "emails": _EMAILS,
}


def standard_properties(object_type: str) -> Iterator[Property]:
    """Return the properties that an object has in every portal, those of the stages left out."""
    shared = (*_EVERYWHERE, *(_ON_ENGAGEMENTS if object_type in ENGAGEMENTS else ()))
    first = GROUPS[object_type][0][0]
    for known in (*_OWN[object_type], *shared):
        group = "deal_information" if known.name == "hs_buying_role" else first
        hidden = known.name == "hs_lastmodifieddate" and OBJECTS[object_type].modified != known.name
        yield replace(known, group=group, hidden=hidden)
