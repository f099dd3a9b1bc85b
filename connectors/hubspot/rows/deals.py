"""Deal records as canonical deals, with our scores on them and the former values of what is watched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.columns import Column, Record, Rows, columns, frame, number, text
from connectors.elements import ElementColumns, element_columns
from connectors.hubspot.objects import Properties
from connectors.hubspot.shape import DealShape
from connectors.hubspot.stages import CURRENT_STAGE, Stage, Stages
from connectors.hubspot.values import day, flag, local_day, moment, properties, typed

_FORECASTS: Final = {
    "OMIT": "Omitted",
    "PIPELINE": "Pipeline",
    "BEST_CASE": "Best Case",
    "COMMIT": "Commit",
    "CLOSED": "Closed",
}
"""HubSpot's forecast categories in the words that both CRMs share."""

_DEAL: Final[Mapping[str, Column]] = {
    "deal_id": ("hs_object_id", text),
    "name": ("dealname", text),
    "account_id": ("hs_primary_associated_company", text),
    "owner_id": ("hubspot_owner_id", text),
    "amount_original": ("amount", number),
    "currency": ("deal_currency_code", text),
    "pipeline": ("pipeline", text),
    "stage_id": ("dealstage", text),
    "created_at": ("createdate", moment),
    "modified_at": ("hs_lastmodifieddate", moment),
    "next_step": ("hs_next_step", text),
}


@dataclass(frozen=True, slots=True)
class DealContext:
    """What telling deals apart needs to know of the portal."""

    shape: DealShape
    stages: Stages
    known: Properties
    zone: ZoneInfo
    currency: str | None


def deal_rows(records: Sequence[Record], context: DealContext) -> Rows:
    """Convert deal records; the deals that were merged into them are gone."""
    deals = [properties(record) for record in records]
    shape, zone = context.shape, context.zone
    values = columns(deals, _DEAL)
    stages = [context.stages.get((str(deal.get("pipeline")), str(deal.get("dealstage")))) for deal in deals]
    entered = [_entered(deal, shape) for deal in deals]
    # The stage's own flags win over the deal's computed ones, which follow a change of the pipeline late.
    values["is_closed"] = [_is_closed(deal, stage) for deal, stage in zip(deals, stages, strict=True)]
    values["is_won"] = [
        flag(deal.get("hs_is_closed_won")) if stage is None else stage.is_won
        for deal, stage in zip(deals, stages, strict=True)
    ]
    values["stage_entered_at"] = [at or made for at, made in zip(entered, values["created_at"], strict=True)]
    values["closed_at"] = [
        (at or moment(deal.get("closedate"))) if closed else None
        for deal, at, closed in zip(deals, entered, values["is_closed"], strict=True)
    ]
    values["amount"] = [_amount(deal, context.currency) for deal in deals]
    values["close_date"] = [local_day(deal.get("closedate"), zone) for deal in deals]
    # Not notes_last_updated: our own tasks move that one.
    values["last_activity_on"] = [local_day(deal.get("notes_last_contacted"), zone) for deal in deals]
    values["probability"] = [_percent(deal.get("hs_deal_stage_probability")) for deal in deals]
    # Shown in Salesforce's words, so that one rule fits both CRMs.
    values["forecast_category"] = [_FORECASTS.get(str(deal.get("hs_manual_forecast_category"))) for deal in deals]
    values["deal_type"] = [_label(deal.get("dealtype"), context.known, "dealtype") for deal in deals]
    if shape.muted_until:
        values["muted_until"] = [day(deal.get(shape.muted_until)) for deal in deals]
    for element in shape.elements:
        if element.readable:
            values |= element_columns([_typed(deal, element) for deal in deals], element)
    values["extras"] = [_extras(deal, shape.extras) for deal in deals]
    rows = Rows({"deals": frame("deals", values, len(deals))})
    if shape.scores:
        rows.tables["own_scores"] = frame("own_scores", _scores(deals, shape.scores), len(deals))
    merged = {loser: str(deal["hs_object_id"]) for deal in deals for loser in merged_ids(deal)}
    if merged:
        rows.gone["deals"] = tuple(merged)
        rows.merged["deals"] = merged
    return rows


