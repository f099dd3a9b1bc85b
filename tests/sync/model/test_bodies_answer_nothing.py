"""No body that ships answers itself: neither to this version's reading of answers, nor to that of the one before."""

from __future__ import annotations

import re
from datetime import date

import pytest

from rules.files.load import load
from rules.files.shipped import language_names, pack_names
from rules.model import RuleSet, Severity
from rules.signals.catalogue import CATALOGUE
from sync.model import task_text
from sync.model.answers import answer_in
from sync.model.finding import SuppressedFindings
from tests.sync.builders import TODAY, finding

BEFORE = re.compile(r"(?<![\w\"“'&;#])#(snooze|not-?risk|wrong-?data)\b", re.IGNORECASE)
"""How the version before found an answer."""
SAMPLES = {
    "number": 3,
    "text": "Globex #snooze 30d",
    "date": date(2026, 9, 30),
    "boolean": True,
    "phase": "business_case",
    "list": ["#notrisk", "Champion"],
}
KNOWN = {name: SAMPLES[signal.type.value] for name, signal in CATALOGUE.items()}
OTHERS = {name: False if value is True else value for name, value in KNOWN.items()}


def bodies(rules: RuleSet) -> list[str]:
    """Every rule's body, leading and listed beside itself, where everything is known and where nothing more is."""
    written = []
    for rule in rules.rules:
        reason = finding(rule, Severity.HIGH, limit=7)
        for values in (KNOWN, OTHERS, {}):
            named = {**values, "deal": {"name": "Globex #wrongdata", "id": "1"}}
            listed = SuppressedFindings(also=(reason,))
            written.append(task_text.body((reason,), named, rules.language, key="dw:0-1", written=TODAY, listed=listed))
    return written


@pytest.mark.parametrize("code", language_names())
def test_no_shipped_body_answers_itself(code: str) -> None:
    rules = load(pack_names(), catalogue=CATALOGUE, language=code)
    assert [body for body in bodies(rules) if answer_in("", body) or BEFORE.search(body)] == []


@pytest.mark.parametrize("code", language_names())
def test_every_shipped_body_tells_how_to_answer(code: str) -> None:
    rules = load(pack_names(), catalogue=CATALOGUE, language=code)
    assert {body.count('"#snooze 30d"') for body in bodies(rules)} == {1}
