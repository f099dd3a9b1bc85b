from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.language.words import ENGLISH
from rules.model import Family, Severity
from sync.model import task_text
from sync.model.finding import Finding, SuppressedFindings
from tests.sync.builders import HYGIENE, SLIP, TODAY, finding

VALUES = {"deal": {"name": "Globex renewal"}, "amount": 5000.0}
FAMILY = Family("slip", {}, "Look at {{ deal.name }}", due=3)

LEAD = finding(SLIP, Severity.HIGH)


def body(*findings: Finding, written: date = date(2026, 6, 15)) -> str:
    return task_text.body(findings, VALUES, ENGLISH, key="dw:0-1", written=written)


def test_a_subject_never_exceeds_eighty_characters() -> None:
    long = {"deal": {"name": "Globex " * 40}}
    assert len(task_text.subject(LEAD, FAMILY, long, "[Deal check]", ENGLISH)) <= 80


def test_a_subject_begins_with_the_prefix() -> None:
    assert task_text.subject(LEAD, FAMILY, VALUES, "[Deal check]", ENGLISH) == "[Deal check] Look at Globex renewal"


def test_the_worst_finding_comes_first() -> None:
    text = body(finding(HYGIENE, Severity.WARN), finding(SLIP, Severity.CRITICAL))
    assert "Rules: slip-rule (critical), hygiene-rule (warn)" in text


def test_the_rules_line_can_be_read_back() -> None:
    findings = (finding(SLIP, Severity.HIGH),)
    assert task_text.stated_rules(body(*findings).replace("\n", "\r\n")) == (("slip-rule", Severity.HIGH),)


def test_the_day_of_writing_is_no_difference() -> None:
    held = finding(SLIP, Severity.HIGH)
    assert task_text.same_text(body(held), body(held, written=date(2026, 7, 1)))


def test_the_same_advice_of_two_rules_comes_once() -> None:
    text = body(finding(HYGIENE, Severity.WARN), finding(SLIP, Severity.WARN))
    assert text.count("Do something about it") == 1


def test_a_payload_hash_ignores_the_day() -> None:
    first, second = (
        {"body": body(finding(SLIP, Severity.HIGH), written=day), "due": str(day)}
        for day in (date(2026, 6, 1), date(2026, 6, 2))
    )
    assert task_text.payload_hash("create", first) == task_text.payload_hash("create", second)


def test_a_finding_of_which_others_tell_everything_is_no_line_of_its_own() -> None:
    covered = replace(LEAD.rule, id="covered", evidence="{{ gone }}", also="{{ gone }}")
    listed = SuppressedFindings(also=(finding(covered, Severity.HIGH),))
    text = task_text.body((LEAD,), VALUES, ENGLISH, key="dw:0-1", written=TODAY, listed=listed)
    assert "\nAlso\n" not in text
    assert "Waiting: covered (high)" in text
