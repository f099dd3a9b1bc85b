"""``rules list``, ``rules lint`` and ``rules test``: the rules themselves, without any CRM."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rules.files.keys import SEVERITIES
from rules.files.provenance import overdue
from rules.files.wording_gaps import wording_gaps
from rules.judgement.evaluate import verdict_expr
from rules.language.errors import Problem, RuleError
from rules.model import RuleSet
from rules.signals.catalogue import CATALOGUE, with_extras
from rules.testing.cases import run
from rules.testing.scenario import Scenario, read_scenario, unknown_names
from sync.app.connect import all_extras
from sync.app.rule_files import (
    DEFAULT_OVERLAY,
    ignored_files,
    ignored_in,
    load_default_rules,
    load_rule_sets,
    load_rules,
    read_scenarios,
)
from sync.commands.terminal import console, plain, show_json, table
from sync.config.config import Config, load_config
from sync.config.config_file import DEFAULT_CONFIG
from sync.config.store_url import is_missing
from sync.errors import CHECK_FAILED, FINE, PluginError, SecretError
from sync.store.database.errors import StoreError

if TYPE_CHECKING:
    from sync.inspect.scenarios import Difference


def list_rules(config: Path | None, connection: str, *, as_json: bool) -> int:
    """List the rules in force, each with the file that it comes from."""
    ruleset = loaded(config, connection)
    if as_json:
        rules = [
            {
                "id": rule.id,
                "title": rule.title,
                "family": rule.family,
                "pack": rule.pack,
                "about": rule.about,
                "mode": rule.mode,
                "scope": rule.scope,
                "file": rule.location.path,
                "line": rule.location.line,
            }
            for rule in ruleset.rules
        ]
        show_json({"rules": rules})
    else:
        rows = ((rule.id, rule.mode, rule.family, rule.pack, rule.title, str(rule.location)) for rule in ruleset.rules)
        console().print(table(("rule", "mode", "family", "pack", "title", "from"), rows))
    return FINE


def lint_rules(config: Path | None, *, as_json: bool) -> int:
    """Check every rule file; a problem ends the command as any bad input does, with all of them named.

    It warns of rules that nobody reviewed for a long time, of rules whose texts would be empty, and of explanations
    that have no effect.
    """
    ruleset = loaded(config)
    read_all_scenarios(config, ruleset)
    loaded_config = config_in_force(config)
    if loaded_config is not None:
        load_rule_sets(loaded_config)  # finds what is wrong with a connection's own
    catalogue = with_extras(CATALOGUE, {} if loaded_config is None else all_extras(loaded_config))
    today = date.today()  # noqa: DTZ011  # the operator's own day
    ignored = ignored_in(Path.cwd() / DEFAULT_OVERLAY) if loaded_config is None else ignored_files(loaded_config)
    found = (*ruleset.notes, *overdue(ruleset, today), *wording_gaps(ruleset, catalogue))
    warnings = [*ignored, *map(str, found), *_unmatched(loaded_config)]
    if as_json:
        show_json({"rules": len(ruleset.rules), "problems": [], "warnings": warnings})
    else:
        out = console()
        for warning in warnings:
            out.print(f"warning: {plain(warning)}")
        out.print(f"{len(ruleset.rules):,} rules, no problems, {len(warnings):,} warnings")
    return FINE


def _unmatched(config: Config | None) -> list[str]:
    """Return warnings of values that no deal has, where deals were read and the store can be opened."""
    if config is None or not config.connections:
        return []
    # The store and what judges load half of the product: only who has read deals pays for it.
    from sync.app.inspection import unmatched_values  # noqa: PLC0415
    from sync.app.workspace import Workspace  # noqa: PLC0415
    from sync.commands.opening import start_logs  # noqa: PLC0415
    from sync.connection.progress import SilentProgress  # noqa: PLC0415

    start_logs(debug=False)
    try:
        if is_missing(config.store_url):
            return []
        with Workspace.open(config, progress=SilentProgress()) as workspace:
            return unmatched_values(workspace)
    except (SecretError, StoreError, PluginError):  # rules are checked where neither secrets nor a database are
        return []


def test_rules(config: Path | None, connection: str, *, as_json: bool) -> int:
    """Run the rules' own cases and the scenarios in the overlay folder, and name what fails."""
    ruleset = loaded(config, connection)
    results = run(ruleset, verdict_expr)
    scenarios = run_scenarios(config, ruleset)
    differences = [difference for unmet in scenarios.values() for difference in unmet]
    failed = [result for result in results if not result.passed]
    if as_json:
        cases = [
            {
                "rule": result.rule.id,
                "file": result.case.location.path,
                "line": result.case.location.line,
                "expect": result.case.expect,
                "got": result.got,
                "passed": result.passed,
            }
            for result in results
        ]
        played = [
            {"file": path, "passed": not unmet, "differences": [str(difference) for difference in unmet]}
            for path, unmet in scenarios.items()
        ]
        counts = {"passed": len(results) - len(failed), "failed": len(failed)}
        show_json({**counts, "cases": cases, "scenarios": played})
    else:
        out = console()
        for result in failed:
            out.print(plain(result))
        for difference in differences:
            out.print(plain(difference))
        out.print(f"{len(results) - len(failed):,} cases passed, {len(failed):,} failed")
        if scenarios:
            good = sum(1 for unmet in scenarios.values() if not unmet)
            out.print(f"{good:,} scenarios passed, {len(scenarios) - good:,} failed")
    return CHECK_FAILED if failed or differences else FINE


