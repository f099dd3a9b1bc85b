"""Scenarios: what happens to deals on a time line, and everything that the rules are to say of it.

A scenario lies in the folder of rule files as ``<name>.scenario.toml``. Its expectations are complete: a finding or a
task that is not written down fails it, and an empty expectation asserts that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from connectors.model import ELEMENTS, PHASES, ROLES
from rules.files.document import Node, RuleFile, plain, read
from rules.files.fields import Table, table
from rules.files.keys import SEVERITIES
from rules.files.problems import Problems, described
from rules.judgement.score import BANDS
from rules.language.errors import Problem, RuleError, nearest, shown
from rules.language.location import Location
from rules.model import Severity

_ASPECTS: Final[Mapping[str, type]] = {"level": int, "filled": bool, "filler": bool, "confirmed_on": date}
DEAL_KEYS: Final[Mapping[str, type]] = {
    **dict.fromkeys(("id", "name", "owner", "account", "pipeline", "phase", "closed"), str),
    **dict.fromkeys(("deal_type", "record_type", "currency", "forecast_category", "next_step"), str),
    **dict.fromkeys(("amount", "probability"), float),
    **dict.fromkeys(("created", "entered", "close_date", "muted_until"), date),
    **{f"{element}_{aspect}": kind for element in ELEMENTS for aspect, kind in _ASPECTS.items()},
}
"""What may be said of a deal, besides mapped extras (x_...): each with the kind of its value."""

KINDS: Final[Mapping[str, Mapping[str, type]]] = {
    "deal": DEAL_KEYS,
    "contact": {**dict.fromkeys(("id", "deal", "role", "name", "title"), str), "reachable": bool, "since": date},
    "touch": {**dict.fromkeys(("deal", "contact", "kind", "direction"), str), "contacts": list, "at": date},
    "owner": {**dict.fromkeys(("id", "name", "manager", "team", "country", "time_zone"), str), "active": bool},
    "task": dict.fromkeys(("deal", "family", "is"), str),
}
"""What may happen on the time line, with the keys of each event."""

_NEEDED: Final = {"deal": ("id",), "contact": ("id", "deal"), "owner": ("id",), "task": ("deal", "family", "is")}
_WORDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("deal", "phase"): PHASES,
    ("deal", "closed"): ("won", "lost"),
    ("contact", "role"): ROLES,
    ("touch", "kind"): ("meeting", "call", "email", "other"),
    ("touch", "direction"): ("two_way", "inbound", "outbound", "unknown"),
    ("task", "is"): ("completed", "deleted"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens on a day: *kind* is one of `KINDS`."""

    on: date
    kind: str
    values: Mapping[str, Any]
    location: Location


