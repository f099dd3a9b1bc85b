"""The languages that task texts ship in: complete, without a key that nothing reads, and about the same signals."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from connectors.model import PHASES
from rules.files.languages import language_of
from rules.files.load import load
from rules.files.shipped import language_names, language_text, pack_names
from rules.judgement.score import BANDS
from rules.language.templates import names_in, render
from rules.language.words import ENGLISH
from rules.model import Rule, RuleSet
from rules.signals.catalogue import CATALOGUE
from rules.signals.meddpicc import ELEMENT_NAMES
from rules.signals.roles import ROLE_NAMES
from tests.rules.packs.shipped import SHIPPED

TEXTS = ("title", "subject", "evidence", "advice", "done", "also", "ask")
NOT_SAID = (
    *("two-way", "rebase", "the level that leaving", "Implicate Pain", "filler", "without an answer"),
    *("who lost most", "in shadow", "not judged", "mutual action plan"),
)
SAMPLES = {
    "number": 3,
    "text": "Alexandra Wexford",
    "date": date(2026, 9, 30),
    "boolean": True,
    "phase": "business_case",
    "list": ["Economic Buyer", "Champion"],
}
VALUES = {name: SAMPLES[signal.type.value] for name, signal in CATALOGUE.items()}
OTHERS = {name: False if value is True else value for name, value in VALUES.items()}
FIXED: dict[str, Any] = {"deal": {"name": "Globex", "id": "1"}, "target": 3, "level": "high", "limit": 7}

each_language = pytest.mark.parametrize("code", language_names())
each_translation = pytest.mark.parametrize("code", [code for code in language_names() if code != ENGLISH.code])


def rules_in(code: str) -> RuleSet:
    return load(pack_names(), catalogue=CATALOGUE, language=code)


def table(code: str) -> dict[str, Any]:
    return tomllib.loads(language_text(code))


def texts(rule: Rule) -> dict[str, str]:
    return {name: getattr(rule, name) for name in TEXTS if getattr(rule, name)}


def subjects(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        said = render(rule.subject, {**VALUES, **FIXED}, rules.language)
        said = said or render(rule.subject, {**OTHERS, **FIXED}, rules.language)
        assert said is not None, rule.id
        yield said


def test_german_ships() -> None:
    assert language_names() == ("en", "de")


@each_translation
def test_every_rule_says_in_it_all_that_it_says_in_english(code: str) -> None:
    wanted = {rule.id: sorted(texts(rule)) for rule in SHIPPED.rules}
    assert {rule_id: sorted(entry) for rule_id, entry in table(code)["rules"].items()} == wanted


@each_translation
def test_every_family_has_its_subject_and_nothing_else(code: str) -> None:
    families = {name: list(entry) for name, entry in table(code)["families"].items()}
    assert families == {name: ["subject"] for name in SHIPPED.families}


@each_translation
def test_it_has_every_label_with_as_many_places_to_fill(code: str) -> None:
    places = {name: len(re.findall(r"\{[^}]*\}", text)) for name, text in ENGLISH.labels.items()}
    assert {name: len(re.findall(r"\{[^}]*\}", text)) for name, text in language_of(code).labels.items()} == places


@each_translation
def test_it_has_a_word_for_every_phase_band_role_and_element(code: str) -> None:
    named = {*PHASES, *BANDS, *ROLE_NAMES.values(), *ELEMENT_NAMES.values()}
    assert named - language_of(code).words.keys() == set()


@each_translation
def test_it_names_twelve_different_months(code: str) -> None:
    assert len(set(language_of(code).months)) == 12


@each_translation
def test_nothing_in_it_is_left_unread(code: str) -> None:
    read = {"months", "date", "day", "thousands", "decimal", "amount", "words", "labels"}
    assert (set(table(code)), set(table(code)["language"])) == ({"language", "families", "rules"}, read)


@each_translation
def test_a_rule_needs_the_same_signals_in_it(code: str) -> None:
    english = {rule.id: frozenset[str]().union(*map(names_in, texts(rule).values())) for rule in SHIPPED.rules}
    others = {rule.id: frozenset[str]().union(*map(names_in, texts(rule).values())) for rule in rules_in(code).rules}
    assert others == english


@each_language
def test_a_hashtag_stands_in_straight_quotes(code: str) -> None:
    rules = rules_in(code)
    said = [*rules.language.labels.values(), *(text for rule in rules.rules for text in texts(rule).values())]
    assert [text for text in said if re.search(r'(?<!")#', text)] == []


@each_language
def test_at_most_a_quarter_of_the_subjects_begin_alike(code: str) -> None:
    begun = Counter(subject.split()[0] for subject in subjects(rules_in(code)))
    assert begun.most_common(1)[0][1] <= sum(begun.values()) / 4


@each_language
def test_a_subject_tells_what_it_asks_before_a_long_name_is_cut(code: str) -> None:
    beside_name = [len(subject.replace("Globex", "")) for subject in subjects(rules_in(code))]
    assert max(beside_name) <= 80 - len("[Deal check] ") - 8


@each_language
def test_a_rule_has_a_subject_and_a_line_for_also_of_its_own(code: str) -> None:
    assert [rule.id for rule in rules_in(code).rules if not (rule.subject and rule.also)] == []


@each_language
def test_a_line_for_also_is_one_line(code: str) -> None:
    assert [rule.id for rule in rules_in(code).rules if "\n" in rule.also.strip()] == []


@pytest.mark.parametrize("rule", SHIPPED.rules, ids=lambda rule: rule.id)
def test_no_text_uses_words_that_a_sales_person_does_not_use(rule: Rule) -> None:
    written = " ".join(text for name, text in texts(rule).items() if name != "source")
    shown = re.sub(r"\{[{%].*?[%}]\}", "", written)
    assert [word for word in NOT_SAID if word in shown] == []


def test_dates_words_and_amounts_are_written_as_germans_write_them() -> None:
    german = language_of("de")
    assert (german.dated(date(2026, 3, 1)), german.in_short(date(2026, 12, 24))) == ("1. März 2026", "24. Dezember")
    assert (german.money(144_500, "EUR"), german.money(1_000_000, "CHF")) == ("144.500 €", "1.000.000 CHF")
    shown = "{{ amount | number }}, {{ probability }}, {{ phase | word }}"
    values = {"amount": 1234.5, "probability": 0.25, "phase": "procurement"}
    assert render(shown, values, german) == "1.234,50, 0,25, Einkauf"


def test_a_phase_has_one_word_however_its_name_is_written() -> None:
    german = language_of("de")
    assert (german.word("business_case"), german.word("business case")) == ("Business Case", "Business Case")
    assert ENGLISH.word("business_case") == "business case"
