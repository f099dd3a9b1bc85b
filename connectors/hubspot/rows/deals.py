"""Deal records as canonical deals, with our scores on them and the former values of what is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from connectors.columns import Column, Extra, Reading, Record, Rows, frame, number, text
from connectors.elements import element_columns
from connectors.hubspot.objects import Properties
from connectors.hubspot.shape import DealShape
from connectors.hubspot.stages import CURRENT_STAGE, Stage, Stages
from connectors.hubspot.values import day, flag, local_day, moment, properties, typed
from connectors.mapping import FieldKind

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
    reading = Reading("deals", [deal["hs_object_id"] for deal in deals])
    values = reading.columns(deals, _DEAL)
    stages = [context.stages.get((str(deal.get("pipeline")), str(deal.get("dealstage")))) for deal in deals]
    entered = reading.column("stage_entered_at", [_entered(deal, shape) for deal in deals], moment)
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
    to_day = partial(local_day, zone=zone)
    values["close_date"] = reading.column("close_date", [deal.get("closedate") for deal in deals], to_day)
    # Not notes_last_updated: our own tasks move that one.
    contacted = [deal.get("notes_last_contacted") for deal in deals]
    values["last_activity_on"] = reading.column("last_activity_on", contacted, to_day)
    shares = [deal.get("hs_deal_stage_probability") for deal in deals]
    values["probability"] = reading.column("probability", shares, _percent)
    # Shown in Salesforce's words, so that one rule fits both CRMs.
    values["forecast_category"] = [_FORECASTS.get(str(deal.get("hs_manual_forecast_category"))) for deal in deals]
    values["deal_type"] = [_label(deal.get("dealtype"), context.known, "dealtype") for deal in deals]
    if shape.muted_until:
        values["muted_until"] = reading.column("muted_until", [deal.get(shape.muted_until) for deal in deals], day)
    for element in shape.elements:
        if element.readable:
            values |= element_columns(deals, element, reading, typed)
    values["extras"] = reading.extras(deals, extras(shape.extras, context.known))
    rows = Rows({"deals": frame("deals", values, len(deals))})
    if shape.scores:
        rows.tables["own_scores"] = _scores(deals, shape.scores)
    merged = {loser: str(deal["hs_object_id"]) for deal in deals for loser in merged_ids(deal)}
    if merged:
        rows.gone["deals"] = tuple(merged)
        rows.merged["deals"] = merged
    rows.odd = tuple(reading.odd)
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


def _entered(deal: Record, shape: DealShape) -> Any:
    return deal.get(shape.entered.get(str(deal.get("dealstage")), CURRENT_STAGE))


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


def extras(paths: Mapping[str, str], known: Properties) -> dict[str, Extra]:
    """Return how mapped extras are read, numbers and dates as such."""
    return {name: _extra(path, known[path].kind if path in known else "other") for name, path in paths.items()}


def _extra(path: str, kind: FieldKind) -> Extra:
    return Extra(partial(_extra_value, path=path, kind=kind), kind)


def _extra_value(record: Record, path: str, kind: FieldKind) -> Any:
    value = record.get(path)
    if kind != "date" or value is None or "-" in str(value)[1:]:
        return value
    # A date in milliseconds, which conditions could not compare with a day.
    at = moment(value)
    return value if at is None else at.date().isoformat()


def _scores(deals: Sequence[Record], fields: Mapping[str, str]) -> pl.DataFrame:
    converters = {"score": number, "confidence": number, "as_of": day}
    wanted: dict[str, Column] = {column: (name, converters.get(column, text)) for column, name in fields.items()}
    # Fields that only we write: what a person or a workflow put there is no news to anybody.
    values = Reading("own_scores", [deal["hs_object_id"] for deal in deals]).columns(
        deals, {"deal_id": ("hs_object_id", text), **wanted}
    )
    return frame("own_scores", values, len(deals))
