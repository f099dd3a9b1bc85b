"""The sales playbook and the rules that check it, as a page for people."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from rules.model import Rule, RuleSet
from rules.signals.mapped_fields import KNOWN_FIELDS

NOT_YET: Final = "not yet"
"""What the page says of an item that no rule judges so far, followed by the reason."""

IN_WORDING: Final = "leaves no trace in a CRM: in what tasks advise"
"""What the page says of an item that nothing could judge."""

_HEAD: Final = """\
# The playbook and its rules

<!-- Made by `dealwarden rules docs`; changes here are lost. -->

Every item of the sales playbook, with the rules that check it.
A rule that is *on* makes findings, scores and tasks as soon as its pack is loaded; one in *shadow* is judged and
counted, and reports nothing to anybody until an overlay sets `mode = "on"` for it.
"""
_FIELDS_HEAD: Final = """
## Fields that rules can use

Some rules need fields that each org names in its own way. Map such a field as an extra of the connection, under the
name given here (`extras.technical_win = "Technical_Win_Date__c"`), and its rules judge; left out, they are unknown. In
conditions the field is `x_<name>`.
"""


def playbook_page(ruleset: RuleSet) -> str:
    """Write the page for a *ruleset* that has every rule that the playbook names."""
    rules = ruleset.rules
    by_id = {rule.id: rule for rule in rules}
    lines = [_HEAD, *_packs(rules)]
    for section in sections():
        lines += ["", f"## {section['title']}", ""]
        if section.get("level") == "account":
            lines += ["About accounts, not deals: not judged yet.", ""]
        lines += _table(("playbook", "rules"), _rows(section, by_id))
    lines.append(_FIELDS_HEAD)
    fields = ((f"`{name}`", kind.value, holds) for name, (kind, holds) in KNOWN_FIELDS.items())
    lines += _table(("name", "type", "holds"), fields)
    return "\n".join(lines) + "\n"


def sections() -> Sequence[Mapping[str, Any]]:
    """Return the playbook's sections, each with title and items, as written in ``playbook.toml``."""
    text = files("rules.files").joinpath("playbook.toml").read_text(encoding="utf-8")
    listed: list[Mapping[str, Any]] = tomllib.loads(text)["sections"]
    return listed


def _packs(rules: Sequence[Rule]) -> Iterator[str]:
    packs = dict.fromkeys(rule.pack for rule in rules)
    counts = []
    for pack in sorted(packs):
        modes = [rule.mode for rule in rules if rule.pack == pack]
        counts.append((f"`{pack}`", str(modes.count("on")), str(modes.count("shadow"))))
    yield from _table(("pack", "on", "shadow"), counts)


def _rows(section: Mapping[str, Any], by_id: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    for item in section["items"]:
        named = [by_id[rule_id] for rule_id in item.get("rules", ())]
        judged = ", ".join(f"`{rule.id}` ({rule.mode})" for rule in named)
        yield item["text"], judged or (IN_WORDING if item.get("wording") else f"{NOT_YET}: {item['later']}")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
