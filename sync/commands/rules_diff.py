"""``rules diff``: what the rules would change on the deals in the mirror, before they change anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from sync.app import inspection
from sync.app.rule_files import read_overlay
from sync.commands.opening import opened
from sync.commands.terminal import console, heading, plain, show_json, table
from sync.errors import CHECK_FAILED, FINE, ConfigError
from sync.inspect.rule_diff import Difference, Shift

PACK_ONLY = "pack-only"
"""The word for the packs without any overlay."""


def diff_rules(config: Path, against: str, *, as_json: bool, debug: bool) -> int:
    """Compare the rules in force with those of another overlay folder, or of the packs alone; asks no CRM."""
    base = None if against == PACK_ONLY else Path(against)
    if base is not None and not base.is_dir():
        raise ConfigError([f"{base}: there is no such folder; expected a folder of rule files, or {PACK_ONLY}"])
    with opened(config, debug=debug) as workspace:
        differences = inspection.rule_diff(workspace, None if base is None else read_overlay(base))
    if as_json:
        connections = {name: difference.as_dict() for name, difference in differences.items()}
        show_json({"against": against, "changed": _changed(differences), "connections": connections})
    else:
        for name, difference in differences.items():
            _show(console(), name, difference)
    return CHECK_FAILED if _changed(differences) else FINE


def _changed(differences: Mapping[str, Difference]) -> bool:
    return any(difference.changed for difference in differences.values())


def _show(out: Console, name: str, difference: Difference) -> None:
    if not difference.changed:
        heading(out, f"{name}: {difference.deals:,} open deals, nothing would change")
        return
    heading(out, f"{name}: {difference.deals:,} open deals, {difference.scores:,} scores would change")
    measures = ("appear", "end", "change", "deals", "amount")
    rows = (
        (rule, difference.before[rule], difference.after[rule], *_cells(shift))
        for rule, shift in sorted(difference.rules.items())
    )
    numbers = ("before", "after", *measures)
    out.print(table(("rule", *numbers), rows, right=numbers))
    reps = ((plain(rep), *_cells(shift)) for rep, shift in sorted(difference.reps.items()))
    out.print(table(("rep", *measures), reps, right=measures))


def _cells(shift: Shift) -> tuple[object, ...]:
    return (shift.appear, shift.end, shift.change, len(shift.deals), round(shift.amount))
