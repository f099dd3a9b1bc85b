"""The command line: names and options of the commands; what they do is in ``sync.commands``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sync.config.config_file import DEFAULT_CONFIG

app = typer.Typer(
    name="dealwarden",
    help="Judge open deals in a CRM by rule files, and keep tasks and explainable risk scores on them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="Look at the rules, check them, and run their own cases.", no_args_is_help=True)
sandbox_app = typer.Typer(help="A simulated CRM on this machine, for rehearsals and tests.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
app.add_typer(sandbox_app, name="sandbox")


def _named(name: str) -> str:
    if not name.strip():
        raise typer.BadParameter("found no name, expected the name of the person who decides")
    return name.strip()


Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help=f"The configuration.  [default: {DEFAULT_CONFIG}]")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
RuleId = Annotated[str, typer.Argument(metavar="ID", help="The rule's id.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; recorded in the audit.", callback=_named)]
OfConnection = Annotated[
    str, typer.Option("--connection", metavar="NAME", help="The rules of this connection, with its own rule files.")
]
ConnectionName = Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name in the configuration.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log more, and show a traceback when something fails.")]


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after two cycles instead of running on.")] = False,
    deals: Annotated[int, typer.Option("--deals", min=1, metavar="N", help="Open deals of the simulated CRM.")] = 60,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Run full cycles against simulated CRMs; needs no configuration."""
    from sync.commands.demo import demo

    return demo(deals=deals, once=once, as_json=as_json, debug=debug)


