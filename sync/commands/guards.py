"""``approve``, ``undo``, ``withdraw``, ``resume``, ``retry`` and ``rebind``: decisions of a person, by name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sync.app import decisions
from sync.commands.cycles import finished
from sync.commands.opening import opened
from sync.commands.terminal import plain, show_json
from sync.errors import FINE


def approve(config: Path, plan_id: str, by: str, *, reject: bool, as_json: bool, debug: bool) -> int:
    """Apply the changes of a held plan that are still wanted, or reject it."""
    with opened(config, debug=debug) as workspace:
        if not reject:
            return finished(decisions.approve(workspace, plan_id, by), as_json=as_json)
        name = decisions.reject(workspace, plan_id, by)
    said = {"connection": name, "plan_id": plan_id, "rejected_by": by}
    return _said(
        said,
        f"{name}: {plan_id} is rejected; its changes are not written until they differ",
        as_json=as_json,
    )


def undo(config: Path, run_id: str, by: str, *, as_json: bool, debug: bool) -> int:
    """Take back what a run did."""
    with opened(config, debug=debug) as workspace:
        return finished(decisions.undo(workspace, run_id, by), as_json=as_json)


def withdraw(config: Path, connection: str, by: str, *, as_json: bool, debug: bool) -> int:
    """Take back everything that dealwarden manages in a connection's CRM."""
    with opened(config, debug=debug) as workspace:
        return finished(decisions.withdraw(workspace, connection, by), as_json=as_json)


def resume(config: Path, connection: str, by: str, *, as_json: bool, debug: bool) -> int:
    """Let the configuration decide again what a connection may write."""
    with opened(config, debug=debug) as workspace:
        switched = decisions.resume(workspace, connection, by)
        mode = workspace.config.connections[connection].mode
    text = f"{connection}: writes again from the next cycle on" if switched else f"{connection}: was not stopped"
    return _said({"connection": connection, "resumed": switched, "mode": mode}, f"{text}, mode {mode}", as_json=as_json)


def retry(config: Path, connection: str, *, as_json: bool, debug: bool) -> int:
    """Try again now what the CRM refused."""
    with opened(config, debug=debug) as workspace:
        return finished(decisions.retry(workspace, connection), as_json=as_json)


def rebind(config: Path, connection: str, by: str, *, as_json: bool, debug: bool) -> int:
    """Bind the connection to the org that its credentials lead to."""
    with opened(config, debug=debug) as workspace:
        before, org = decisions.rebind(workspace, connection, by)
    said = {"connection": connection, "org_id": org.org_id, "org_before": before}
    was = "as before" if before == org.org_id else f"before: {before or 'none'}"
    return _said(said, f"{connection}: is bound to {org.org_id} ({plain(org.name)}), {was}", as_json=as_json)


def _said(document: Mapping[str, Any], text: str, *, as_json: bool) -> int:
    if as_json:
        show_json(document)
    else:
        sys.stdout.write(f"{text}\n")
    return FINE
