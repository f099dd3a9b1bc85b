"""The text of managed tasks: what a rep reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.language.templates import render
from rules.model import Family, Rule, Severity
from sync.model.answers import unanswered
from sync.model.task_stated import rules_in, waiting_in

SUBJECT_LIMIT = 80
EVIDENCE_LIMIT = 4

_CLOSED_LINE = re.compile(r"Closed \d{4}-\d{2}-\d{2}: ")
_WRITTEN_LINE = re.compile(r"^Written .*$", re.MULTILINE)


Stated = Sequence[tuple[str, Severity]]
"""Rules by id with their severities, as a body names them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds on the deal, with its severity."""

    rule: Rule
    severity: Severity


@dataclass(frozen=True, slots=True)
class SuppressedFindings:
    """What a carrier task says of other families of its deal, whose own tasks the caps suppress.

    *top* are critical findings, named before the task's own reason; *also* the worst finding of each other family,
    in a line; *frozen* what an earlier text named and is unknown just now.
    """

    top: tuple[Finding, ...] = ()
    also: tuple[Finding, ...] = ()
    frozen: Stated = ()

    @property
    def line(self) -> str:
        """The rules with their severities: the set whose change rewrites a body."""
        return rules_line((*self.top, *self.also), self.frozen)


NOTHING_SUPPRESSED = SuppressedFindings()


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which a rep should read them: worst first, then by rule id."""
    return sorted(findings, key=lambda finding: (-finding.severity, finding.rule.id))


def subject(family: Family, values: Mapping[str, Any], prefix: str) -> str:
    """Return the subject line, cut to 80 characters at a word where one ends in time."""
    text = f"{prefix} {render(family.subject, values) or family.id}".strip()
    if len(text) <= SUBJECT_LIMIT:
        return text
    cut = text[: SUBJECT_LIMIT - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return f"{at_word if len(at_word) > SUBJECT_LIMIT // 2 else cut}…"


def body(
    findings: Sequence[Finding],
    values: Mapping[str, Any],
    *,
    key: str,
    written: date,
    frozen: Stated = (),
    listed: SuppressedFindings = NOTHING_SUPPRESSED,
) -> str:
    """Return the body: why, what to do, what to ask, when it is done, what is suppressed, how to answer, its origin.

    A line that needs an unknown value is left out. The last lines let a later cycle compare what the CRM holds with
    what it would write, even without its own database; *frozen* are rules that an earlier text named and that are
    unknown just now: they stay named.
    """
    ordered = [*worst_first(listed.top), *worst_first(findings)][:EVIDENCE_LIMIT]
    sections: list[tuple[str, list[str | None]]] = [
        ("Why", [_line(finding.rule.evidence, finding, values) for finding in ordered]),
        ("Do", [_line(finding.rule.advice, finding, values) for finding in ordered]),
        ("Ask", [_line(finding.rule.ask, finding, values) for finding in ordered]),
        ("Done when", [_line(finding.rule.done, finding, values) for finding in ordered]),
        ("Also", [_also(finding, values) for finding in worst_first(listed.also)]),
    ]
    blocks = [_section(title, lines) for title, lines in sections]
    blocks.append(
        "Answer\nThis task closes itself once the reason is gone. Complete or delete it to say that you have dealt "
        'with it, or answer in a line of its own: "#snooze 30d", "#notrisk why", "#wrongdata what".'
    )
    named = f"Rules: {rules_line(findings, frozen)}" + (f"\nWaiting: {listed.line}" if listed.line else "")
    blocks.append(f"{named}\nWritten {written.isoformat()}, {key}")
    return "\n\n".join(block for block in blocks if block)


def closed(text: str, why: str, today: date) -> str:
    """Return the body of a task that closes: on top when and why, below it what it said."""
    return f"Closed {today.isoformat()}: {why}\n\n{text}"


def says_closed(text: str) -> bool:
    """Whether a body says that its task is closed."""
    return _CLOSED_LINE.match(text) is not None


def rules_line(findings: Iterable[Finding], frozen: Stated = ()) -> str:
    """Return the rules with their severities, worst first: the set whose change rewrites a body."""
    named = [(finding.rule.id, finding.severity) for finding in findings]
    ordered = sorted({*named, *frozen}, key=lambda rule: (-rule[1], rule[0]))
    return ", ".join(f"{rule_id} ({severity.word})" for rule_id, severity in ordered)


def stated_rules(text: str) -> Stated | None:
    """Return the rules and severities that a managed body states; None where their line is gone."""
    named = rules_in(text)
    return None if named is None else _graded(named)


def stated_suppressed(text: str) -> Stated:
    """Return the rules of other families that a managed body lists as suppressed."""
    return _graded(waiting_in(text))


def _graded(named: Iterable[tuple[str, str]]) -> Stated:
    return tuple((rule_id, Severity[word.upper()]) for rule_id, word in named)


def same_text(wanted: str, shown: str) -> bool:
    """Whether two bodies differ in nothing but the day they were written and the CRM's line endings."""
    return _undated(wanted) == _undated(shown)


def payload_hash(kind: str, values: Mapping[str, Any]) -> str:
    """Return a hash of what a change says, leaving out the day on which it says so."""
    stable = {name: value for name, value in values.items() if name not in ("due", "as_of")}
    if stable.get("body"):
        stable["body"] = _undated(str(stable["body"]))
    text = json.dumps([kind, stable], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _undated(text: str) -> str:
    lines = _WRITTEN_LINE.sub("", text.replace("\r\n", "\n")).strip().split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _line(template: str, finding: Finding, values: Mapping[str, Any]) -> str | None:
    if not template:
        return None
    return render(template, {**values, "target": finding.rule.target, "level": finding.severity.word})


def _also(finding: Finding, values: Mapping[str, Any]) -> str:
    evidence = " ".join((_line(finding.rule.evidence, finding, values) or "").split("\n"))
    return f"{finding.rule.title}: {evidence}" if evidence else finding.rule.title


def _section(title: str, lines: Iterable[str | None]) -> str:
    kept = list(dict.fromkeys(line for text in lines if text for line in text.splitlines()))
    if not kept:
        return ""
    return "\n".join([title, *(f"- {unanswered(line)}" for line in kept)])
