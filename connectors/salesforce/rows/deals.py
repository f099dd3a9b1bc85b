"""Opportunity records as deals, with our scores on them and the contacts that their lookup fields name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, Final

import polars as pl

from connectors.columns import Column, Extra, Reading, Record, Rows, day, flag, frame, moment, number, text
from connectors.elements import element_columns
from connectors.salesforce.columns import at_path, split_deleted
from connectors.salesforce.rates import Rates
from connectors.salesforce.shape import DealShape

_PIPELINE: Final = "default"
_DEAL: Final[Mapping[str, Column]] = {
    "deal_id": ("Id", text),
    "name": ("Name", text),
    "account_id": ("AccountId", text),
    "owner_id": ("OwnerId", text),
    "amount_original": ("Amount", number),
    "currency": ("CurrencyIsoCode", text),
    "stage_id": ("StageName", text),
    "is_closed": ("IsClosed", flag),
    "is_won": ("IsWon", flag),
    "forecast_category": ("ForecastCategoryName", text),
    "probability": ("Probability", number),
    "close_date": ("CloseDate", day),
    "created_at": ("CreatedDate", moment),
    "modified_at": ("LastModifiedDate", moment),
    "next_step": ("NextStep", text),
    "deal_type": ("Type", text),
    "last_activity_on": ("LastActivityDate", day),
}


def lookup_role_id(deal_id: str, name: str) -> str:
    """Return the id of the role row that is made of a lookup field of a deal."""
    return f"{deal_id}:{name}"


def deal_rows(records: Sequence[Record], shape: DealShape, rates: Rates) -> Rows:
    """Convert Opportunity records, deleted ones included."""
    living, deleted = split_deleted(records)
    reading = Reading("deals", [record["Id"] for record in living])
    values = reading.columns(living, _DEAL)
    values["pipeline"] = [_PIPELINE] * len(living)
    values["amount"] = [
        rates.in_org_currency(amount, currency, closing)
        for amount, currency, closing in zip(
            values["amount_original"], values["currency"], values["close_date"], strict=True
        )
    ]
    # Null on a deal that has been in one stage since it was created.
    changed = reading.column("stage_entered_at", [record.get("LastStageChangeDate") for record in living], moment)
    values["stage_entered_at"] = [a or b for a, b in zip(changed, values["created_at"], strict=True)]
    values["closed_at"] = [_closed_at(record, at) for record, at in zip(living, changed, strict=True)]
    if shape.record_type:
        values["record_type"] = [text(at_path(record, "RecordType.DeveloperName")) for record in living]
    if shape.muted_until:
        values["muted_until"] = reading.column("muted_until", [record.get(shape.muted_until) for record in living], day)
    for element in shape.elements:
        if element.readable:
            values |= element_columns(living, element, reading)
    values["extras"] = reading.extras(living, _extras(shape))
    rows = Rows({"deals": frame("deals", values, len(living))}, {"deals": deleted})
    _add_lookup_roles(rows, living, shape)
    if shape.scores:
        rows.tables["own_scores"] = _scores(living, shape.scores)
        rows.gone["own_scores"] = deleted
    rows.odd = tuple(reading.odd)
    return rows


def _closed_at(record: Record, stage_changed: datetime | None) -> datetime | None:
    if record.get("IsClosed") is not True:
        return None
    closing = day(record.get("CloseDate"))
    # Salesforce keeps no time of closing: the move into the closed stage comes nearest.
    return stage_changed or (datetime.combine(closing, time(), UTC) if closing else None)


def _extras(shape: DealShape) -> dict[str, Extra]:
    return {
        name: Extra(partial(at_path, path=path), shape.extra_kinds.get(name, "other"))
        for name, path in shape.extras.items()
    }


def _scores(records: Sequence[Record], fields: Mapping[str, str]) -> pl.DataFrame:
    converters = {"score": number, "confidence": number, "as_of": day}
    wanted: dict[str, Column] = {column: (name, converters.get(column, text)) for column, name in fields.items()}
    # Fields that only we write: what a person or a formula put there is no news to anybody.
    values = Reading("own_scores", [record["Id"] for record in records]).columns(
        records, {"deal_id": ("Id", text), **wanted}
    )
    return frame("own_scores", values, len(records))


def _add_lookup_roles(rows: Rows, records: Sequence[Record], shape: DealShape) -> None:
    """Add a role row for each contact that a lookup field names; an emptied field's row is gone."""
    fields = [(element.role, name) for element in shape.elements for name in element.lookups]
    if not fields:
        return
    named = [
        (record["Id"], record[name], role, name) for record in records for role, name in fields if record.get(name)
    ]
    empty = [lookup_role_id(record["Id"], name) for record in records for _, name in fields if not record.get(name)]
    values: dict[str, list[Any]] = {
        "role_id": [lookup_role_id(deal, name) for deal, _, _, name in named],
        "deal_id": [deal for deal, _, _, _ in named],
        "contact_id": [contact for _, contact, _, _ in named],
        "role": [role for _, _, role, _ in named],
        "raw_role": [name for _, _, _, name in named],
    }
    rows.tables["roles"] = frame("roles", values, len(named))
    rows.gone["roles"] = tuple(empty)
