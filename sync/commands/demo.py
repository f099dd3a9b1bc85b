"""``demo``: full cycles against simulated CRMs, and what they wrote there, read from the CRMs' own tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from rules.model import RuleSet
from sandbox.serve import Options, Sandbox
from sync.app.daemon import run_schedule
from sync.app.workspace import Workspace
from sync.commands.cycles import as_document, exit_code_of
from sync.commands.demo_crms import MadeTask, Seen, in_hubspot, in_salesforce
from sync.commands.demo_findings import show_findings, show_healthy
from sync.commands.opening import opened_config, start_logs
from sync.commands.terminal import console, heading, plain, show_json, show_reports, table
from sync.config.config import Config, load_config
from sync.connection.progress import LogProgress
from sync.errors import CHECK_FAILED, FINE, worst
from sync.model.cycle_report import ConnectionReport

RISKIEST = 5
TASKS = 15

Reports = Mapping[str, ConnectionReport]


def demo(*, deals: int, once: bool, as_json: bool, debug: bool) -> int:
    """Run two cycles against two fresh simulated CRMs, show them, and, unless *once*, stay up on the schedule."""
    start_logs(debug=debug)
    out = console()
    with tempfile.TemporaryDirectory(prefix="dealwarden-demo-") as folder, _simulated(Path(folder), deals) as box:
        config = load_config(box.config_path)
        with opened_config(config, debug=debug) as workspace:
            cycles = [workspace.sync(), workspace.sync()]
            ruleset = next(iter(workspace.rulesets.values()))  # the connections share one
        if as_json:
            show_json({"cycles": [as_document(reports) for reports in cycles]})
        else:
            _show(out, box, ruleset, cycles)
        if not once:
            _stay_up(box, config)
    return worst([*(exit_code_of(reports) for reports in cycles), _settled(cycles[1])])


def _simulated(folder: Path, deals: int) -> Sandbox:
    return Sandbox(Options(crm="both", deals=deals, config_out=folder / "config.toml"))


def _stay_up(box: Sandbox, config: Config) -> None:
    """Run further cycles on the schedule, so that people can look around, until a signal ends it."""
    sys.stderr.write(f"Salesforce answers at {box.salesforce_url}, HubSpot at {box.hubspot_url}, ")
    sys.stderr.write(f"the control port at {box.control_url};\n")
    sys.stderr.write(f"the configuration is {box.config_path}. Ctrl-C ends it all.\n")
    with Workspace.open(config, progress=LogProgress()) as workspace:
        run_schedule(workspace, config.schedule)


def _settled(reports: Reports) -> int:
    """Hold the demo to its own claim: a second cycle finds nothing to do."""
    plans = (report.plan for report in reports.values())
    return CHECK_FAILED if any(count.create or count.update or count.close or count.scores for count in plans) else FINE


def _show(out: Console, box: Sandbox, ruleset: RuleSet, cycles: Sequence[Reports]) -> None:
    seen = [in_salesforce(box.org), in_hubspot(box.portal)]
    deals = len(seen[0].deals)
    out.print(f"A simulated Salesforce and a simulated HubSpot with the same {deals:,} open deals. First cycle:")
    show_reports(out, cycles[0])
    show_findings(out, ruleset, cycles[0], seen)
    _show_deals(out, seen)
    show_healthy(out, seen)
    _show_tasks(out, seen)
    heading(out, "Second cycle, nothing changed in between:")
    show_reports(out, cycles[1])


def _show_deals(out: Console, seen: Sequence[Seen]) -> None:
    """Show the riskiest deals with what each CRM says of them."""
    scores = [{deal.number: deal for deal in crm.deals} for crm in seen]
    riskiest = seen[0].deals[:RISKIEST]
    heading(out, f"The {len(riskiest)} riskiest of {len(seen[0].deals):,} scored deals, as the CRMs now show them:")
    for deal in riskiest:
        shown = [
            f"{crm.crm} {there[deal.number].score:g}"
            for crm, there in zip(seen, scores, strict=True)
            if deal.number in there
        ]
        out.print(f"  {', '.join(shown)}, {deal.band}: {plain(deal.name)}, {plain(deal.owner)}")
        for reason in deal.reasons:
            out.print(f"      {plain(reason)}")


def _show_tasks(out: Console, seen: Sequence[Seen]) -> None:
    """Show the tasks, and in which CRMs each of them was made."""
    places: dict[MadeTask, list[str]] = {}
    for crm in seen:
        for task in crm.tasks:
            places.setdefault(task, []).append(crm.crm)
    made = ", ".join(f"{len(crm.tasks):,} in {crm.crm}" for crm in seen)
    heading(out, f"Tasks created: {made}. The first {min(TASKS, len(places))}:")
    rows = (
        (task.owner or "(nobody active)", task.due, task.subject, ", ".join(dict.fromkeys(places[task])))
        for task in sorted(places)[:TASKS]
    )
    out.print(table(("owner", "due", "task", "in"), rows))
