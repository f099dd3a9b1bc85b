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
    stages = [context.stages.get((str(one.get("pipeline")), str(one.get("dealstage")))) for one in deals]
    entered = [_entered(one, shape) for one in deals]
    values["is_closed"] = [_is_closed(one, stage) for one, stage in zip(deals, stages, strict=True)]
    values["is_won"] = [
        flag(one.get("hs_is_closed_won")) if stage is None else stage.is_won
        for one, stage in zip(deals, stages, strict=True)
    ]
    values["stage_entered_at"] = [at or made for at, made in zip(entered, values["created_at"], strict=True)]
    values["closed_at"] = [
        (at or moment(one.get("closedate"))) if closed else None
        for one, at, closed in zip(deals, entered, values["is_closed"], strict=True)
    ]
    values["amount"] = [_amount(one, context.currency) for one in deals]
    values["close_date"] = [local_day(one.get("closedate"), zone) for one in deals]
    values["last_activity_on"] = [local_day(one.get("notes_last_contacted"), zone) for one in deals]
    values["probability"] = [_percent(one.get("hs_deal_stage_probability")) for one in deals]
    values["forecast_category"] = [_FORECASTS.get(str(one.get("hs_manual_forecast_category"))) for one in deals]
    values["deal_type"] = [_label(one.get("dealtype"), context.known, "dealtype") for one in deals]
    if shape.muted_until:
        values["muted_until"] = [day(one.get(shape.muted_until)) for one in deals]
    for element in shape.elements:
        if element.readable:
            values |= element_columns([_typed(one, element) for one in deals], element)
    values["extras"] = [_extras(one, shape.extras) for one in deals]
    found = Rows({"deals": frame("deals", values, len(deals))})
    if shape.scores:
        found.tables["own_scores"] = frame("own_scores", _scores(deals, shape.scores), len(deals))
    merged = tuple(loser for one in deals for loser in merged_ids(one))
    if merged:
        found.gone["deals"] = merged
    return found


def merged_ids(record: Record) -> list[str]:
    """Give the ids of the records that were merged into this one."""
    listed = str(record.get("hs_merged_object_ids") or "").split(";")
    return [one for part in listed if (one := part.strip()) and one != record.get("hs_object_id")]


def change_rows(records: Sequence[Record], shape: DealShape, zone: ZoneInfo) -> Rows:
    """Convert the former values of deals, read with their history, to changes.

    The first value that a property ever had changes nothing.
    """
    fields = shape.history()
    found = [
        (f"{record['id']}:{name}:{at.isoformat()}", str(record["id"]), field, old, new, at)
        for record in records
        for name, field in fields.items()
        for old, new, at in _changes(record.get("propertiesWithHistory", {}).get(name) or (), name, zone)
    ]
    names = ("change_id", "deal_id", "field", "old", "new", "at")
    return Rows(
        {"changes": frame("changes", {name: [one[i] for one in found] for i, name in enumerate(names)}, len(found))}
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
        key=lambda one: one[0],
    )
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
    """Give the amount in the portal's currency: HubSpot's own conversion, or the amount where there is none to do."""
    converted = number(deal.get("amount_in_home_currency"))
    if converted is not None:
        return converted
    own = deal.get("deal_currency_code")
    return number(deal.get("amount")) if not own or own == currency else None


def _percent(value: Any) -> float | None:
    share = number(value)
    return None if share is None else round(share * 100, 6)


def _label(value: Any, known: Properties, name: str) -> str | None:
    """Give what people read for a value of an enumeration."""
    found = text(value)
    return known[name].options.get(found, found) if found and name in known else found


def _typed(deal: Record, element: ElementColumns) -> Record:
    """Give what an element is read from, numbers and checkboxes as such."""
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
