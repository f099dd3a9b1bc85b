"""The objects we read, the standard fields we want of each, and their describes reduced to what matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.mapping import FieldKind

KEY_FIELD: Final = "Dealwarden_Key__c"
REASON_FIELD: Final = "Dealwarden_Reason__c"
ANSWER_FIELD: Final = "Dealwarden_Answer__c"
KEY_PREFIX: Final = "dw:"
KEY_LENGTH: Final = 23

WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(fields.split())
    for name, fields in {
        "Opportunity": """Id IsDeleted SystemModstamp Name AccountId OwnerId Amount CurrencyIsoCode StageName IsClosed
            IsWon CloseDate Probability ForecastCategoryName Type NextStep CreatedDate LastModifiedDate
            LastStageChangeDate LastActivityDate""",
        "OpportunityStage": "Id ApiName MasterLabel SortOrder IsActive IsClosed IsWon DefaultProbability",
        "OpportunityContactRole": """Id IsDeleted SystemModstamp OpportunityId ContactId Role IsPrimary CreatedDate""",
        "Account": """Id IsDeleted SystemModstamp Name ParentId Industry NumberOfEmployees BillingCountry OwnerId""",
        "Contact": "Id IsDeleted SystemModstamp AccountId Name Title IsEmailBounced EmailBouncedDate",
        "User": "Id SystemModstamp Name Email IsActive ManagerId Department Country TimeZoneSidKey",
        "OpportunityHistory": """Id SystemModstamp OpportunityId StageName Amount CloseDate PrevAmount PrevCloseDate
            CreatedDate""",
        "OpportunityFieldHistory": "Id CreatedDate OpportunityId Field OldValue NewValue",
        "Task": """Id IsDeleted SystemModstamp WhatId WhoId OwnerId Subject Description Status Priority IsClosed
            ActivityDate CompletedDateTime TaskSubtype Type CallType CallDurationInSeconds CallDisposition IsRecurrence
            CreatedDate LastModifiedDate LastModifiedById""",
        "TaskRelation": "Id IsDeleted SystemModstamp TaskId RelationId",
        "Event": """Id IsDeleted SystemModstamp WhatId WhoId OwnerId StartDateTime ActivityDate IsAllDayEvent IsChild
            IsRecurrence""",
        "EventRelation": "Id IsDeleted SystemModstamp EventId RelationId Status",
        "EmailMessage": "Id IsDeleted SystemModstamp RelatedToId Incoming MessageDate Status CreatedById",
        "EmailMessageRelation": "Id IsDeleted SystemModstamp EmailMessageId RelationId",
        "CurrencyType": "IsoCode ConversionRate IsCorporate",
        "DatedConversionRate": "IsoCode ConversionRate StartDate NextStartDate",
    }.items()
}
"""What we ask for where it can be seen. Texts and subjects are read of our own tasks only, never of mails."""

_KINDS: Final[Mapping[str, FieldKind]] = {
    "boolean": "checkbox",
    "currency": "number",
    "date": "date",
    "datetime": "date",
    "double": "number",
    "int": "number",
    "long": "number",
    "multipicklist": "picklist",
    "percent": "number",
    "picklist": "picklist",
    # A combobox offers values and still takes any text.
    "combobox": "text",
    "email": "text",
    "phone": "text",
    "string": "text",
    "textarea": "text",
    "url": "text",
}


FEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Opportunity": ("deals", "roles", "own_scores"),
    "OpportunityContactRole": ("roles",),
    "OpportunityStage": ("stages",),
    "Account": ("accounts",),
    "Contact": ("contacts",),
    "User": ("owners",),
    "OpportunityHistory": ("changes",),
    "OpportunityFieldHistory": ("changes",),
    "Task": ("touches", "touch_links"),
    "Task:own": ("own_tasks",),
    "TaskRelation": ("touch_links",),
    "Event": ("touches", "touch_links"),
    "EventRelation": ("touch_links",),
    "EmailMessage": ("touches", "touch_links"),
    "EmailMessageRelation": ("touch_links",),
}
"""The canonical tables that are not whole while a source is not: an object, or part of it behind a colon."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field as describe shows it to our user."""

    name: str
    kind: FieldKind
    createable: bool = False
    updateable: bool = False
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    length: int = 0
    parent: str | None = None  # the relationship's name, where the field is a reference
    parents: tuple[str, ...] = ()  # the objects that it may refer to
    choices: tuple[str, ...] = ()  # active values of a picklist


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object as describe shows it to our user; fields that are hidden from it are not there."""

    name: str
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    queryable: bool = True
    createable: bool = False
    updateable: bool = False

    def has(self, *names: str) -> bool:
        """Whether all these fields can be seen."""
        return all(name in self.fields for name in names)

    def wanted(self) -> tuple[str, ...]:
        """Return the standard fields that we want and can see."""
        return tuple(name for name in WANTED[self.name] if name in self.fields)


def read_describe(body: Mapping[str, Any]) -> ObjectInfo:
    """Reduce the answer of a describe to what matters here."""
    fields = [_field(definition) for definition in body["fields"]]
    return ObjectInfo(
        name=body["name"],
        fields={info.name: info for info in fields},
        queryable=bool(body.get("queryable", True)),
        createable=bool(body.get("createable")),
        updateable=bool(body.get("updateable")),
    )


def _field(body: Mapping[str, Any]) -> FieldInfo:
    parents = tuple(body.get("referenceTo") or ())
    return FieldInfo(
        name=body["name"],
        # Only a lookup to a contact names a person; one to any other object says nothing of a role.
        kind="lookup" if "Contact" in parents else _KINDS.get(body.get("type", ""), "other"),
        createable=bool(body.get("createable")),
        updateable=bool(body.get("updateable")),
        unique=bool(body.get("unique")),
        external_id=bool(body.get("externalId")),
        id_lookup=bool(body.get("idLookup")),
        length=int(body.get("length") or 0),
        parent=body.get("relationshipName"),
        parents=parents,
        choices=tuple(choice["value"] for choice in body.get("picklistValues") or () if choice.get("active", True)),
    )
