"""How many calls a cycle takes of each CRM, counted by the CRM itself: ``python -m benchmarks.calls [--deals N]``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Target, show_targets
from connectors.salesforce.objects import FEEDS
from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.commands.opening import start_logs
from sync.commands.terminal import console
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.model.cycle_report import ConnectionReport

_SALESFORCE_PAGE: Final = 2000
_SALESFORCE_READ: Final = frozenset(source.partition(":")[0] for source in FEEDS)
_HUBSPOT_KINDS: Final = ("meetings", "calls", "emails", "tasks")
_TASKS, _SCORES = 500, 10_000
_BATCH: Final = {"salesforce": 200, "hubspot": 100}


def measure(crm: str, deals: int) -> list[Target]:
    """Run a first cycle, idle ones, and count: against a fresh simulated CRM with so many open deals."""
    with tempfile.TemporaryDirectory() as folder:
        options = Options(crm=crm, deals=deals, config_out=Path(folder) / "config.toml")  # type: ignore[arg-type]
        with Sandbox(options) as box:
            return _measured(crm, box)


def _measured(crm: str, box: Sandbox) -> list[Target]:
    limit = _salesforce_pull(box) if crm == "salesforce" else _hubspot_pull(box)
    first = _cycle(crm, box)
    pulled = _calls(crm, box)
    lines = [
        _line(f"{crm}: reads of a full pull", limit, pulled["read"]),
        _written(crm, first, pulled["write"]),
    ]
    if crm == "salesforce":
        lines.append(_line(f"{crm}: meta calls of a new process", 3, pulled["meta"]))
    for _ in range(2):  # what we wrote ourselves is read once more, and what was late is looked for once
        _ask(crm, box, "POST", "clock", {"advance_s": 7200})
        _cycle(crm, box)
    _ask(crm, box, "POST", "clock", {"advance_s": 600})
    _cycle(crm, box)
    idle = _calls(crm, box)
    most = 3 if crm == "salesforce" else 6 + ceil(len(_open_deals(box)) / 1000)
    idles = [
        _line(f"{crm}: reads of an idle cycle", most, idle["read"]),
        _line(f"{crm}: writes of an idle cycle", 0, idle["write"]),
    ]
    return [*lines, *idles]


def _written(crm: str, report: ConnectionReport, calls: int) -> Target:
    """Say how many calls 500 tasks and 10,000 scores take, if the batches of this cycle were full."""
    size = _BATCH[crm]
    plan = report.plan
    full = calls == ceil(plan.create / size) + ceil(plan.scores / size)
    most = ceil(_TASKS / size) + ceil(_SCORES / size)
    what = f"{crm}: writes of {plan.create:,} tasks and {plan.scores:,} scores, in batches of {size}"
    return Target(what, f"batches full: {most} calls for {_TASKS} and {_SCORES:,}", f"{calls} calls", full)


def _line(what: str, most: int, found: int) -> Target:
    return Target(what, f"at most {most}", str(found), found <= most)


def _salesforce_pull(box: Sandbox) -> int:
    return 8 + sum(ceil(len(box.org.table(name)) / _SALESFORCE_PAGE) for name in _SALESFORCE_READ)


def _hubspot_pull(box: Sandbox) -> int:
    rows = {name: len(box.portal.table(name)) for name in ("deals", "contacts", "companies", *_HUBSPOT_KINDS)}
    engagements = sum(ceil(rows[kind] / 100) + 2 * ceil(rows[kind] / 1000) for kind in _HUBSPOT_KINDS)
    listed = ceil(rows["deals"] / 50) + ceil(len(_open_deals(box)) / 1000)
    return 8 + listed + ceil(rows["contacts"] / 100) + ceil(rows["companies"] / 100) + engagements


def _open_deals(box: Sandbox) -> list[dict[str, Any]]:
    return [row for row in box.portal.table("deals") if row["properties"].get("hs_is_closed") != "true"]


def _cycle(crm: str, box: Sandbox) -> ConnectionReport:
    """Run one cycle as a new process would, with the CRM's counters at zero."""
    _ask(crm, box, "POST", "calls/reset", {})
    with Workspace.open(load_config(box.config_path), progress=SilentProgress()) as workspace:
        report = workspace.run(crm, "sync")
    if report.error is not None or report.incomplete:
        raise RuntimeError(report.error or report.incomplete_reason)
    return report


def _calls(crm: str, box: Sandbox) -> dict[str, int]:
    counted: dict[str, int] = _ask(crm, box, "GET", "calls")["by_kind"]
    return counted


def _ask(crm: str, box: Sandbox, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{box.control_url}/_sandbox/{path}?crm={crm}", data=data, method=method)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; a missed target is a number, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--deals", type=int, default=600)
    options = parser.parse_args(arguments)
    start_logs(debug=False)
    found = [line for crm in _BATCH for line in measure(crm, options.deals)]
    show_targets(console(), found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
