"""The score as a sum that these tests do by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from rules.judgement.evaluate import findings_of
from rules.judgement.score import BANDS, counterfactual, score
from rules.judgement.sums import reasons
from rules.model import Bands, Family, RuleSet, Severity
from tests.rules.judgement.world import rule, ruleset

POINTS = {"threading": (6, 15, 30), "slip": (6, 14, 30), "champion": (6, 15, 32), "meddpicc": (4, 13, 13)}
RULES = [
    ("single-threaded", "threading"),
    ("contacts-none", "threading"),
    ("close-date-past", "slip"),
    ("champion-quiet", "champion"),
    ("meddpicc-gate", "meddpicc"),
]
NO_SIGNALS = pl.DataFrame(schema={"deal_id": pl.String()})


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


def scored(*deals: tuple[int | None, ...], given: RuleSet | None = None) -> pl.DataFrame:
    given, said = given or rules(), verdicts(*deals)
    return score(given, said, reasons(given, findings_of(given, said), NO_SIGNALS))


def test_the_worst_finding_of_each_family_counts_once_and_families_add_up() -> None:
    # threading: high 15, not warn 6 on top; slip: high 14; champion: critical 32; meddpicc: info 0
    assert scored((2, 3, 3, 4, 1)).get_column("score")[0] == 15 + 14 + 32


def test_reasons_are_in_the_order_of_what_they_add() -> None:
    assert scored((2, 3, 3, 4, 1)).get_column("reasons")[0].split("\n") == [
        "+32 Champion-quiet (champion-quiet, critical)",
        "+15 Contacts-none (contacts-none, high)",
        "+14 Close-date-past (close-date-past, high)",
        "+0 Single-threaded (single-threaded, warn)",
        "+0 Meddpicc-gate (meddpicc-gate, info)",
    ]


def test_the_points_of_the_reasons_sum_to_the_score() -> None:
    for deal in scored((3, 4, 2, 3, 2), (0, None, 3, -1, 4)).iter_rows(named=True):
        points = [line.split(" ")[0] for line in deal["reasons"].split("\n") if line.startswith("+")]
        assert sum(map(float, points)) == deal["score"]


def test_the_score_ends_at_a_hundred() -> None:
    assert scored((4, 4, 4, 4, 4), given=rules(factor=2)).get_column("score")[0] == 100


def test_missing_data_adds_nothing_and_lowers_confidence() -> None:
    assert scored((None, None, None, None, 0)).row(0) == ("d0", 0.0, "healthy", "score", 20.0, "")


@pytest.mark.parametrize(
    ("deal", "confidence"),
    [((0, 0, 0, 0, 0), 100), ((-1, 0, 0, None, 2), 75), ((None, 0, None, -1, -1), 33), ((-1, -1, -1, -1, -1), 100)],
)
def test_confidence_is_the_share_known_of_the_rules_that_may_apply(
    deal: tuple[int | None, ...], confidence: float
) -> None:
    assert scored(deal).get_column("confidence")[0] == confidence


@pytest.mark.parametrize(
    ("points", "band"),
    [(0, "healthy"), (11.9, "healthy"), (12, "watch"), (29, "watch"), (30, "at risk"), (59, "at risk"), (60, "severe")],
)
def test_a_band_begins_at_its_bound(points: float, band: str) -> None:
    given = rules()
    worth = {**given.families, "slip": replace(given.families["slip"], points={Severity.WARN: points})}
    assert scored((0, 0, 2, 0, 0), given=replace(given, families=worth)).get_column("band")[0] == band


def test_an_operator_sets_where_bands_begin() -> None:
    given = replace(rules(), bands=Bands(watch=5, at_risk=6, severe=7))
    assert scored((0, 0, 2, 0, 0), given=given).get_column("band")[0] == "at risk"


def test_the_bands_are_named_from_the_lowest_up() -> None:
    assert BANDS == ("healthy", "watch", "at risk", "severe")


def test_the_counterfactual_clears_the_rule_that_weighs_most() -> None:
    given, said = rules(), verdicts((2, 3, 3, 4, 1))
    best = counterfactual(given, findings_of(given, said), NO_SIGNALS)
    assert best is not None
    assert (best.rule_id, best.score, best.without) == ("champion-quiet", 61, 29)


def test_clearing_the_worst_of_a_family_lets_the_next_one_count() -> None:
    given, said = rules(), verdicts((2, 3, 0, 0, 0))
    best = counterfactual(given, findings_of(given, said), NO_SIGNALS)
    assert best is not None
    assert (best.rule_id, best.without) == ("contacts-none", 6)


def test_there_is_no_counterfactual_where_nothing_adds_points() -> None:
    given, said = rules(), verdicts((0, 0, 0, 0, 1))
    assert counterfactual(given, findings_of(given, said), NO_SIGNALS) is None
