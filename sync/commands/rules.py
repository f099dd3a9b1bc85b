"""``rules list``, ``rules lint`` and ``rules test``: the rules themselves, without any CRM."""

from __future__ import annotations

from pathlib import Path

from rules.cases import run
from rules.evaluate import verdict_expr
from rules.model import RuleSet
from sync.cli import DEFAULT_CONFIG
from sync.config import load_config
from sync.errors import CHECK_FAILED, FINE
from sync.rulefiles import load_default_rules, load_rules
from sync.show import console, plain, show_json, table


def list_rules(config: Path | None, *, as_json: bool) -> int:
    """List the rules in force, each with the file that it comes from."""
    ruleset = _loaded(config)
    if as_json:
        rules = [
            {
                "id": rule.id,
                "title": rule.title,
                "family": rule.family,
                "pack": rule.pack,
                "about": rule.about,
                "file": rule.location.path,
                "line": rule.location.line,
            }
            for rule in ruleset.rules
        ]
        show_json({"rules": rules})
    else:
        rows = ((rule.id, rule.family, rule.pack, rule.title, str(rule.location)) for rule in ruleset.rules)
        console().print(table(("rule", "family", "pack", "title", "from"), rows))
    return FINE


def lint_rules(config: Path | None, *, as_json: bool) -> int:
    """Check every rule file; a problem ends the command as any bad input does, with all of them named."""
    ruleset = _loaded(config)
    if as_json:
        show_json({"rules": len(ruleset.rules), "problems": []})
    else:
        console().print(f"{len(ruleset.rules):,} rules, no problems")
    return FINE


def test_rules(config: Path | None, *, as_json: bool) -> int:
    """Run the rules' own cases and name those that fail."""
    results = run(_loaded(config), verdict_expr)
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
        show_json({"passed": len(results) - len(failed), "failed": len(failed), "cases": cases})
    else:
        out = console()
        for result in failed:
            out.print(plain(result))
        out.print(f"{len(results) - len(failed):,} cases passed, {len(failed):,} failed")
    return CHECK_FAILED if failed else FINE


def _loaded(config: Path | None) -> RuleSet:
    """Load the rules of a config, or, where none is named and none stands here, the shipped ones."""
    if config is None and not DEFAULT_CONFIG.exists():
        return load_default_rules(Path.cwd())
    return load_rules(load_config(config or DEFAULT_CONFIG))
