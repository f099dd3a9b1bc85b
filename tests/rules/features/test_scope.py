from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.model import ScopeLimits
from tests.rules.judgement.world import World, ruleset


def in_scope(where: str | None = None, *, limits: dict[str, Any] | None = None, **deal: Any) -> bool | None:
    rules = replace(ruleset(scope=where), limits=ScopeLimits(**(limits or {})))
    scope: bool | None = World().deal(**deal).signals(rules).get_column("in_scope")[0]
    return scope


def test_without_a_scope_every_deal_is_judged() -> None:
    assert in_scope() is True


@pytest.mark.parametrize(
    ("key", "column"), [("pipelines", "pipeline"), ("record_types", "record_type"), ("deal_types", "deal_type")]
)
def test_a_list_keeps_the_deals_that_it_names(key: str, column: str) -> None:
    limits = {key: ("a", "b")}

    assert [in_scope(limits=limits, **{column: value}) for value in ("a", "b", "c", None)] == [True, True, False, None]


def test_every_part_of_the_scope_must_hold() -> None:
    limits = {"deal_types": ("New",)}

    assert in_scope("amount > 10", limits=limits, amount=5.0, deal_type="New") is False
    assert in_scope("amount > 10", limits=limits, amount=50.0, deal_type="New") is True


def test_a_part_that_does_not_hold_decides_whatever_is_unknown() -> None:
    assert in_scope("amount > 10", limits={"deal_types": ("New",)}, amount=5.0, deal_type=None) is False


def test_included_deals_are_judged_whatever_else_is_said() -> None:
    assert in_scope("amount > 10", limits={"include": ("d1",)}, amount=5.0) is True


def test_excluded_deals_are_never_judged() -> None:
    assert in_scope(limits={"include": ("d1",), "exclude": ("d1",)}) is False


def test_a_deal_may_be_named_by_its_short_id() -> None:
    assert in_scope(limits={"exclude": ("006000000000001",)}, deal_id="006000000000001AAA") is False


@pytest.mark.parametrize(
    ("until", "muted"),
    [(date(2026, 6, 16), True), (date(2026, 6, 15), False), (date(2026, 6, 14), False), (None, False)],
)
def test_a_deal_is_muted_before_the_day_that_it_names(until: date | None, muted: bool) -> None:
    assert World().deal(muted_until=until).signals().get_column("muted").to_list() == [muted]
