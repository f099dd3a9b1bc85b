"""A scenario's time line as canonical tables, as a connection would have read them on a given day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import polars as pl

from connectors.model import ELEMENTS, PHASES, TABLES
from rules.language.signal import Signal, SignalType
from rules.model import EVERY_RULE, CoverageVerdict, Facts
from rules.testing.scenario import Event

# Far from midnight, so that the day is the same in every time zone of owners.
_NOON: Final = time(12, tzinfo=UTC)
_OWNER: Final = "rep"
_PIPELINE: Final = "default"
_RENAMED: Final = {"id": "deal_id", "owner": "owner_id", "account": "account_id", "phase": "stage_id"}
_RECORDED: Final = {
    "phase": "stage",
    "close_date": "close_date",
    "amount": "amount",
    "owner": "owner",
    "next_step": "next_step",
    **{f"{element}_level": element for element in ELEMENTS},
}

Row = dict[str, Any]


def noon(day: date) -> datetime:
    """Return the moment of *day* at which everything in a scenario happens."""
    return datetime.combine(day, _NOON)


def tables_on(events: Iterable[Event], today: date) -> dict[str, pl.DataFrame]:
    """Return every canonical table as of *today*; events of one day count in the order in which they are written."""
    rows: dict[str, dict[str, Row]] = {name: {} for name in TABLES}
    rows["owners"][_OWNER] = {"owner_id": _OWNER, "name": "Rep", "active": True}
    for event in events:
        if event.on <= today:
            _APPLIED[event.kind](rows, event)
    return {name: _frame(name, by_id.values()) for name, by_id in rows.items()}


def facts_on(
    events: Iterable[Event], today: date, catalogue: Mapping[str, Signal], extras: Mapping[str, SignalType]
) -> Facts:
    """Return the facts of a connection that keeps everything; of the elements, those that the scenario names."""
    deals = [event.values for event in events if event.kind == "deal"]
    pipelines = {values.get("pipeline", _PIPELINE) for values in deals}
    names = {name for values in deals for name in values}
    shown = [element for element in ELEMENTS if any(name.startswith(f"{element}_") for name in names)]
    hidden = {f"field:{element}" for element in ELEMENTS if element not in shown}
    sources = {source for signal in catalogue.values() for source in signal.sources} - hidden
    return Facts(
        now=noon(today),
        today=today,
        phases={(pipeline, phase): phase for pipeline in pipelines for phase in PHASES},
        shows=dict.fromkeys(shown, 3),
        coverage=tuple(
            # A scenario is about rules: everything it names is kept.
            CoverageVerdict(EVERY_RULE, source, pipeline, 1.0, judged=True)
            for source in sorted(sources)
            for pipeline in sorted(pipelines)
        ),
        extras=extras,
    )


def _deal(rows: dict[str, dict[str, Row]], event: Event) -> None:
    values, deal_id = event.values, event.values["id"]
    known = rows["deals"].get(deal_id)
    if known is None:
        known = rows["deals"][deal_id] = {
            "name": deal_id,
            "owner_id": _OWNER,
            "pipeline": _PIPELINE,
            "is_closed": False,
            "created_at": noon(values.get("created", event.on)),
            "stage_entered_at": noon(values.get("entered", event.on)),
        }
    else:
        for change in _changes(known, event):
            rows["changes"][change["change_id"]] = change
        if "phase" in values and values["phase"] != known.get("stage_id"):
            known["stage_entered_at"] = noon(event.on)
    known.update({_RENAMED.get(name, name): value for name, value in values.items() if name in _plain_keys(values)})
    known["modified_at"] = noon(event.on)
    if "closed" in values:
        known.update(is_closed=True, is_won=values["closed"] == "won", closed_at=noon(event.on))
    mapped = {name: _as_json(value) for name, value in values.items() if name.startswith("x_")}
    if mapped:
        known["extras"] = json.dumps({**json.loads(known.get("extras") or "{}"), **mapped})


def _plain_keys(values: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in values if not name.startswith("x_") and name not in ("created", "entered", "closed"))


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _changes(known: Row, event: Event) -> Iterator[Row]:
    """Yield the rows of history that the CRM would keep of this change."""
    for name, field in _RECORDED.items():
        if name in event.values:
            old, new = known.get(_RENAMED.get(name, name)), event.values[name]
            if old != new:
                yield {
                    "change_id": f"{event.values['id']}/{field}/{event.on}",
                    "deal_id": event.values["id"],
                    "field": field,
                    "old": None if old is None else str(old),
                    "new": str(new),
                    "at": noon(event.on),
                }


def _contact(rows: dict[str, dict[str, Row]], event: Event) -> None:
    values = event.values
    contact_id, deal_id = values["id"], values["deal"]
    before = rows["contacts"].get(contact_id, {"name": contact_id.capitalize(), "reachable": True})
    named = {name: values[name] for name in ("name", "title", "reachable") if name in values}
    rows["contacts"][contact_id] = {**before, "contact_id": contact_id, **named}
    role_id = f"{deal_id}/{contact_id}"
    role = rows["roles"].setdefault(role_id, {"since": noon(values.get("since", event.on))})
    role.update(role_id=role_id, deal_id=deal_id, contact_id=contact_id)
    if "role" in values:
        role.update(role=values["role"], raw_role=values["role"])


def _touch(rows: dict[str, dict[str, Row]], event: Event) -> None:
    values, touch_id = event.values, f"touch {len(rows['touches'])}"
    rows["touches"][touch_id] = {
        "touch_id": touch_id,
        # Before the moment of judgement, so that a touch of today has happened.
        "at": noon(values.get("at", event.on)) - timedelta(hours=1),
        "kind": values.get("kind", "call"),
        "direction": values.get("direction", "two_way"),
        "owner_id": _OWNER,
    }
    people = [*values.get("contacts", ()), *([values["contact"]] if "contact" in values else [])]
    for number, contact_id in enumerate(people or [None]):
        link_id = f"{touch_id}/{number}"
        link = {"link_id": link_id, "touch_id": touch_id, "deal_id": values.get("deal"), "contact_id": contact_id}
        rows["touch_links"][link_id] = link


def _owner(rows: dict[str, dict[str, Row]], event: Event) -> None:
    values = dict(event.values)
    owner_id = values.pop("id")
    before = rows["owners"].get(owner_id, {"owner_id": owner_id, "name": owner_id.capitalize(), "active": True})
    rows["owners"][owner_id] = {**before, **{"manager_id" if key == "manager" else key: values[key] for key in values}}


def _task(rows: dict[str, dict[str, Row]], event: Event) -> None:
    """Do nothing: what a person does with a managed task concerns the plan, not what is judged."""


_APPLIED: Final = {"deal": _deal, "contact": _contact, "touch": _touch, "owner": _owner, "task": _task}


def _frame(name: str, rows: Iterable[Row]) -> pl.DataFrame:
    schema = TABLES[name]
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)