@dataclass(frozen=True, slots=True)
class Expectation:
    """All findings, by deal and rule, and the families of all open tasks, by deal, at the end of a day.

    *scores* and *bands*, by deal, are compared where they are written down: a deal that is left out may have any.
    """

    on: date
    findings: Mapping[str, Mapping[str, Severity]]
    tasks: Mapping[str, frozenset[str]]
    location: Location
    scores: Mapping[str, float] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A time line with what is expected along it; only *rules* are judged, as if on; if empty, all that are on."""

    path: str
    title: str
    rules: tuple[str, ...]
    events: tuple[Event, ...]
    expectations: tuple[Expectation, ...]


def read_scenario(file: RuleFile) -> Scenario:
    """Read one scenario.

    Raises:
        RuleError: with every problem of the file.
    """
    document, problems = read(file), Problems({})
    whole = Table(document, problems)
    whole.allow(("title", "rules", "timeline", "expect"), "scenario key")
    whole.require(("title", "timeline", "expect"), "a scenario")
    # The sort is stable: events of one day keep the order in which they are written.
    events = sorted(_events(whole), key=lambda event: event.on)
    expectations = sorted(_expectations(whole), key=lambda expectation: expectation.on)
    scenario = Scenario(file.path, whole.text("title") or "", whole.texts("rules"), tuple(events), tuple(expectations))
    if problems.noted:
        raise RuleError(problems.noted)
    return scenario


def unknown_names(scenario: Scenario, rules: Mapping[str, object], families: Mapping[str, object]) -> Iterator[Problem]:
    """Yield a problem for every rule and family in *scenario* that does not exist."""
    for rule in scenario.rules:
        if rule not in rules:
            yield _unknown(Location(scenario.path), "rule", rule, rules)
    for expectation in scenario.expectations:
        expected_rules = {rule for of_deal in expectation.findings.values() for rule in of_deal}
        expected_families = {family for of_deal in expectation.tasks.values() for family in of_deal}
        for rule in sorted(expected_rules - set(rules)):
            yield _unknown(expectation.location, "rule", rule, rules)
        for family in sorted(expected_families - set(families)):
            yield _unknown(expectation.location, "family", family, families)


def _unknown(where: Location, kind: str, name: str, known: Mapping[str, object]) -> Problem:
    return Problem(where, f"unknown {kind} {shown(name)}", f"a known {kind}", nearest(name, known))


def _listed(whole: Table, name: str) -> Iterator[Table]:
    entry = whole.get(name)
    if entry is None:
        return
    if not isinstance(entry.value, list):
        whole.problems.wrong(entry, f"an array of tables, each begun by [[{name}]]")
        return
    for node in entry.value:
        item = table(node, whole.problems)
        if item is not None:
            yield item


def _events(whole: Table) -> Iterator[Event]:
    for event in _listed(whole, "timeline"):
        event.allow(("on", *KINDS), "event key")
        event.require(("on",), "an event")
        kinds = [kind for kind in KINDS if kind in event]
        if len(kinds) != 1:
            message = f"an event with {len(kinds)} happenings"
            event.problems.add(event.node.key, message, f"one of {', '.join(KINDS)}")
            continue
        day, fields = event.day("on"), event.table(kinds[0])
        if fields is not None:
            values = _values(kinds[0], fields)
            if day is not None:
                yield Event(day, kinds[0], values, event.node.key)


def _values(kind: str, fields: Table) -> dict[str, Any]:
    fields.require(_NEEDED.get(kind, ()), f"the event {kind}")
    values: dict[str, Any] = {}
    for name, entry in fields.entries():
        wanted = KINDS[kind].get(name)
        if wanted is None and not (kind == "deal" and name.startswith("x_")):
            fields.problems.unknown(entry, f"key of {kind}", name, tuple(KINDS[kind]))
        elif (kind, name) in _WORDS:
            values[name] = fields.word(name, _WORDS[kind, name])
        elif wanted is not None and not _fits(entry, wanted):
            fields.problems.add(entry.location, f"{described(entry.value)} for {name}", _expected(wanted))
        else:
            values[name] = plain(entry)
    return values


def _fits(entry: Node, wanted: type) -> bool:
    if wanted is float:
        return isinstance(entry.value, int | float) and not isinstance(entry.value, bool)
    return type(entry.value) is wanted  # a bool is no whole number, a time no day


def _expected(wanted: type) -> str:
    return {date: "a day", bool: "true or false", list: "a list", str: "text"}.get(wanted, "a number")


def _expectations(whole: Table) -> Iterator[Expectation]:
    for item in _listed(whole, "expect"):
        item.allow(("on", "findings", "tasks", "scores", "bands"), "expect key")
        item.require(("on", "findings", "tasks"), "an expectation")
        day, findings, tasks = item.day("on"), item.table("findings"), item.table("tasks")
        if day is not None and findings is not None and tasks is not None:
            yield Expectation(
                day,
                dict(_findings(findings)),
                dict(_tasks(tasks)),
                item.node.key,
                dict(_scores(item.table("scores"))),
                dict(_bands(item.table("bands"))),
            )


def _findings(findings: Table) -> Iterator[tuple[str, Mapping[str, Severity]]]:
    for deal, entry in findings.entries():
        rules = table(entry, findings.problems)
        if rules is not None:
            words = {rule: rules.word(rule, tuple(SEVERITIES)) for rule, _ in rules.entries()}
            yield deal, {rule: SEVERITIES[word] for rule, word in words.items() if word is not None}


def _tasks(tasks: Table) -> Iterator[tuple[str, frozenset[str]]]:
    for deal, _ in tasks.entries():
        yield deal, frozenset(tasks.texts(deal))


def _scores(scores: Table | None) -> Iterator[tuple[str, float]]:
    for deal, _ in scores.entries() if scores else ():
        score = scores.number(deal, 0, 100) if scores else None
        if score is not None:
            yield deal, score


def _bands(bands: Table | None) -> Iterator[tuple[str, str]]:
    for deal, _ in bands.entries() if bands else ():
        band = bands.word(deal, BANDS) if bands else None
        if band is not None:
            yield deal, band
