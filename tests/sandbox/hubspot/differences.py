"""Where the sandbox differs from recorded HubSpot traffic on purpose; see `docs/sandbox-differences.md`."""

from __future__ import annotations

NOT_SERVED_PATHS = {
    "/contacts/v1/": "retired; the product calls version 3 and later",
    "/companies/v2/": "retired; the product calls version 3 and later",
    "/deals/v1/": "retired; the product calls version 3 and later",
    "/engagements/v1/": "retired; the product calls version 3 and later",
    "/crm-associations/v1/": "retired; the product calls version 4 and later",
    "/properties/v1/": "retired; the product calls version 3 and later",
    "/integrations/v1/": "retired; `/account-info/` tells what the account is",
}

CUSTOM_OBJECTS = "2-3604285"
"""The recorded custom object, for which companies stand in: the portal keeps no objects beyond HubSpot's own."""

MISSING_HEADERS = {
    "transfer-encoding": "bodies are sent whole, with content-length, instead of in chunks",
    "connection": "the recorded client asked for it to be closed; the sandbox keeps it open",
    "x-hubspot-ratelimit-daily": "sent with searches to the API keys of 2022, which are gone",
    "x-hubspot-ratelimit-daily-remaining": "sent with searches to the API keys of 2022, which are gone",
}

EXTRA_HEADERS = {
    "content-length": "bodies are sent whole instead of in chunks",
    "content-encoding": "the recorder stored bodies unpacked",
    "cf-ray": "sent by today's edge, left out by the recorder",
    "x-trace": "sent by today's edge, left out by the recorder",
}

MISSING_PROPERTY_KEYS = {
    "calculationFormula": "how a portal calculates is its own; nothing reads it",
    "createdUserId": "who made a property; nothing reads it",
    "showCurrencySymbol": "how a number is shown; nothing reads it",
    "updatedUserId": "who changed a property; nothing reads it",
}

_OPEN_LIST = "its options are each portal's own, so that it takes any text"
PROPERTY_FACTS = {
    "hs_email_hard_bounce_reason_enum.fieldType": _OPEN_LIST,
    "hs_email_hard_bounce_reason_enum.type": _OPEN_LIST,
    "hs_merged_object_ids.fieldType": _OPEN_LIST,
    "hs_merged_object_ids.type": _OPEN_LIST,
    "hubspot_team_id.fieldType": _OPEN_LIST,
    "hubspot_team_id.type": _OPEN_LIST,
}
"""Single facts of contact properties that differ, as name and attribute."""
