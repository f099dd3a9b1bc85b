"""``rules quality``: what rules are worth, from what became of their tasks; asks no CRM."""

from __future__ import annotations

from pathlib import Path

from sync.app import inspection
from sync.commands.opening import opened
from sync.commands.terminal import console, heading, plain, show_json
from sync.errors import FINE
from sync.inspect.rule_quality import sentences


def quality(config: Path, *, as_json: bool, debug: bool) -> int:
    """Show, rule by rule, what became of its tasks, how many a rep gets, and which rules it overlaps with."""
    with opened(config, debug=debug) as workspace:
        qualities = inspection.rule_quality(workspace)
    if as_json:
        show_json({"connections": {name: quality.as_dict() for name, quality in qualities.items()}})
        return FINE
    out = console()
    for name, measured in qualities.items():
        heading(out, f"{name}: {measured.reps:,} reps with open deals, {measured.weeks:.0f} weeks of tasks")
        for rule_id, rule in measured.rules.items():
            first, *rest = sentences(rule_id, rule, measured.tasks_a_week(rule))
            out.print(plain(first))
            for sentence in rest:
                out.print(plain(f"  {sentence}"))
    return FINE
