from __future__ import annotations

from typing import Any

from sync.model.not_judged import cause_lines, each_cause


def reason(source: str, why: str = "not kept", coverage: float = 0.0, floor: float = 0.3, deals: int = 100) -> Any:
    return {"source": source, "coverage": coverage, "floor": floor, "why": why, "deals": deals}


def test_one_unmapped_field_is_one_line_with_the_rules_behind_it() -> None:
    lack = reason("field:x_technical_win", "not mapped")
    lines = cause_lines({"technical-win-overdue": lack, "technical-win-missing": lack})
    assert lines == ["field technical win is not mapped: technical-win-missing, technical-win-overdue"]


def test_the_cause_of_most_rules_comes_first() -> None:
    hidden, few = reason("touches", "not readable"), reason("roles:legal", "too few to tell", deals=3)
    assert cause_lines({"a": few, "b": hidden, "c": hidden}) == [
        "touches cannot be read: b, c",
        "role legal: too few deals need it to tell (3): a",
    ]


def test_a_share_under_its_floor_never_reads_as_if_it_had_reached_it() -> None:
    assert cause_lines({"quiet": reason("touches", coverage=0.0467, floor=0.05)}) == [
        "touches off: only 4.6 % of deals have it (5 % needed): quiet"
    ]
    assert "29.9 %" in cause_lines({"rule": reason("roles", coverage=0.29999)})[0]


def test_shares_that_differ_from_rule_to_rule_are_one_line() -> None:
    rules = {"a": reason("roles:legal", coverage=0.02), "b": reason("roles:legal", coverage=0.29)}
    assert cause_lines(rules) == ["role legal off: only 2 to 29 % of deals have it (30 % needed): a, b"]


def test_nothing_at_all_is_said_without_a_percentage() -> None:
    assert cause_lines({"a": reason("roles")}) == ["roles off: no deal has it (30 % needed): a"]


def test_a_report_of_an_earlier_program_is_told_too() -> None:
    assert cause_lines({"a": {"source": "roles", "coverage": 0.02, "floor": 0.3}}) == [
        "roles off: only 2 % of deals have it (30 % needed): a"
    ]


def test_each_rule_has_its_own_cause() -> None:
    causes = each_cause({"b": reason("roles", coverage=0.1), "a": reason("roles", coverage=0.2)})
    assert list(causes.items()) == [
        ("a", "roles off: only 20 % of deals have it (30 % needed)"),
        ("b", "roles off: only 10 % of deals have it (30 % needed)"),
    ]