def run_scenarios(config: Path | None, ruleset: RuleSet) -> dict[str, list[Difference]]:
    """Run the scenarios of the overlay folder; return, by the path of each, where it differs from what it expects."""
    scenarios = read_all_scenarios(config, ruleset)
    if not scenarios:
        return {}
    # Judging and planning load half of the product: only who has scenarios pays for it.
    from sync.config.calendar import CalendarSettings  # noqa: PLC0415
    from sync.config.sections import Tasks  # noqa: PLC0415
    from sync.inspect.scenarios import run_scenario  # noqa: PLC0415

    loaded_config = config_in_force(config)
    extras = {} if loaded_config is None else all_extras(loaded_config)
    tasks = Tasks() if loaded_config is None else loaded_config.settings.tasks
    calendar = CalendarSettings() if loaded_config is None else loaded_config.settings.calendar
    return {
        scenario.path: run_scenario(scenario, ruleset, extras, SEVERITIES[tasks.from_severity], calendar)
        for scenario in scenarios
    }


def read_all_scenarios(config: Path | None, ruleset: RuleSet) -> list[Scenario]:
    """Read every scenario.

    Raises:
        RuleError: with every problem of every scenario.
    """
    problems: list[Problem] = []
    read: list[Scenario] = []
    rules = {rule.id: rule for rule in ruleset.rules}
    for file in read_scenarios(overlay_folder(config)):
        try:
            scenario = read_scenario(file)
        except RuleError as error:
            problems += error.problems
            continue
        problems += unknown_names(scenario, rules, ruleset.families)
        read.append(scenario)
    if problems:
        raise RuleError(problems)
    return read


def loaded(config: Path | None, connection: str = "") -> RuleSet:
    """Load the rules of a config, or, where none is named and the current folder has none, the shipped rules.

    They are those for all connections, or those of a single *connection*.
    """
    loaded_config = config_in_force(config)
    if connection:
        loaded_config = (loaded_config or load_config(DEFAULT_CONFIG)).only(connection)
    return load_default_rules(Path.cwd()) if loaded_config is None else load_rules(loaded_config, connection)


def config_in_force(config: Path | None) -> Config | None:
    """Load the config that is named, or else the config of the current folder; None if there is none."""
    if config is None and not DEFAULT_CONFIG.exists():
        return None
    return load_config(config or DEFAULT_CONFIG)


def overlay_folder(config: Path | None) -> Path:
    """Return the folder of the operator's own rule files."""
    loaded_config = config_in_force(config)
    return Path.cwd() / DEFAULT_OVERLAY if loaded_config is None else loaded_config.overlay_path
