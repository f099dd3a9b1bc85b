"""``explain``: everything the store can tell about one deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from sync.app import inspection
from sync.commands.opening import opened
from sync.commands.terminal import console, heading, plain, show_json, table
from sync.errors import FINE
from sync.inspect.explain import Explanation


def explain(config: Path, deal: str, connection: str | None, *, as_json: bool, debug: bool) -> int:
    """Explain the deal of that id or exact name."""
    with opened(config, debug=debug) as workspace:
        found = inspection.explain(workspace, deal, connection)
    if as_json:
        show_json(found.as_dict())
    else:
        _show(console(), found)
    return FINE


def _show(out: Console, found: Explanation) -> None:
    heading(
        out, f"{plain(found.deal_name)} ({found.deal_id}, {found.connection}), as of {found.as_of:%Y-%m-%d %H:%M} UTC"
    )
    if not found.in_scope:
        out.print("  The deal is closed, muted or out of scope: no rule judges it.")
    if found.in_scope and found.signals["in_pilot"] is not True:
        told = "cannot be told" if found.signals["in_pilot"] is None else "it is not"
        out.print(f"  Whether the deal is in the pilot: {told}, so it gets no task.")
    if found.in_scope and found.score is not None:
        confidence = "" if found.confidence is None else f", confidence {found.confidence:g} %"
        out.print(f"  score {found.score:g}, {found.band}{confidence}")
        for reason in found.reasons:
            out.print(f"    {plain(reason)}")
        if found.counterfactual:
            out.print(f"  what would help most: {plain(found.counterfactual)}")
    _section(
        out,
        "Rules",
        ("rule", "verdict", "because"),
        ((one.rule_id, f"{one.verdict}{_shadow(one.mode)}", one.text) for one in found.rules),
    )
    known = ((name, _cell(value)) for name, value in found.signals.items() if value is not None)
    _section(out, "Signals", ("signal", "value"), known)
    unknown = ", ".join(name for name, value in found.signals.items() if value is None)
    out.print(f"\n  unknown: {unknown or 'none'}")
    _section(out, "Tasks of ours", *_columns(found.tasks, ("subject", "status", "due", "owner_id", "reason", "key")))
    _section(out, "Suppressed", *_columns(found.suppressed, ("family", "severity", "owner_id", "cause", "because")))
    _section(out, "History", *_columns(found.history, ("at", "field", "old", "new")))


def _shadow(mode: str) -> str:
    return " (in shadow)" if mode == "shadow" else ""


def _section(out: Console, title: str, columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> None:
    listed = list(rows)
    if listed:
        heading(out, title)
        out.print(table(columns, listed))


def _columns(
    rows: tuple[Mapping[str, Any], ...], names: tuple[str, ...]
) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]]]:
    return names, (tuple(_cell(row.get(name)) for name in names) for row in rows)


def _cell(value: object) -> object:
    return ", ".join(str(one) for one in value) if isinstance(value, (list, tuple)) else value
