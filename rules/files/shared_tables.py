"""What rules share: segments, scope, families, and the gates between phases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from connectors.model import ELEMENTS, PHASES
from rules.days.span import Span
from rules.files.document import Node
from rules.files.fields import Table, condition, table
from rules.files.keys import ESCALATE_KEYS, ESCALATE_TO, FAMILY_KEYS, GATES_KEYS, SCOPE_KEYS, SCOPE_LISTS, SEVERITIES
from rules.files.problems import Problems
from rules.language.condition import Condition
from rules.language.errors import nearest, shown
from rules.model import USER_FIELD, Family, Gates, ScopeLimits, Severity

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RECEIVER: Final = re.compile(r"deal_owner|manager|fallback|user_field:x_\w+")


def is_id(name: str) -> bool:
    """Whether *name* is kebab-case, as ids of rules and families are."""
    return _ID.fullmatch(name) is not None


def segment_order(lower: Sequence[str], upper: Sequence[str]) -> list[str]:
    """Order the segments of two files, of which *upper* counts more; the first match wins, so order is meaning.

    A file that names every segment known below sets the order. Otherwise known segments keep their places, and a new
    segment comes before the segment that follows it in its own file, else after the one before it there, else first.
    """
    if set(lower) <= set(upper):
        return list(upper)
    order = list(lower)
    for index in reversed(range(len(upper))):
        if upper[index] in order:
            continue
        # First by what follows: an operator writes a new segment in front of the one that it narrows.
        following = next((name for name in upper[index + 1 :] if name in order), None)
        preceding = next((name for name in reversed(upper[:index]) if name in order), None)
        if following is not None:
            order.insert(order.index(following), upper[index])
        elif preceding is not None:
            order.insert(order.index(preceding) + 1, upper[index])
        else:
            order.insert(0, upper[index])
    return order


def read_segments(node: Node, problems: Problems) -> tuple[tuple[str, Condition], ...]:
    """Return each segment's name and condition, in the order in which they are tried."""
    segments: list[tuple[str, Condition]] = []
    for name, entry in node.value.items():
        checked = condition(entry, problems)
        if checked is None:
            continue
        # The signal *segment* is computed from these conditions, so none of them can ask for it.
        if "segment" in checked.names:
            problems.add(entry.location, f"segment {shown(name)} that depends on segment", "other signals")
        segments.append((name, checked))
    return tuple(segments)


def read_scope(node: Node, problems: Problems) -> tuple[Condition | None, ScopeLimits]:
    """Return the condition that picks the deals to judge, None judging all, and the lists that limit it."""
    scope = Table(node, problems)
    scope.allow(SCOPE_KEYS, "scope key")
    return scope.condition("where"), ScopeLimits(**{name: scope.texts(name) for name in SCOPE_LISTS})


def read_pilot(connection: Node, problems: Problems) -> Condition | None:
    """Return the condition that picks the deals of a connection that go first, None where it has no pilot."""
    pilot = connection.value.get("pilot")
    fields = None if pilot is None else table(pilot, problems)
    return None if fields is None else fields.condition("where")


def read_families(node: Node, problems: Problems) -> dict[str, Family]:
    """Return the families that can be read, by id."""
    families: dict[str, Family] = {}
    for name, entry in node.value.items():
        if not is_id(name):
            problems.add(entry.key, f"the family id {shown(name)}", "lower-case words joined by hyphens")
        fields = table(entry, problems)
        family = _family(name, fields) if fields else None
        if family:
            families[name] = family
    return families


def _family(name: str, fields: Table) -> Family | None:
    fields.allow(FAMILY_KEYS, "family key")
    complete = fields.require(("points", "subject", "due"), f"family {shown(name)}")
    points, subject, due = read_points(fields), fields.template("subject"), fields.business_days("due")
    to, after = _receiver(fields), _escalation(fields)
    if not complete or points is None or subject is None or due is None:
        return None
    each, most = fields.number("each", 0, 100) or 0.0, fields.number("most", 0, 100)
    return Family(name, points, subject, due, to, after, each, most)


def _receiver(fields: Table) -> str:
    entry = fields.get("to")
    if entry is None:
        return "deal_owner"
    if not isinstance(entry.value, str) or not _RECEIVER.fullmatch(entry.value):
        fields.problems.wrong(entry, "deal_owner, manager, fallback, or user_field: and a mapped column (x_...)")
        return "deal_owner"
    column = entry.value.removeprefix(USER_FIELD)
    if column != entry.value and column not in fields.problems.catalogue:
        extras = [name for name in fields.problems.catalogue if name.startswith("x_")]
        expected = f"a mapped column: {', '.join(extras)}" if extras else "a column that the config maps as an extra"
        fields.problems.add(entry.location, f"unknown column {shown(column)}", expected, nearest(column, extras))
    return entry.value


def _escalation(fields: Table) -> Span | None:
    """Return after how long an open task is reported to the manager; None if it never is."""
    escalate = fields.table("escalate")
    if escalate is None:
        return None
    escalate.allow(ESCALATE_KEYS, "escalate key")
    escalate.require(("after",), "escalate")
    escalate.word("to", ESCALATE_TO)
    return escalate.span("after")


def read_points(fields: Table) -> Mapping[Severity, float] | None:
    """Return points for every severity; a severity left out has those of the next lesser, the least has none."""
    written = fields.table("points")
    if written is None:
        return None
    written.allow(tuple(SEVERITIES), "severity")
    points: dict[Severity, float] = {}
    last = 0.0
    for word, severity in SEVERITIES.items():
        value = written.number(word, 0, 100)
        if value is not None and value < last:
            entry = written.node.value[word]
            fields.problems.add(
                entry.location, f"fewer points for {word} than for a lesser severity", f"at least {last:g}"
            )
        # Filled up from below, so that no worse finding adds less.
        last = last if value is None else value
        points[severity] = last
    return points


def read_gates(node: Node, segments: Sequence[str], problems: Problems) -> Gates:
    """Return the levels that elements must have reached on leaving a phase."""
    gates = Table(node, problems)
    gates.allow(GATES_KEYS, "gates key")
    minimum, by_segment, fresh = gates.table("minimum"), gates.table("segments"), gates.table("fresh_days")
    per_segment: dict[str, Mapping[str, Mapping[str, int]]] = {}
    for name, entry in by_segment.entries() if by_segment else ():
        if name not in segments:
            problems.unknown(entry, "segment", name, segments)
        fields = table(entry, problems)
        if fields:
            per_segment[name] = _minimum(fields)
    grace = gates.business_days("grace")
    return Gates(
        minimum=_minimum(minimum) if minimum else {},
        segments=per_segment,
        fresh_days=_element_numbers(fresh, 1, 1000) if fresh else {},
        grace=Gates().grace if grace is None else grace,
    )


def _minimum(phases: Table) -> dict[str, Mapping[str, int]]:
    phases.allow(PHASES, "phase")
    minimum: dict[str, Mapping[str, int]] = {}
    for name, entry in phases.entries():
        fields = table(entry, phases.problems)
        if fields:
            minimum[name] = _element_numbers(fields, 0, 3)
    return minimum


def _element_numbers(fields: Table, low: int, high: int) -> dict[str, int]:
    fields.allow(ELEMENTS, "element")
    numbers = {element: fields.number(element, low, high, whole=True) for element in ELEMENTS}
    return {element: int(number) for element, number in numbers.items() if number is not None}
