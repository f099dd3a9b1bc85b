"""The text of managed tasks: what a rep reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from rules.language.templates import render
from rules.language.words import Language
from rules.model import Family, Severity
from sync.model.answers import unanswered
from sync.model.finding import NOTHING_SUPPRESSED, Finding, Stated, SuppressedFindings, in_order, rules_line
from sync.model.task_stated import VERSION, rules_in, undated, version_in, waiting_in

SUBJECT_LIMIT: Final = 80
EVIDENCE_LIMIT: Final = 4
"""A body states so many lines of evidence, the worst first."""

_CLOSED_LINE: Final = re.compile(r"Closed \d{4}-\d{2}-\d{2}: ")


def subject(lead: Finding, family: Family, values: Mapping[str, Any], prefix: str, words: Language) -> str:
    """Return the subject of the finding that leads, cut to 80 characters at a word where one ends in time."""
    own = _line(lead.rule.subject, lead, values, words) or render(family.subject, values, words) or family.id
    text = f"{prefix} {own}".strip()
    if len(text) <= SUBJECT_LIMIT:
        return text
    cut = text[: SUBJECT_LIMIT - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return f"{at_word if len(at_word) > SUBJECT_LIMIT // 2 else cut}…"


def body(  # noqa: PLR0913 - what a body states, each once
    findings: Sequence[Finding],
    values: Mapping[str, Any],
    words: Language,
    *,
    key: str,
    written: date,
    frozen: Stated = (),
    listed: SuppressedFindings = NOTHING_SUPPRESSED,
) -> str:
    """Return the body: the deal, why, what to do, what to ask, when it is done, what else, how to answer, its origin.

    A line that needs an unknown value is left out. The last line lets a later cycle compare what the CRM holds with
    what it would write, even without its own database; *frozen* are rules that an earlier text named and that are
    unknown just now: they stay named.
    """
    standing = [finding for finding in in_order(findings) if finding.stands]
    leading = [*in_order(listed.top), *standing][:EVIDENCE_LIMIT] or in_order(findings)[:EVIDENCE_LIMIT]
    beside = (*in_order(findings), *in_order(listed.effects), *in_order(listed.also))
    others = [finding for finding in beside if finding not in leading]
    sections: list[tuple[str, list[str | None]]] = [
        ("why", [_line(finding.rule.evidence, finding, values, words) for finding in leading]),
        ("do", [_line(finding.rule.advice, finding, values, words) for finding in leading]),
        ("ask", [_line(finding.rule.ask, finding, values, words) for finding in leading]),
        ("done", [_line(finding.rule.done, finding, values, words) for finding in leading]),
        ("also", [in_one_line(finding, values, words) for finding in others if _tells(finding, values, words)]),
    ]
    blocks = [_section(words.label(name), lines, EVIDENCE_LIMIT if name == "why" else None) for name, lines in sections]
    text = "\n".join([unanswered(deal_line(values, words)), *(block for block in blocks if block)])
    return f"{text}\n\n{_foot(findings, key, written, frozen, listed, words)}"


def deal_line(values: Mapping[str, Any], words: Language) -> str:
    """Return the deal in one line: amount, close date, phase, and last the risk as of the day of writing."""
    amount, score = values.get("amount_original") or values.get("amount"), values.get("score")
    parts = [
        words.money(amount, values.get("currency")) if amount is not None else None,
        words.label("closes").format(words.dated(values["close_date"])) if values.get("close_date") else None,
        words.word(values["phase"]) if values.get("phase") else None,
        words.label("risk").format(f"{score:g}", words.word(values.get("band") or "")) if score is not None else None,
    ]
    return " · ".join(part for part in parts if part)


def closed(text: str, why: str, today: date) -> str:
    """Return the body of a task that closes: on top when and why, below it what it said."""
    return f"Closed {today.isoformat()}: {why}\n\n{text}"


def says_closed(text: str) -> bool:
    """Whether a body says that its task is closed."""
    return _CLOSED_LINE.match(text) is not None


def stated_rules(text: str) -> Stated | None:
    """Return the rules and severities that a managed body states; None where their line is gone."""
    named = rules_in(text)
    return None if named is None else _graded(named)


def stated_suppressed(text: str) -> Stated:
    """Return the rules of other families that a managed body lists as suppressed."""
    return _graded(waiting_in(text))


def is_outdated(text: str, words: Language) -> bool:
    """Whether a managed body was written by another version of the texts, or in another language."""
    version = version_in(text)
    return version is not None and version != _version(words)


def stamp(what: str, key: str, written: date, words: Language) -> str:
    """Return the last line of a text: *what* it rests on, when it was written, its key and version."""
    return " · ".join([what, words.label("written").format(words.dated(written)), f"{key} {_version(words)}"])


def in_one_line(finding: Finding, values: Mapping[str, Any], words: Language) -> str | None:
    """Return a finding in one line with its one action; its title and evidence where its rule has no such line.

    None where it is counted under another and has nothing to say besides: a gate all of whose gaps are covered.
    """
    evidence = " ".join((_line(finding.rule.evidence, finding, values, words) or "").split("\n"))
    said = f"{finding.rule.title}: {evidence}" if evidence else finding.rule.title
    return _line(finding.rule.also, finding, values, words) or (said if evidence or finding.stands else None)


def _tells(finding: Finding, values: Mapping[str, Any], words: Language) -> bool:
    """Whether a finding has more to tell than its title: others may cover all that a gate asks for."""
    texts = (finding.rule.also, finding.rule.evidence)
    return not finding.rule.also or any(_line(text, finding, values, words) for text in texts)


def is_written_on(day: date, text: str, words: Language) -> bool:
    """Whether a body of the current version says that it was written on *day*."""
    line = f" · {words.label('written').format(words.dated(day))} · "
    return version_in(text) == _version(words) and line in text


def same_text(wanted: str, shown: str) -> bool:
    """Whether two bodies differ in nothing but what ages by itself and the CRM's line endings."""
    return undated(wanted) == undated(shown)


def payload_hash(kind: str, values: Mapping[str, Any]) -> str:
    """Return a hash of what a change says, leaving out the day on which it says so."""
    stable = {name: value for name, value in values.items() if name not in ("due", "as_of")}
    if stable.get("body"):
        stable["body"] = undated(str(stable["body"]))
    text = json.dumps([kind, stable], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _foot(
    findings: Sequence[Finding],
    key: str,
    written: date,
    frozen: Stated,
    listed: SuppressedFindings,
    words: Language,
) -> str:
    waiting = [f"Waiting: {listed.line}"] if listed.line else []
    origin = stamp(f"Rules: {rules_line(findings, frozen)}", key, written, words)
    return "\n".join([words.label("answer"), *waiting, origin])


def _version(words: Language) -> str:
    return VERSION if words.code == "en" else f"{VERSION}-{words.code}"


def _graded(named: Iterable[tuple[str, str]]) -> Stated:
    return tuple((rule_id, Severity[word.upper()]) for rule_id, word in named)


def _line(template: str, finding: Finding, values: Mapping[str, Any], words: Language) -> str | None:
    if not template:
        return None
    own = {"target": finding.rule.target, "level": finding.carries.word, "limit": finding.limit}
    return render(template, {**values, **own}, words)


def _section(title: str, lines: Iterable[str | None], most: int | None) -> str:
    kept = list(dict.fromkeys(line for text in lines if text for line in text.splitlines()))[:most]
    if not kept:
        return ""
    return "\n".join([title, *(f"- {unanswered(line)}" for line in kept)])
