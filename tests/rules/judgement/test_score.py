"""The score as a sum that these tests do by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from rules.judgement.score import band, counterfactual, score
from rules.model import Family, RuleSet, Severity
from tests.rules.judgement.world import rule, ruleset

POINTS = {"threading": (8, 14, 18), "slip": (7, 13, 18), "champion": (6, 11, 16), "meddpicc": (5, 9, 12)}
RULES = [
    ("single-threaded", "threading"),
    ("contacts-none", "threading"),
    ("close-date-past", "slip"),
    ("champion-quiet", "champion"),
    ("meddpicc-gate", "meddpicc"),
]


def rules(factor: float = 1) -> RuleSet:
    checked = ruleset(*(rule(rule_id, family, when="age_days > 0") for rule_id, family in RULES))
    levels = (Severity.WARN, Severity.HIGH, Severity.CRITICAL)
    families = {
        name: Family(name, {level: worth * factor for level, worth in zip(levels, points, strict=True)}, "", 3)
        for name, points in POINTS.items()
    }
    return replace(checked, families=families)


def verdicts(*deals: tuple[int | None, ...]) -> pl.DataFrame:
    schema = {"deal_id": pl.String(), **{rule_id: pl.Int8() for rule_id, _ in RULES}}
    return pl.DataFrame([(f"d{number}", *deal) for number, deal in enumerate(deals)], schema=schema, orient="row")


def test_the_worst_finding_of_each_family_counts_once_and_families_add_up() -> None:
    # threading: high 14, not warn 8 on top; slip: high 13; champion: critical 16; meddpicc: info 0
    scored = score(rules(), verdicts((2, 3, 3, 4, 1)))
    assert scored.get_column("score")[0] == 14 + 13 + 16


def test_reasons_are_in_the_order_of_what_they_add() -> None:
    scored = score(rules(), verdicts((2, 3, 3, 4, 1)))
    assert scored.get_column("reasons")[0].split("\n") == [
        "+16 Champion-quiet (champion-quiet, critical)",
        "+14 Contacts-none (contacts-none, high)",
        "+13 Close-date-past (close-date-past, high)",
        "+0 Single-threaded (single-threaded, warn)",
        "+0 Meddpicc-gate (meddpicc-gate, info)",
    ]


def test_the_points_of_the_reasons_sum_to_the_score() -> None:
    scored = score(rules(), verdicts((4, 4, 2, 3, 2), (0, None, 3, -1, 4)))
    for deal in scored.iter_rows(named=True):
        assert sum(float(line.split(" ")[0]) for line in deal["reasons"].split("\n")) == deal["score"]


def test_the_score_ends_at_a_hundred() -> None:
    assert score(rules(factor=2), verdicts((4, 4, 4, 4, 4))).get_column("score")[0] == 100


def test_missing_data_adds_nothing_and_lowers_confidence() -> None:
    scored = score(rules(), verdicts((None, None, None, None, 0)))
    assert scored.row(0) == ("d0", 0.0, "healthy", 20.0, "")


@pytest.mark.parametrize(
    ("deal", "confidence"),
    [((0, 0, 0, 0, 0), 100), ((-1, 0, 0, None, 2), 75), ((None, 0, None, -1, -1), 33), ((-1, -1, -1, -1, -1), 100)],
)
def test_confidence_is_the_share_known_of_the_rules_that_may_apply(
    deal: tuple[int | None, ...], confidence: float
) -> None:
    assert score(rules(), verdicts(deal)).get_column("confidence")[0] == confidence


@pytest.mark.parametrize(
    ("total", "word"),
    [
        (0, "healthy"),
        (24.9, "healthy"),
        (25, "watch"),
        (50, "at risk"),
        (74.9, "at risk"),
        (75, "severe"),
        (100, "severe"),
    ],
)
def test_bands_end_below_their_bounds(total: float, word: str) -> None:
    assert band(total) == word


@pytest.mark.parametrize("deal", [(2, 3, 3, 4, 1), (4, 0, 4, 4, 4), (0, 0, 0, 0, 0)])
def test_the_band_written_is_the_band_of_the_score(deal: tuple[int, ...]) -> None:
    row = score(rules(), verdicts(deal)).row(0, named=True)
    assert row["band"] == band(row["score"])


def test_the_counterfactual_clears_the_family_that_weighs_most() -> None:
    best = counterfactual(
        rules(), {"contacts-none": 3, "single-threaded": 2, "champion-quiet": 4, "meddpicc-gate": None}
    )
    assert best is not None
    assert (best.family, best.score, best.without) == ("champion", 30.0, 14.0)


def test_there_is_no_counterfactual_where_nothing_adds_points() -> None:
    assert counterfactual(rules(), {"meddpicc-gate": 1, "champion-quiet": 0, "contacts-none": None}) is None


def test_the_order_of_deals_is_kept_and_each_has_its_own_reasons() -> None:
    both = score(rules(), verdicts((2, 0, 0, 0, 0), (0, 0, 3, 0, 0)).reverse())
    assert both.get_column("deal_id").to_list() == ["d1", "d0"]
    assert both.get_column("score").to_list() == [13.0, 8.0]
    assert both.get_column("reasons")[1] == "+8 Single-threaded (single-threaded, warn)"


def test_no_deals_and_no_rules_are_scored_too() -> None:
    assert score(rules(), verdicts()).is_empty()
    assert score(ruleset(), pl.DataFrame({"deal_id": ["d0"]})).row(0) == ("d0", 0.0, "healthy", 100.0, "")