def merged_ids(record: Record) -> list[str]:
    """Return the ids of the records that were merged into this one."""
    # Since 2025 a merge makes a new record: both former ids are listed here and vanish without being archived.
    listed = str(record.get("hs_merged_object_ids") or "").split(";")
    return [record_id for part in listed if (record_id := part.strip()) and record_id != record.get("hs_object_id")]


def change_rows(records: Sequence[Record], shape: DealShape, zone: ZoneInfo) -> Rows:
    """Convert the former values of deals, read with their history, to changes.

    The first value that a property ever had changes nothing.
    """
    fields = shape.history()
    changes = [
        (f"{record['id']}:{name}:{at.isoformat()}", str(record["id"]), field, old, new, at)
        for record in records
        for name, field in fields.items()
        for old, new, at in _changes(record.get("propertiesWithHistory", {}).get(name) or (), name, zone)
    ]
    names = ("change_id", "deal_id", "field", "old", "new", "at")
    return Rows(
        {
            "changes": frame(
                "changes", {name: [change[i] for change in changes] for i, name in enumerate(names)}, len(changes)
            )
        }
    )


def _changes(
    versions: Sequence[Mapping[str, Any]], name: str, zone: ZoneInfo
) -> Iterator[tuple[str | None, str | None, datetime]]:
    dated = sorted(
        (
            (at, _stated(version.get("value"), name, zone))
            for version in versions
            if (at := moment(version.get("timestamp")))
        ),
        key=lambda version: version[0],
    )
    # A version is also recorded when the same value is written again.
    for (_, old), (at, new) in pairwise(dated):
        if old != new:
            yield old, new, at


def _stated(value: Any, name: str, zone: ZoneInfo) -> str | None:
    """Write a former value as the deal's own column has it."""
    if name == "closedate":
        on = local_day(value, zone)
        return on.isoformat() if on else None
    if name == "amount":
        amount = number(value)
        return None if amount is None else str(amount)
    return text(value)


def _entered(deal: Record, shape: DealShape) -> datetime | None:
    name = shape.entered.get(str(deal.get("dealstage")), CURRENT_STAGE)
    return moment(deal.get(name))


def _is_closed(deal: Record, stage: Stage | None) -> bool | None:
    return flag(deal.get("hs_is_closed")) if stage is None else stage.is_closed


def _amount(deal: Record, currency: str | None) -> float | None:
    """Return the amount in the portal's currency: HubSpot's own conversion, or the amount where there is none to do."""
    converted = number(deal.get("amount_in_home_currency"))
    if converted is not None:
        return converted
    own = deal.get("deal_currency_code")
    return number(deal.get("amount")) if not own or own == currency else None


def _percent(value: Any) -> float | None:
    share = number(value)
    # HubSpot keeps a share, Salesforce percent: the tables have percent.
    return None if share is None else round(share * 100, 6)


def _label(value: Any, known: Properties, name: str) -> str | None:
    """Return the label that people see for a value of an enumeration."""
    code = text(value)
    return known[name].options.get(code, code) if code and name in known else code


def _typed(deal: Record, element: ElementColumns) -> Record:
    """Return the record that an element is read from, with numbers and checkboxes as such."""
    read = {path: typed(deal.get(path), kind) for path, kind in element.fields}
    confirmed = day(deal.get(element.confirmed_on)) if element.confirmed_on else None
    read |= {element.text: deal.get(element.text)} if element.text else {}
    return read | ({element.confirmed_on: confirmed.isoformat()} if element.confirmed_on and confirmed else {})


def _extras(deal: Record, paths: Mapping[str, str]) -> str:
    return json.dumps({name: deal.get(path) for name, path in paths.items()}, ensure_ascii=False)


def _scores(deals: Sequence[Record], fields: Mapping[str, str]) -> dict[str, list[Any]]:
    converters = {"score": number, "confidence": number, "as_of": day}
    wanted: dict[str, Column] = {column: (name, converters.get(column, text)) for column, name in fields.items()}
    return columns(deals, {"deal_id": ("hs_object_id", text), **wanted})
