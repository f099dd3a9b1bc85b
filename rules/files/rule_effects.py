"""Reads what a rule says of others: which it explains, which elements it covers, and what its finding counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from connectors.model import ELEMENTS
from rules.files.document import Node
from rules.files.fields import Table, table
from rules.files.keys import EFFECT_KEYS
from rules.files.problems import Problems
from rules.language.errors import Problem, nearest, shown
from rules.language.signal import SignalType
from rules.model import Effect, Rule
from rules.signals.events import EVENT_DAYS, event_days


def read_effects(fields: Table) -> Iterator[Effect]:
    """Return the rules that this one explains, each an id or a table of rule and where."""
    entry = fields.get("explains")
    if entry is None:
        return
    if not isinstance(entry.value, list):
        fields.problems.wrong(entry, "a list of rule ids, or of tables with rule and where")
        return
    for node in entry.value:
        if isinstance(node.value, str):
            yield Effect(node.value)
        elif (relation := table(node, fields.problems)) is not None:
            relation.allow(EFFECT_KEYS, "explains key")
            relation.require(("rule",), "an explanation")
            rule_id = relation.text("rule")
            if rule_id is not None:
                yield Effect(rule_id, relation.condition("where"))


def read_covers(fields: Table) -> tuple[str, ...]:
    """Return the elements of MEDDPICC that this rule speaks of already."""
    names = fields.texts("covers")
    for node, name in zip(fields.node.value["covers"].value if names else (), names, strict=True):
        if name not in ELEMENTS:
            expected = f"one of {', '.join(ELEMENTS)}"
            fields.problems.add(node.location, f"unknown element {shown(name)}", expected, nearest(name, ELEMENTS))
    return names


def read_number_signal(fields: Table, key: str) -> str | None:
    """Return the signal that *key* names, which has to be a number."""
    entry, name = fields.get(key), fields.text(key)
    if entry is None or name is None:
        return None
    signal = fields.problems.catalogue.get(name)
    if signal is None:
        suggestion = nearest(name, fields.problems.catalogue)
        fields.problems.add(entry.inside(0), f"unknown signal {shown(name)}", "a known signal", suggestion)
    elif signal.type is not SignalType.NUMBER:
        fields.problems.add(entry.inside(0), f"the signal {shown(name)}, which is no number", f"a signal to {key}")
    return name


def check_event(fields: Table, rule: Rule) -> None:
    """Note a rule about events that asks for no signal of which it is known when it happened.

    A completed task acknowledges what happened until then: without a day, it would acknowledge nothing, or all.
    """
    entry = fields.get("about")
    if entry is not None and rule.about == "event" and not event_days(rule):
        found = "a rule about events that names nothing of which the day is known"
        fields.problems.add(entry.location, found, f"a condition or measure with {', '.join(EVENT_DAYS)}")


def check_relations(
    rules: Sequence[Rule], entries: Mapping[str, Node], shipped: Collection[str], problems: Problems
) -> tuple[Problem, ...]:
    """Note unknown ids and circles among explanations; return a note for each rule of a pack that is not loaded.

    *entries* are the rules' tables by id, *shipped* every rule id of every pack.
    """
    notes: list[Problem] = []
    for rule in rules:
        for effect in rule.explains:
            place = _place(entries[rule.id], effect.rule_id)
            if effect.rule_id in entries:
                continue
            if effect.rule_id in shipped:
                found = f"explains {shown(effect.rule_id)}, a rule of a pack that is not loaded"
                notes.append(Problem(place.location, found, "it has no effect until the pack is named in packs"))
            else:
                suggestion = nearest(effect.rule_id, entries)
                problems.add(place.location, f"unknown rule {shown(effect.rule_id)}", "the id of a rule", suggestion)
    _refuse_circles(rules, entries, problems)
    return tuple(notes)


def _refuse_circles(rules: Sequence[Rule], entries: Mapping[str, Node], problems: Problems) -> None:
    """Note each circle of explanations once, at the rule of the smallest id in it."""
    explains = {rule.id: [effect.rule_id for effect in rule.explains] for rule in rules}
    for start in sorted(explains):
        circle = _way_back(start, explains)
        if circle and start == min(circle):
            way = " explains ".join([*circle, start])
            place = _place(entries[start], circle[1] if len(circle) > 1 else start)
            problems.add(place.location, f"a circle: {way}", "causes before their effects, with no way back")


def _way_back(start: str, explains: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the rules on a shortest way from *start* back to itself, *start* first; empty where there is none."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked: breadth first
        for effect in explains.get(way[-1], ()):
            if effect == start:
                return way
            if effect not in seen:
                seen.add(effect)
                ways.append([*way, effect])
    return []


def _place(rule: Node, rule_id: str) -> Node:
    """Return where a rule's ``explains`` names *rule_id*, the list itself where that cannot be told."""
    explains: Node = rule.value["explains"]
    named = (node.value.get("rule", node) if isinstance(node.value, dict) else node for node in explains.value)
    return next((node for node in named if node.value == rule_id), explains)
