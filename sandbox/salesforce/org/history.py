"""The two histories of a deal: the automatic one of its forecast fields, and the one of tracked fields."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.data.schema import Field
from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction

FORECAST_FIELDS = ("StageName", "Amount", "CloseDate", "Probability", "ForecastCategory")
TRACKED_FIELDS = ("StageName", "Amount", "CloseDate", "OwnerId", "ForecastCategoryName", "NextStep")
"""Fields that an org tracks unless the quirk names others."""

_DATA_TYPES = {
    "currency": "Currency",
    "date": "DateOnly",
    "datetime": "DateTime",
    "boolean": "Boolean",
    "percent": "Percent",
}


def record(tx: Transaction, before: Row | None, after: Row) -> None:
    """Write what a save of a deal adds to its histories."""
    if before is None or any(before[name] != after[name] for name in FORECAST_FIELDS):
        _record_forecast(tx, before, after)
    tracked = tx.quirks["field_history"]
    if tracked and before is not None:
        for name in TRACKED_FIELDS if tracked is True else tracked:
            if before[name] != after[name]:
                _record_change(tx, tx.schema.objects["Opportunity"].fields[name], before, after)


def _record_forecast(tx: Transaction, before: Row | None, after: Row) -> None:
    copied = (*FORECAST_FIELDS, "ExpectedRevenue")
    row = {
        "Id": tx.storage.new_id("OpportunityHistory"),
        "OpportunityId": after["Id"],
        **{name: after.get(name) for name in copied},
        **tx.audit(tx.schema.objects["OpportunityHistory"]),
    }
    if before is not None:
        row |= {
            "PrevAmount": before["Amount"],
            "PrevCloseDate": before["CloseDate"],
            "FromForecastCategory": before["ForecastCategory"],
        }
    tx.storage.insert("OpportunityHistory", row)


def _record_change(tx: Transaction, field: Field, before: Row, after: Row) -> None:
    """One row, and for a lookup a second: the labels first, the ids after."""
    old, new = before[field.name], after[field.name]
    # OpportunityFieldHistory keeps a lookup twice: as labels and as ids.
    if field.type == "reference":
        _insert(tx, after["Id"], field.name, "Text", (_label(tx, old), _label(tx, new)))
        _insert(tx, after["Id"], field.name, "EntityId", (old, new))
    else:
        _insert(tx, after["Id"], field.name, _DATA_TYPES.get(field.type, "Text"), (old, new))


def _insert(tx: Transaction, deal_id: str, name: str, data_type: str, values: tuple[Any, Any]) -> None:
    row = {
        "Id": tx.storage.new_id("OpportunityFieldHistory"),
        "OpportunityId": deal_id,
        "Field": name.removesuffix("Id") if name in {"OwnerId", "AccountId", "CampaignId"} else name,
        "DataType": data_type,
        "OldValue": values[0],
        "NewValue": values[1],
        **tx.audit(tx.schema.objects["OpportunityFieldHistory"]),
    }
    tx.storage.insert("OpportunityFieldHistory", row)


def _label(tx: Transaction, record_id: str | None) -> str | None:
    sobject = tx.sobject_of(record_id)
    if sobject is None or "Name" not in tx.schema.objects[sobject].fields:
        return None
    name: str | None = tx.storage.scalar(f'SELECT Name FROM "{sobject}" WHERE Id = ?', (record_id,))  # noqa: S608
    return name
