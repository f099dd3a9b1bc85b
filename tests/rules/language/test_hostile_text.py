"""Whatever a condition, template or rule file holds: a message comes back, never a crash."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.files.load import RuleFile, assemble
from rules.language.condition import parse
from rules.language.errors import Problem, RuleError
from rules.language.location import Location
from rules.language.signal import Signal
from rules.language.templates import check, render

_WORDS = [
    *(
        "amount",
        "segment",
        "close_date",
        "has_champion",
        "phase",
        "missing_roles",
        "nobody",
        "'a'",
        "'close'",
        "1",
        "0",
    ),
    *("2.5", "50_000", "NULL", "TRUE", "DATE '2026-01-31'", "DATE", "INTERVAL '3 days'", "INTERVAL 'x'", "(", ")", ","),
    *("AND", "OR", "NOT", "IN", "BETWEEN", "IS", "LIKE", "ILIKE", "=", "<", ">=", "<>", "+", "-", "*", "/", "%", "'"),
    *("COALESCE(", "LOWER(", "ROUND(", "SUM(", "SELECT", '"', "--", ";", "\n", "\x00", "\u202e", "é", "1e9", "9" * 400),
]
_pieces = st.one_of(st.sampled_from(_WORDS), st.text(max_size=4))
_TEMPLATE_WORDS = [
    *("{{ ", " }}", "{% ", " %}", "{#", "#}", "if ", "endif", "for a in ", "endfor", "amount", "segment", "deal.name"),
    *(
        "missing_roles",
        ".__class__",
        "| first",
        "| join",
        "| default('x')",
        "| round",
        "(",
        ")",
        "[0]",
        "'x' ",
        "* 9",
        "~",
    ),
    *("** 9", "self", "loop", "set x = 1", "include 'x'", "%}", "\n", "-", "and ", "not ", "is defined", "target", "1"),
]


def _outcome(text: str, catalogue: Mapping[str, Signal]) -> tuple[tuple[Problem, ...], frozenset[str]]:
    try:
        return (), parse(text, catalogue, Location("rules.toml", 1, 1)).names
    except RuleError as error:
        return error.problems, frozenset()


@settings(max_examples=600, deadline=None)
@given(pieces=st.lists(_pieces, max_size=25), glue=st.sampled_from(["", " "]))
def test_parsing_ends_in_a_condition_or_in_a_rule_error(
    pieces: list[str], glue: str, catalogue: Mapping[str, Signal]
) -> None:
    text = glue.join(pieces)
    problems, names = _outcome(text, catalogue)

    assert problems or names <= catalogue.keys()
    lines = text.split("\n")
    for problem in problems:
        assert 1 <= problem.location.line <= len(lines)
        assert 1 <= problem.location.column <= len(lines[problem.location.line - 1]) + 1


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(st.one_of(st.sampled_from(_TEMPLATE_WORDS), st.text(max_size=3)), max_size=15))
def test_a_checked_template_renders_to_text_or_to_nothing(pieces: list[str], catalogue: Mapping[str, Signal]) -> None:
    text = "".join(pieces)
    if not check(text, catalogue, Location("rules.toml")):
        for amount in (None, 0, 2.5):
            shown = render(
                text, {"amount": amount, "segment": "{{ amount }}", "missing_roles": [], "deal": {"name": None}}
            )
            assert shown is None or isinstance(shown, str)


@settings(max_examples=200, deadline=None)
@given(
    text=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                ["[", "]", "rules", ".", "a", "=", "{", "}", "'", '"', "\n", ",", "1", "segments", "families", " "]
            ),
            max_size=40,
        ).map("".join),
    )
)
def test_any_rule_file_is_loaded_or_refused(text: str, catalogue: Mapping[str, Signal]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        assemble([], [RuleFile("rules.d/x.toml", text)], catalogue=catalogue)
    except RuleError as error:
        problems = error.problems

    assert all(problem.location.path == "rules.d/x.toml" for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 20_000 + "]" * 20_000,
        "a." * 3_000 + "b = 1",
        "a = " + "{b = " * 5_000 + "1" + "}" * 5_000,
        "[rules.x]\nwhen = '''" + "(" * 100_000 + "'''",
    ],
    ids=["arrays", "dotted", "tables", "brackets"],
)
def test_nesting_that_no_person_writes_is_refused(text: str, catalogue: Mapping[str, Signal]) -> None:
    with pytest.raises(RuleError):
        assemble([], [RuleFile("x.toml", text)], catalogue=catalogue)


@pytest.mark.parametrize("code", ["(" * 200 + "1" + ")" * 200, "-" * 450 + "1", "not " * 110 + "amount"])
def test_a_template_nested_too_deeply_does_not_crash(code: str, catalogue: Mapping[str, Signal]) -> None:
    text = f"{{{{ {code} }}}}"
    if not check(text, catalogue, Location("x.toml")):
        assert render(text, {"amount": 1}) is not None