@app.command()
def plan(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Pull, judge, store the plan and show it; writes to no CRM."""
    from sync.commands.cycles import plan

    return plan(config or DEFAULT_CONFIG, as_json=as_json, debug=debug)


@app.command()
def apply(
    plan_id: Annotated[
        str | None,
        typer.Argument(metavar="[PLAN]", help="A stored plan; the latest one when left out.", show_default=False),
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Plan afresh and apply what a stored plan also wanted."""
    from sync.commands.cycles import apply

    return apply(config or DEFAULT_CONFIG, plan_id, as_json=as_json, debug=debug)


@app.command()
def sync(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Run one cycle: pull, judge, plan and apply."""
    from sync.commands.cycles import sync

    return sync(config or DEFAULT_CONFIG, as_json=as_json, debug=debug)


@app.command()
def approve(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The id of a held plan.")],
    by: By,
    reject: Annotated[bool, typer.Option("--reject", help="Reject the plan: its changes are not written.")] = False,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Approve a held plan: plan afresh and apply what of it is still wanted; or reject it."""
    from sync.commands.guards import approve

    return approve(config or DEFAULT_CONFIG, plan, by, reject=reject, as_json=as_json, debug=debug)


@app.command()
def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, as sync and status show it.")],
    by: By,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Take back what a run did, but for what people edited; its connection only observes from now on."""
    from sync.commands.guards import undo

    return undo(config or DEFAULT_CONFIG, run, by, as_json=as_json, debug=debug)


@app.command()
def withdraw(
    connection: ConnectionName, by: By, config: Config = None, as_json: AsJson = False, debug: Debug = False
) -> int:
    """Take back all managed tasks and scores in a CRM, but for what people edited, and only observe from now on."""
    from sync.commands.guards import withdraw

    return withdraw(config or DEFAULT_CONFIG, connection, by, as_json=as_json, debug=debug)


@app.command()
def resume(
    connection: ConnectionName, by: By, config: Config = None, as_json: AsJson = False, debug: Debug = False
) -> int:
    """Let a connection that was stopped by undo or withdraw write again, as its mode says."""
    from sync.commands.guards import resume

    return resume(config or DEFAULT_CONFIG, connection, by, as_json=as_json, debug=debug)


@app.command()
def retry(connection: ConnectionName, config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Try again now what a CRM refused: of each message the oldest first, the others if that is taken."""
    from sync.commands.guards import retry

    return retry(config or DEFAULT_CONFIG, connection, as_json=as_json, debug=debug)


@app.command()
def rebind(
    connection: ConnectionName, by: By, config: Config = None, as_json: AsJson = False, debug: Debug = False
) -> int:
    """Bind a connection to the org that its credentials lead to now."""
    from sync.commands.guards import rebind

    return rebind(config or DEFAULT_CONFIG, connection, by, as_json=as_json, debug=debug)


@app.command()
def run(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Run cycles on the schedule until stopped: the daemon."""
    from sync.commands.run import run

    return run(config or DEFAULT_CONFIG, as_json=as_json, debug=debug)


@app.command()
def explain(
    deal: Annotated[str, typer.Argument(metavar="DEAL", help="The deal's id or its exact name.")],
    connection: Annotated[str | None, typer.Option(metavar="NAME", help="Look in this connection only.")] = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Show why a deal looks as it does: signals, rules, the score's sum, tasks, history; asks no CRM."""
    from sync.commands.explain import explain

    return explain(config or DEFAULT_CONFIG, deal, connection, as_json=as_json, debug=debug)


@app.command()
def report(
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write an HTML page in a single file.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a table for spreadsheets.")] = None,
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Show the deals in scope by risk, with reasons and evidence, as last read; asks no CRM."""
    from sync.commands.report import report

    return report(config or DEFAULT_CONFIG, html, csv, as_json=as_json, debug=debug)


@app.command()
def status(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Show the last cycles of every connection; asks no CRM."""
    from sync.commands.status import status

    return status(config or DEFAULT_CONFIG, as_json=as_json)


@rules_app.command("list")
def rules_list(
    connection: OfConnection = "", config: Config = None, as_json: AsJson = False, debug: Debug = False
) -> int:
    """List the rules in force; without a config.toml, the shipped ones."""
    from sync.commands.rules import list_rules

    return list_rules(config, connection, as_json=as_json)


@rules_app.command("lint")
def rules_lint(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Check every rule file and name all problems at once."""
    from sync.commands.rules import lint_rules

    return lint_rules(config, as_json=as_json)


@rules_app.command("test")
def rules_test(
    connection: OfConnection = "", config: Config = None, as_json: AsJson = False, debug: Debug = False
) -> int:
    """Run the test cases of the rules, and the scenarios of the overlay folder."""
    from sync.commands.rules import test_rules

    return test_rules(config, connection, as_json=as_json)


@rules_app.command("show")
def rules_show(
    rule: RuleId,
    connection: OfConnection = "",
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Show a rule as it is in force, each key with the file that sets it."""
    from sync.commands.rules_edit import show_rule

    return show_rule(config, rule, connection, as_json=as_json)


@rules_app.command("new")
def rules_new(
    rule: RuleId,
    family: Annotated[str, typer.Option(metavar="FAMILY", help="The family that it belongs to.")] = "hygiene",
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Write a small rule with cases into the overlay folder, in shadow, to start from."""
    from sync.commands.rules_edit import new_rule

    return new_rule(config, rule, family, as_json=as_json)


@rules_app.command("override")
def rules_override(rule: RuleId, config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Write a file into the overlay folder in which to change a shipped rule."""
    from sync.commands.rules_edit import override_rule

    return override_rule(config, rule, as_json=as_json)


@rules_app.command("diff")
def rules_diff(
    against: Annotated[
        str, typer.Option(metavar="FOLDER|pack-only", help="The overlay to compare with, or the packs alone.")
    ] = "pack-only",
    config: Config = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Show what the rules in force change on the deals last read, by rule, rep and amount; exit code 1 if anything."""
    from sync.commands.rules_diff import diff_rules

    return diff_rules(config or DEFAULT_CONFIG, against, as_json=as_json, debug=debug)


@rules_app.command("quality")
def rules_quality(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Show what became of each rule's tasks, how many a rep gets, and which rules say the same; asks no CRM."""
    from sync.commands.rules_quality import quality

    return quality(config or DEFAULT_CONFIG, as_json=as_json, debug=debug)


@rules_app.command("docs")
def rules_docs(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write to.")] = Path("docs"),
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Write the reference of all signals, and the playbook with the shipped rules that check it."""
    from sync.commands.rules_made import write_docs

    return write_docs(out, as_json=as_json)


@rules_app.command("schema")
def rules_schema(config: Config = None, as_json: AsJson = False, debug: Debug = False) -> int:
    """Print a JSON Schema of rule files, for editors."""
    from sync.commands.rules_made import show_schema

    return show_schema(config)


@sandbox_app.command("serve")
def sandbox_serve(
    crm: Annotated[
        Literal["salesforce", "hubspot", "both"], typer.Option(help="Which CRM to simulate.")
    ] = "salesforce",
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Load export CSVs, one file per object.")] = None,
    deals: Annotated[int | None, typer.Option(min=0, metavar="N", help="Make a pipeline with N open deals.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Number that decides the random pipeline.")] = 1,
    bare: Annotated[bool, typer.Option("--bare", help="Serve an org without dealwarden's own fields.")] = False,
    state: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the org in this file.")] = None,
    salesforce_port: Annotated[int, typer.Option(metavar="P", help="0 takes a free port.")] = 0,
    hubspot_port: Annotated[int, typer.Option(metavar="P", help="0 takes a free port.")] = 0,
    control_port: Annotated[int, typer.Option(metavar="P", help="0 takes a free port.")] = 0,
    config_out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a config for it here.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Serve a simulated CRM on loopback until stopped; prints one JSON line when it answers."""
    from sync.commands.sandbox import Options, serve

    options = Options(
        crm=crm,
        data=data,
        deals=deals,
        seed=seed,
        bare=bare,
        state=state,
        salesforce_port=salesforce_port,
        hubspot_port=hubspot_port,
        control_port=control_port,
        config_out=config_out,
    )
    return serve(options, as_json=as_json)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; every failure ends in a clear message."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    unlimited: dict[str, Any] = {} if sys.stdout.isatty() else {"terminal_width": 10_000, "max_content_width": 10_000}
    try:
        result = typer.main.get_command(app).main(words, prog_name="dealwarden", standalone_mode=False, **unlimited)
        sys.stdout.flush()
    except BaseException as error:  # the one place where every failure becomes a message and an exit code
        from sync.commands.failure import report_failure

        return report_failure(error, as_json="--json" in words, debug="--debug" in words)
    return result if isinstance(result, int) else 0
