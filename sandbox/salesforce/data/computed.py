"""Fields that no column holds: each is an SQL expression over its own row, so that queries can select and filter it.

`{t}` stands for the row's table alias, `{today}` for the running user's day, `{archive}` for the day before which
activities are archived, both quoted dates.
"""

from __future__ import annotations

from sandbox.salesforce.data.schema import SObject

_LAST_HISTORY = (
    '(SELECT hist.Id FROM OpportunityHistory hist WHERE hist.OpportunityId = {t}.Id AND hist."Prev@" IS NOT NULL'
    ' AND hist."Prev@" <> hist."@" ORDER BY hist.CreatedDate DESC, hist.Id DESC LIMIT 1)'
)
_RELATIONS = "(SELECT COUNT(*) FROM @Relation link WHERE link.@Id = {t}.Id AND link.IsWhat = # AND link.IsDeleted = 0)"
# A closed task is archived a year after its due day, or after its creation where it has none; queries then leave it
# out.
_TASK_ARCHIVED = "({t}.IsClosed = 1 AND COALESCE({t}.ActivityDate, substr({t}.CreatedDate, 1, 10)) < {archive})"
_EVENT_ARCHIVED = "(COALESCE(substr({t}.EndDateTime, 1, 10), {t}.ActivityDate, '9999') < {archive})"

_EXPRESSIONS: dict[str, dict[str, str]] = {
    "Opportunity": {
        "FiscalQuarter": "((CAST(substr({t}.CloseDate, 6, 2) AS INTEGER) + 2) / 3)",
        "FiscalYear": "CAST(substr({t}.CloseDate, 1, 4) AS INTEGER)",
        "Fiscal": "(substr({t}.CloseDate, 1, 4) || ' ' || ((CAST(substr({t}.CloseDate, 6, 2) AS INTEGER) + 2) / 3))",
        "HasOpenActivity": (
            "(EXISTS(SELECT 1 FROM Task act WHERE act.WhatId = {t}.Id AND act.IsDeleted = 0 AND act.IsClosed = 0) OR"
            " EXISTS(SELECT 1 FROM Event act WHERE act.WhatId = {t}.Id AND act.IsDeleted = 0"
            " AND act.ActivityDate >= {today}))"
        ),
        "HasOverdueTask": (
            "EXISTS(SELECT 1 FROM Task act WHERE act.WhatId = {t}.Id AND act.IsDeleted = 0 AND act.IsClosed = 0"
            " AND act.ActivityDate < {today})"
        ),
        "LastAmountChangedHistoryId": _LAST_HISTORY.replace("@", "Amount"),
        "LastCloseDateChangedHistoryId": _LAST_HISTORY.replace("@", "CloseDate"),
    },
    "Contact": {"IsEmailBounced": "({t}.EmailBouncedDate IS NOT NULL OR {t}.EmailBouncedReason IS NOT NULL)"},
    "Task": {
        "IsArchived": _TASK_ARCHIVED,
        "WhoCount": _RELATIONS.replace("@", "Task").replace("#", "0"),
        "WhatCount": _RELATIONS.replace("@", "Task").replace("#", "1"),
    },
    "Event": {
        "IsArchived": _EVENT_ARCHIVED,
        "WhoCount": _RELATIONS.replace("@", "Event").replace("#", "0"),
        "WhatCount": _RELATIONS.replace("@", "Event").replace("#", "1"),
    },
}
_ADDRESS_PARTS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")


def expression(sobject: SObject, field: str) -> str | None:
    """The SQL template of a computed field, or None where a column holds it."""
    if field in (own := _EXPRESSIONS.get(sobject.name, {})):
        return own[field]
    if sobject.fields[field].type != "address":
        return None
    prefix = field.removesuffix("Address")
    pairs = ", ".join(f"'{part}', {{t}}.\"{prefix}{part[0].upper()}{part[1:]}\"" for part in _ADDRESS_PARTS)
    return f"json_object({pairs})"
