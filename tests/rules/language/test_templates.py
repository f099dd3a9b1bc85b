"""What reps read: known values in plain lines, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from rules.language.location import Location
from rules.language.signal import Signal
from rules.language.templates import check, render

VALUES = {
    "amount": 1_234_567.5,
    "contacts": 4,
    "engaged_contacts": 1,
    "whole": None,
    "segment": "mid",
    "next_step": "<b>Call\u202e {{ amount }}\x07\n#2</b>",
    "owner_team": " ",
    "close_date": date(2026, 1, 31),
    "has_champion": True,
    "missing_roles": ["economic buyer", "legal"],
    "deal": {"name": "Acme\u200d GmbH", "id": None},
    "target": 3.0,
    "level": "high",
}


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{{ engaged_contacts }} of {{ contacts }} (target {{ target }}, {{ level }})", "1 of 4 (target 3, high)"),
        ("Add {{ target - engaged_contacts }}: {{ missing_roles | first }}", "Add 2: economic buyer"),
        (
            "{{ missing_roles | join }} / {{ missing_roles | join(' or ') }}",
            "economic buyer, legal / economic buyer or legal",
        ),
        ("{{ amount | number }} {{ amount | round }} {{ contacts | number }}", "1,234,567.50 1234568 4"),
        ("{{ close_date }} {{ close_date | date }} {{ close_date | day }}", "31 Jan 2026 2026-01-31 31 Jan"),
        ("{{ segment | upper }} {{ segment | title }} {{ segment | length }} {{ has_champion }}", "MID Mid 3 yes"),
        ("{{ deal.name }}", "Acme\u200d GmbH"),
        ("{{ whole | default('nobody') }}", "nobody"),
        ("{% if engaged_contacts < target %}few{% else %}many{% endif %}", "few"),
        ("{% if whole is defined %}known{% else %}not known{% endif %}", "not known"),
        ("{% for role in missing_roles %}[{{ role }}]{% endfor %}", "[economic buyer][legal]"),
        ("{{ next_step }}", "<b>Call {{ amount }} #2</b>"),
        ("one\n{{ whole }}\ntwo", "one\ntwo"),
        ("no values", "no values"),
    ],
)
def test_a_line_shows_its_values(template: str, line: str, catalogue: Mapping[str, Signal]) -> None:
    assert check(template, catalogue, Location("rules.toml")) == []
    assert render(template, VALUES) == line


@pytest.mark.parametrize(
    "template",
    [
        "{{ whole }}",
        "{{ target - whole }}",
        "{% if whole %}x{% endif %}",
        "{{ whole | number }}",
        "{{ deal.id }}",
        "{{ owner_team }}",
        "{{ amount / (contacts - 4) }}",
        "{{ last_phase }}",
    ],
)
def test_a_line_with_an_unknown_value_is_dropped(template: str, catalogue: Mapping[str, Signal]) -> None:
    assert check(template, catalogue, Location("rules.toml")) == []
    assert render(template, VALUES) is None


def test_a_value_is_cut_and_a_list_is_no_longer_than_a_line() -> None:
    assert len(render("{{ segment }}", {"segment": "x" * 1_000_000}) or "") == 120
    assert len(render("{{ missing_roles | join }}", {"missing_roles": ["x" * 99] * 10_000}) or "") == 500


ALLOWED = "expected signals, filters, arithmetic, if and for"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{{ engagd_contacts }}",
            "2:8: unknown signal 'engagd_contacts', expected a known signal; did you mean 'engaged_contacts'?",
        ),
        ("a\nb {{ tarket }}", "3:6: unknown signal 'tarket', expected a known signal; did you mean 'target'?"),
        (
            "{{ amount | numbr }}",
            "2:17: unknown filter 'numbr', expected one of first, join, date, number, default, lower, upper, title, "
            "round, length, day, word, map_words; did you mean 'number'?",
        ),
        ("{{ segment is odd }}", "2:19: unknown test 'odd', expected one of defined"),
        ("{{ deal.nam }}", "2:13: unknown field 'nam' of deal, expected deal.name or deal.id; did you mean 'name'?"),
        (
            "{{ segment.__class__ }}",
            "2:16: '.__class__' after something other than deal, expected a signal's plain name",
        ),
        ("{{ deal.name.upper }}", "2:18: '.upper' after something other than deal, expected a signal's plain name"),
        ("{{ segment() }}", f"2:5: 'call' in a template, {ALLOWED}"),
        ("{{ missing_roles[0] }}", f"2:5: 'getitem' in a template, {ALLOWED}"),
        ("{{ 9 ** 99999 }}", f"2:5: 'pow' in a template, {ALLOWED}"),
        ("{{ segment ~ segment }}", f"2:5: 'concat' in a template, {ALLOWED}"),
        ("{% set x = 1 %}", f"2:5: 'assign' in a template, {ALLOWED}"),
        ("{% include 'x' %}", f"2:5: 'include' in a template, {ALLOWED}"),
        (
            "{{ 'x' * 1000000000 }}",
            "2:5: a template that fails: * works with numbers only, expected values of the right kind",
        ),
        (
            "{{ amount | join }}",
            "2:5: a template that fails: 'int' object is not iterable, expected values of the right kind",
        ),
        ("{{ deal }}", "2:5: a template that fails: nothing that can be shown, expected values of the right kind"),
        (
            "{% for a in missing_roles %}{% for b in missing_roles %}x{% endfor %}{% endfor %}",
            "2:8: a loop inside a loop, expected one loop",
        ),
        (
            "see {{ amount",
            "2:9: a template that cannot be read: unexpected end of template, expected 'end of print statement'.",
        ),
        ("x" * 501, "2:505: a template line of 501 characters, expected at most 500"),
    ],
)
def test_a_broken_template_is_refused_where_it_is_broken(
    template: str, message: str, catalogue: Mapping[str, Signal]
) -> None:
    problems = check(template, catalogue, Location("rules.toml", 2, 5))

    assert [str(problem) for problem in problems] == [f"rules.toml:{message}"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ amount | round(1000000000) }}",
        "{{ amount | round(amount * 1000000000) }}",
        "{{ amount * 999999999 * 999999999 * 999999999 }}",
        "{{ " + "9" * 400 + " * 1 }}",
        "{{ 'text' * 1000000000 }}",
        "{{ [1, 2] * 1000000000 }}",
        "{{ ['a', 'b', 'c'] | join(" + "['a', 'b', 'c'] | join(" * 14 + "'x'" + ")" * 15 + " }}",
    ],
)
def test_a_template_without_measure_is_refused_at_its_place_and_at_once(
    template: str, catalogue: Mapping[str, Signal]
) -> None:
    (problem,) = check(f"Fine: {template}", catalogue, Location("rules.toml", 2, 5))
    assert "a template that fails" in problem.message
    assert (problem.location.path, problem.location.line) == ("rules.toml", 2)


def test_a_value_that_only_a_deal_makes_too_large_drops_the_line() -> None:
    assert render("{{ amount * amount }}\nStays.", {"amount": 1e200}) == "Stays."


def test_rounding_to_thousands_stays(catalogue: Mapping[str, Signal]) -> None:
    assert check("{{ amount | round(-3) }}", catalogue, Location("rules.toml")) == []
    assert render("{{ amount | round(-3) | number }}", {"amount": 12_600}) == "13,000"
