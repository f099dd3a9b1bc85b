"""``explain``: everything that the store holds about a deal."""

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
        explanation = inspection.explain(workspace, deal, connection)
    if as_json:
        show_json(explanation.as_dict())
    else:
        _show(console(), explanation)
    return FINE


def _show(out: Console, deal: Explanation) -> None:
    heading(out, f"{plain(deal.deal_name)} ({deal.deal_id}, {deal.connection}), as of {deal.as_of:%Y-%m-%d %H:%M} UTC")
    if not deal.in_scope:
        out.print("  The deal is closed, muted or out of scope, so that no rule judges it.")
    if deal.in_scope and deal.signals["in_pilot"] is not True:
        pilot = "It is not known whether the deal is" if deal.signals["in_pilot"] is None else "The deal is not"
        out.print(f"  {pilot} in the pilot, so it gets no task.")
    if deal.in_scope and deal.score is not None:
        confidence = "" if deal.confidence is None else f", confidence {deal.confidence:g} %"
        out.print(f"  score {deal.score:g}, {deal.band}{confidence}")
        for reason in deal.reasons:
            out.print(f"    {plain(reason.text)}")
        if deal.counterfactual:
            out.print(f"  what would help most: {plain(deal.counterfactual)}")
    _section(
        out,
        "Rules",
        ("rule", "verdict", "because"),
        ((rule.rule_id, f"{rule.verdict}{_shadow(rule.mode)}", rule.text) for rule in deal.rules),
    )
    known = ((name, _cell(value)) for name, value in deal.signals.items() if value is not None)
    _section(out, "Signals", ("signal", "value"), known)
    unknown = ", ".join(name for name, value in deal.signals.items() if value is None)
    out.print(f"\n  unknown: {unknown or 'none'}")
    _section(out, "Managed tasks", *_columns(deal.tasks, ("subject", "status", "due", "owner_id", "reason", "key")))
    _section(out, "Suppressed", *_columns(deal.suppressed, ("family", "severity", "owner_id", "cause", "because")))
    _section(out, "History", *_columns(deal.history, ("at", "field", "old", "new")))


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
    return ", ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else value
