from __future__ import annotations

from datetime import date

from rules.model import Family, Severity
from sync.model import task_text
from sync.model.task_text import Finding
from tests.sync.builders import HYGIENE, SLIP

VALUES = {"deal": {"name": "Globex renewal"}, "amount": 5000.0}
FAMILY = Family("slip", {}, "Look at {{ deal.name }}", due=3)


def body(*findings: Finding, written: date = date(2026, 6, 15)) -> str:
    return task_text.body(findings, VALUES, key="dw:0-1", written=written)


def test_a_subject_never_exceeds_eighty_characters() -> None:
    long = {"deal": {"name": "Globex " * 40}}
    assert len(task_text.subject(FAMILY, long, "[Deal check]")) <= 80


def test_a_subject_begins_with_the_prefix() -> None:
    assert task_text.subject(FAMILY, VALUES, "[Deal check]") == "[Deal check] Look at Globex renewal"


def test_the_worst_finding_comes_first() -> None:
    text = body(Finding(HYGIENE, Severity.WARN), Finding(SLIP, Severity.CRITICAL))
    assert "Rules: slip-rule (critical), hygiene-rule (warn)" in text


def test_the_rules_line_can_be_read_back() -> None:
    findings = (Finding(SLIP, Severity.HIGH),)
    assert task_text.stated_rules(body(*findings).replace("\n", "\r\n")) == (("slip-rule", Severity.HIGH),)


def test_the_day_of_writing_is_no_difference() -> None:
    finding = Finding(SLIP, Severity.HIGH)
    assert task_text.same_text(body(finding), body(finding, written=date(2026, 7, 1)))


def test_the_same_advice_of_two_rules_comes_once() -> None:
    text = body(Finding(HYGIENE, Severity.WARN), Finding(SLIP, Severity.WARN))
    assert text.count("Do something about it") == 1


def test_a_payload_hash_ignores_the_day() -> None:
    first, second = (
        {"body": body(Finding(SLIP, Severity.HIGH), written=day), "due": str(day)}
        for day in (date(2026, 6, 1), date(2026, 6, 2))
    )
    assert task_text.payload_hash("create", first) == task_text.payload_hash("create", second)
