"""Where the sandbox differs from recorded Salesforce traffic on purpose, and why; see `docs/sandbox-differences.md`.

The tests beside this file compare everything else.
"""

from __future__ import annotations

NOT_SERVED_OBJECTS = {
    "Lead": "deals, not leads, are what the product reads",
    "Campaign": "no part of a deal's judgement",
    "CampaignMember": "no part of a deal's judgement",
    "Topic": "no part of a deal's judgement",
    "RecordType": "the org has the master record type alone",
}

NOT_SERVED_PATHS = {
    "/services/Soap/": "SOAP login leaves the platform; the product logs in by OAuth alone",
    "/services/async/": "Bulk API 1 is XML over jobs; the product reads by query and writes by collections",
}

NOT_SERVED_SYNTAX = {
    "TYPEOF": "polymorphic selects: the product reads ids and looks names up in its own mirror",
}

MISSING_HEADERS = {
    "transfer-encoding": "bodies are sent whole, with content-length, instead of in chunks",
    "connection": "the recorded client asked for it to be closed; the sandbox keeps it open",
}

EXTRA_HEADERS = {
    "content-length": "bodies are sent whole instead of in chunks",
    "content-encoding": "the recorder stored bodies unpacked",
    "server": "sent by today's edge, not yet at the time of the recordings",
    "x-sfdc-request-id": "sent by today's edge, not yet at the time of the recordings",
    "etag": "sent with describes and records today, not yet at the time of the recordings",
}

MISSING_FIELDS = {"RecordTypeId": "the org has the master record type alone, and then the field does not exist"}
"""Standard fields of recorded records and describes that the sandbox's objects lack."""

EXTRA_FIELDS = {
    "Event.WhoCount": "Shared Activities are on in the sandbox, and were off in the recorded org",
    "Event.WhatCount": "Shared Activities are on in the sandbox, and were off in the recorded org",
}
"""Standard fields that the sandbox's objects have and the recorded ones did not."""

MISSING_DESCRIBE_KEYS = {
    "approvalLayouts": "a link to pages and layouts, which are not served",
    "defaultValues": "a link to pages and layouts, which are not served",
    "eventSeriesUpdates": "a link to a resource that is not served",
    "listviews": "a link to pages and layouts, which are not served",
    "uiDetailTemplate": "a link to pages and layouts, which are not served",
    "uiEditTemplate": "a link to pages and layouts, which are not served",
    "uiNewRecord": "a link to pages and layouts, which are not served",
}

_NEWER = "in the newest recordings, and not yet in the older ones; the sandbox answers every version alike"
EXTRA_DESCRIBE_KEYS = dict.fromkeys(
    (
        "aiPredictionField",
        "associateEntityType",
        "associateParentEntity",
        "deepCloneable",
        "defaultImplementation",
        "developerName",
        "extendedBy",
        "extendsInterfaces",
        "formulaTreatNullNumberAsZero",
        "implementedBy",
        "implementsInterfaces",
        "isInterface",
        "sobjectDescribeOption",
    ),
    _NEWER,
)

FIELD_FACTS = {
    "Account.JigsawCompanyId.relationshipName": "leads to an object of Data.com, which is retired",
    "Contact.JigsawContactId.relationshipName": "leads to an object of Data.com, which is retired",
    "Account.Name.compoundFieldName": "the recorded org has person accounts, the sandbox has none",
    "Account.Name.extraTypeInfo": "the recorded org has person accounts, the sandbox has none",
    "Event.RecurrenceTimeZoneSidKey.picklistValues": "the list of all time zones; nothing reads it",
    "Event.WhatId.referenceTo": "the kinds that every org has, instead of all of the recorded org's features",
    "Opportunity.Fiscal.byteLength": "one byte a character instead of three, in this field alone; nothing reads it",
    "Opportunity.StageName.picklistValues": "the stages are the served org's own",
    "OpportunityContactRole.Role.picklistValues": "a seeded org has five roles beyond the standard ones",
}
"""Single facts of described fields that differ, as object, field and attribute."""
