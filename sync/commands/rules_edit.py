"""``rules show``, ``rules new`` and ``rules override``: one rule, where it comes from, and how to change it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from rules.model import Entry, Rule, RuleSet
from sync.commands.rules import loaded, overlay_folder
from sync.commands.terminal import console, heading, plain, show_json, table
from sync.commands.toml_text import toml_key, toml_value
from sync.errors import FINE, ConfigError, UnknownNameError

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_NEW = """\
# In shadow, the rule is judged and counted, without points and tasks. Look at the counts of `dealwarden sync`, then
# write mode = "on".

[rules.{id}]
title = "{title}"
family = "{family}"
mode = "shadow"
when = "close_in_days < 0"
severity = "warn"
evidence = "The close date was {{{{ close_date }}}}"
advice = "What the rep should do, in one sentence."
done = "What has to be seen in the CRM for this to be over"
steward = "revops"
reviewed = {today}

[[rules.{id}.cases]]
given = {{ close_in_days = -1 }}
expect = "warn"

[[rules.{id}.cases]]
given = {{ close_in_days = 0 }}
expect = "clear"

[[rules.{id}.cases]]
given = {{}}
expect = "unknown"
"""

_OVERRIDE = """\
# Changes to the shipped rule {id}. Take the "# " off the lines that you want to change; what stays a comment follows
# the pack. To narrow it down, write applies_also: it must hold besides the shipped condition.

[rules.{id}]
"""


def show_rule(config: Path | None, rule_id: str, connection: str, *, as_json: bool) -> int:
    """Show every key of a rule as it is in force, with the file that it was written in."""
    rule = _rule(loaded(config, connection), rule_id)
    if as_json:
        show_json(_document(rule))
    else:
        out = console()
        heading(out, f"{plain(rule.title)}: {rule.id}, {rule.mode}, pack {plain(rule.pack)}")
        rows = ((_key(entry), str(entry.location), _shown(entry)) for entry in rule.entries)
        out.print(table(("key", "from", "value"), rows))
    return FINE


def new_rule(config: Path | None, rule_id: str, family: str, *, as_json: bool) -> int:
    """Write a small rule into the overlay folder, in shadow and with cases, to start from."""
    ruleset = loaded(config)
    if not _ID.fullmatch(rule_id):
        expected = "expected lower-case words joined by hyphens, as in close-date-past"
        raise ConfigError([f"{rule_id!r} cannot be the id of a rule; {expected}"])
    known = {rule.id: rule for rule in ruleset.rules}
    if rule_id in known:
        place, advice = known[rule_id].location, f"to change it: dealwarden rules override {rule_id}"
        raise ConfigError([f"there already is a rule {rule_id}, at {place}; {advice}"])
    if family not in ruleset.families:
        raise UnknownNameError("family", family, ruleset.families)
    title = rule_id.replace("-", " ").capitalize()
    text = _NEW.format(id=rule_id, title=title, family=family, today=date.today().isoformat())  # noqa: DTZ011
    return _written(config, rule_id, text, as_json=as_json)


def override_rule(config: Path | None, rule_id: str, *, as_json: bool) -> int:
    """Write a file for changes of a rule into the overlay folder, with what it says now as comments."""
    rule = _rule(loaded(config), rule_id)
    changed = {entry.location.path for entry in rule.entries} & {
        str(path) for path in overlay_folder(config).glob("*.toml")
    }
    if changed:
        raise ConfigError([f"{rule_id} already has changes in {', '.join(sorted(changed))}; edit that file"])
    keys = (entry for entry in rule.entries if entry.path != ("cases",))
    lines = [f"# {_key(entry)} = {toml_value(entry.value)}\n" for entry in keys]
    return _written(config, rule_id, _OVERRIDE.format(id=rule_id) + "".join(lines), as_json=as_json)


def _rule(ruleset: RuleSet, rule_id: str) -> Rule:
    rules = {rule.id: rule for rule in ruleset.rules}
    if rule_id not in rules:
        raise UnknownNameError("rule", rule_id, rules)
    return rules[rule_id]


def _written(config: Path | None, rule_id: str, text: str, *, as_json: bool) -> int:
    """Write a new file and check that the rules still load with it; an existing file is never overwritten."""
    path = overlay_folder(config) / f"{rule_id}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError([f"{path} already exists; edit that file"]) from None
    except OSError as error:
        raise ConfigError(
            [f"{path}: the file cannot be written ({error.strerror}); check the permissions of its folder"]
        ) from None
    loaded(config)
    if as_json:
        show_json({"file": str(path)})
    else:
        console().print(f"wrote {plain(path)}; edit it, then: dealwarden rules lint, rules test, rules diff")
    return FINE


def _key(entry: Entry) -> str:
    return ".".join(toml_key(name) for name in entry.path)


def _shown(entry: Entry) -> str:
    if entry.path == ("cases",) and isinstance(entry.value, list):
        return f"{len(entry.value)} cases"
    return toml_value(entry.value)


def _document(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "mode": rule.mode,
        "family": rule.family,
        "pack": rule.pack,
        "keys": [
            {
                "key": _key(entry),
                "value": _plain(entry.value),
                "file": entry.location.path,
                "line": entry.location.line,
            }
            for entry in rule.entries
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
