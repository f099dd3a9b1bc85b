"""``approve``: what a person decides of a plan that a guard held."""

from __future__ import annotations

import sys
from pathlib import Path

from sync.commands.cycles import finished
from sync.commands.opening import opened
from sync.errors import FINE
from sync.show import show_json


def approve(config: Path, plan_id: str, by: str, *, reject: bool, as_json: bool, debug: bool) -> int:
    """Apply what a held plan wanted and is still wanted, or reject it."""
    with opened(config, debug=debug) as workspace:
        if not reject:
            return finished(workspace.approve(plan_id, by), as_json=as_json)
        name = workspace.reject(plan_id, by)
    if as_json:
        show_json({"connection": name, "plan_id": plan_id, "rejected_by": by})
    else:
        sys.stdout.write(f"{name}: {plan_id} is rejected; what it wanted stays out until it changes\n")
    return FINE
