"""``demo``: full cycles against a simulated CRM, and what they left there, read from the CRM's own tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from connectors.sandbox.serve import Options, Sandbox
from sync.commands.cycles import as_document, exit_code_of
from sync.commands.opening import opened_config, start_logs
from sync.config import Config, load_config
from sync.daemon import run_schedule
from sync.errors import CHECK_FAILED, FINE, worst
from sync.progress import LogProgress
from sync.report import ConnectionReport
from sync.show import console, heading, plain, show_json, show_reports, table
from sync.workspace import Workspace

RISKIEST = 5
TASKS = 15

Reports = Mapping[str, ConnectionReport]
Row = Mapping[str, Any]


def demo(*, deals: int, once: bool, as_json: bool, debug: bool) -> int:
    """Run two cycles against a fresh simulated CRM, show them, and, unless *once*, stay up on the schedule."""
    start_logs(debug=debug)
    out = console()
    with tempfile.TemporaryDirectory(prefix="dealwarden-demo-") as folder, _simulated(Path(folder), deals) as box:
        config = load_config(box.config_path)
        with opened_config(config, debug=debug) as workspace:
            cycles = [workspace.sync(), workspace.sync()]
        if as_json:
            show_json({"cycles": [as_document(reports) for reports in cycles]})
        else:
            _show(out, box, cycles, deals)
        if not once:
            _stay_up(box, config)
    return worst([*(exit_code_of(reports) for reports in cycles), _settled(cycles[1])])


def _simulated(folder: Path, deals: int) -> Sandbox:
    return Sandbox(Options(deals=deals, config_out=folder / "config.toml"))


def _stay_up(box: Sandbox, config: Config) -> None:
    """Go on with a cycle on the schedule, so that one can look around, until a signal ends it."""
    sys.stderr.write(f"The simulated CRM answers at {box.salesforce_url}, its control port at {box.control_url};\n")
    sys.stderr.write(f"the configuration is {box.config_path}. Ctrl-C ends it all.\n")
    with Workspace.open(config, progress=LogProgress()) as workspace:
        run_schedule(workspace, config.schedule)


def _settled(reports: Reports) -> int:
    """Hold the demo to its own claim: a second cycle finds nothing to do."""
    plans = (report.plan for report in reports.values())
    return CHECK_FAILED if any(one.create or one.update or one.close or one.scores for one in plans) else FINE


def _show(out: Console, box: Sandbox, cycles: Sequence[Reports], deals: int) -> None:
    out.print(f"A simulated Salesforce with {deals:,} open deals. First cycle:")
    show_reports(out, cycles[0])
    _show_crm(out, *(box.org.table(name) for name in ("Opportunity", "Task", "User")))
    heading(out, "Second cycle, nothing changed in between:")
    show_reports(out, cycles[1])


def _show_crm(out: Console, opportunities: Sequence[Row], tasks: Sequence[Row], users: Sequence[Row]) -> None:
    people = {row["Id"]: row["Name"] for row in users}
    scored = [row for row in opportunities if row.get("Deal_Risk_Score__c") is not None and not row["IsClosed"]]
    scored.sort(key=lambda row: (-row["Deal_Risk_Score__c"], row["Id"]))
    riskiest = scored[:RISKIEST]
    heading(out, f"The {len(riskiest)} riskiest of {len(scored):,} scored deals, as the CRM now shows them:")
    for row in riskiest:
        owner = people.get(row["OwnerId"], row["OwnerId"])
        out.print(f"  {row['Deal_Risk_Score__c']:>3g} {row['Deal_Risk_Band__c']}: {plain(row['Name'])}, {plain(owner)}")
        for reason in (row["Deal_Risk_Reasons__c"] or "").splitlines():
            out.print(f"      {plain(reason)}")
    ours = [row for row in tasks if row.get("Dealwarden_Key__c") and not row["IsDeleted"]]
    ours.sort(key=lambda row: (row["ActivityDate"] or "", people.get(row["OwnerId"], ""), row["Id"]))
    heading(out, f"The first {min(TASKS, len(ours))} of {len(ours):,} tasks created:")
    rows = ((people.get(row["OwnerId"], row["OwnerId"]), row["ActivityDate"], row["Subject"]) for row in ours[:TASKS])
    out.print(table(("owner", "due", "task"), rows))
