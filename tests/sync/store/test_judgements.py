from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select, update

from connectors.model import Page, WriteKind
from rules.judgement.coverage import DEFINITION
from rules.judgement.owners import OwnerCoverage
from rules.judgement.streaks import STREAKS
from rules.model import CoverageVerdict
from sync.model.effect import Effect
from sync.model.judgement import FINDINGS, SCORES, Counts, Judgement
from sync.store.database.schema import findings, rule_coverage
from sync.store.plans import StoredPlan
from sync.store.store import Store
from tests.sync.store.rows import NOW, deal, page

DAY = date(2026, 6, 15)
LATER = NOW + timedelta(minutes=5)


def judgement(
    deal_ids: Sequence[str] | None = None,
    *,
    scores: dict[str, float | None] | None = None,
    found: Sequence[tuple[str, str, int]] = (),
    **values: Any,
) -> Judgement:
    score_rows = [(name, score, "watch", 0.9, "because", score is not None) for name, score in (scores or {}).items()]
    finding_rows = [(name, rule, "family", severity) for name, rule, severity in found]
    made = Judgement(
        "r",
        DAY,
        "print",
        None if deal_ids is None else frozenset(deal_ids),
        pl.DataFrame(score_rows, schema=SCORES, orient="row"),
        pl.DataFrame(finding_rows, schema=FINDINGS, orient="row"),
    )
    return replace(made, **values)


def effect(effect_id: str = "e1") -> Effect:
    return Effect(effect_id, "r", "p", WriteKind.WRITE_SCORE, None, "a", None, "a", {"score": 1}, "hash")


def since(store: Store, conn: int) -> dict[tuple[str, str], date]:
    columns = findings.c
    with store.database.read() as work:
        rows = work.fetch(select(columns.deal_id, columns.rule_id, columns.since_day).where(columns.conn == conn))
    return {(name, rule): date(1970, 1, 1) + timedelta(days=day) for name, rule, day in rows}


def test_before_the_first_judgement_there_is_no_judged_day(store: Store, conn: int) -> None:
    assert store.judgements.state(conn) is None


def test_a_judgement_says_of_which_day_and_rules_it_is(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement())
    state = store.judgements.state(conn)
    assert state is not None
    assert (state.day, state.fingerprint, state.complete) == (DAY, "print", True)


def test_an_incomplete_judgement_keeps_the_day_of_the_last_complete_one(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement())
    next_day = judgement(judged_day=DAY + timedelta(days=1), fingerprint="new", complete=False)
    store.judgements.commit(conn, next_day)
    state = store.judgements.state(conn)
    assert state is not None
    assert (state.day, state.fingerprint, state.complete) == (DAY, "print", False)


def test_an_incomplete_judgement_alone_is_none(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(complete=False))
    assert store.judgements.state(conn) is None


def test_counts_cover_deals_in_scope_and_findings_by_rule(store: Store, conn: int) -> None:
    found = [("a", "late", 3), ("b", "late", 4), ("b", "thin", 2)]
    store.judgements.commit(conn, judgement(scores={"a": 10.0, "b": 40.0, "outside": None}, found=found))
    assert store.judgements.counts(conn) == Counts(2, {"late": 2, "thin": 1})


def test_a_judgement_of_some_deals_leaves_the_others_rows(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(scores={"a": 10.0, "b": 20.0}, found=[("a", "late", 3), ("b", "late", 3)]))
    store.judgements.commit(conn, judgement(["a"], scores={"a": 0.0}))
    assert store.judgements.counts(conn) == Counts(2, {"late": 1})
    assert store.judgements.findings(conn, None).rows() == [("b", "late", 3)]


def test_a_judgement_of_all_leaves_no_other_rows(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(scores={"a": 10.0, "b": 20.0}, found=[("a", "late", 3), ("b", "late", 3)]))
    store.judgements.commit(conn, judgement(scores={"b": 20.0}, found=[("b", "late", 3)]))
    assert store.judgements.counts(conn) == Counts(1, {"late": 1})


def test_held_findings_are_given_for_the_deals_asked_about(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(found=[("a", "late", 3), ("b", "late", 4)]))
    held = store.judgements.findings(conn, ["b", "c"])
    assert held.schema == pl.Schema({"deal_id": pl.String, "rule_id": pl.String, "severity": pl.Int8})
    assert held.rows() == [("b", "late", 4)]


def test_a_finding_that_goes_on_keeps_its_first_day(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)]))
    worse = judgement(["a"], found=[("a", "late", 4), ("a", "thin", 2)], judged_day=DAY + timedelta(days=2))
    store.judgements.commit(conn, worse)
    assert since(store, conn) == {("a", "late"): DAY, ("a", "thin"): DAY + timedelta(days=2)}
    assert sorted(store.judgements.findings(conn, None)["severity"]) == [2, 4]


def test_a_finding_that_was_clear_begins_anew(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)]))
    store.judgements.commit(conn, judgement())
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)], judged_day=DAY + timedelta(days=2)))
    assert since(store, conn) == {("a", "late"): DAY + timedelta(days=2)}


@pytest.mark.parametrize(
    "ending",
    [page(deals=deal("a", is_closed=True, modified_at=LATER)), Page("deleted", gone={"deals": ("a",)})],
    ids=["closed", "gone"],
)
def test_a_deal_that_ended_loses_its_rows_at_the_next_judgement(store: Store, conn: int, ending: Page) -> None:
    store.mirror.commit_page(conn, page(deals=[deal("a"), deal("b")]))
    first = judgement(scores={"a": 1.0, "b": 2.0}, found=[("a", "late", 3), ("b", "late", 3)])
    store.judgements.commit(conn, replace(first, marks=store.dirty.affected_deals(conn).marks))
    store.mirror.commit_page(conn, ending)
    affected = store.dirty.affected_deals(conn)
    assert affected.deal_ids == frozenset()
    store.judgements.commit(conn, judgement([], marks=affected.marks))
    assert store.judgements.counts(conn) == Counts(1, {"late": 1})
    assert store.judgements.findings(conn, None)["deal_id"].to_list() == ["b"]


def test_coverage_verdicts_stay_until_new_ones_come(store: Store, conn: int) -> None:
    verdicts = (
        CoverageVerdict("", "roles:champion", "default", 0.42, judged=True, deals=120, floor=0.3),
        CoverageVerdict("mail", "touches:email", "default", 0.01, False, lapsed=True, lack="not kept"),
    )
    store.judgements.commit(conn, judgement(coverage=verdicts))
    store.judgements.commit(conn, judgement([]))
    assert store.judgements.coverage(conn) == verdicts
    store.judgements.commit(conn, judgement(coverage=verdicts[:1]))
    assert store.judgements.coverage(conn) == verdicts[:1]


def test_verdicts_of_an_older_definition_are_no_judgement(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(coverage=(CoverageVerdict("", "roles", "default", 0.4, judged=True),)))
    with store.database.write(conn) as work:
        work.run(update(rule_coverage).values(definition=DEFINITION - 1))
    assert store.judgements.coverage(conn) == ()


def test_owners_stay_until_they_are_asked_again_and_a_flip_makes_their_deals_affected(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=[deal("a", owner_id="rep"), deal("b", owner_id="other")]))
    owners = (OwnerCoverage("rep", 6, 0.2, silent=True),)
    marks = store.dirty.affected_deals(conn).marks
    store.judgements.commit(conn, judgement(marks=marks, owners=owners, flipped_owners=frozenset({"rep"})))
    store.judgements.commit(conn, judgement([]))
    assert store.judgements.owners(conn) == owners
    assert store.dirty.affected_deals(conn).deal_ids == {"a"}


def test_an_episode_whose_reason_is_clear_is_released(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(released=(("a", "slip", 2),)))
    assert store.episodes.released(conn) == frozenset({("a", "slip", 2)})


def test_judgement_plan_and_effects_are_committed_together(store: Store, conn: int) -> None:
    plan = StoredPlan("p", "r", NOW, ())
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)]), effects=[effect()], plan=plan)
    assert store.ledger.open_effects(conn) == [effect()]
    assert store.plans.latest(conn) == plan


def test_a_commit_that_fails_leaves_nothing_of_the_judgement(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)]))
    before = store.dirty.affected_deals(conn)
    store.dirty.mark_all(conn)
    broken = replace(effect("e2"), kind=WriteKind.CREATE_TASK)
    plan = StoredPlan("p", "r", NOW, ())
    failing = judgement(fingerprint="new", marks=before.marks + 9, coverage=(), released=(("a", "slip", 1),))
    with pytest.raises(ValueError, match="without key, family and episode"):
        store.judgements.commit(conn, failing, effects=[effect(), broken], plan=plan)
    state = store.judgements.state(conn)
    assert state is not None
    assert state.fingerprint == "print"
    assert store.judgements.findings(conn, None).height == 1
    assert store.ledger.open_effects(conn) == []
    assert store.plans.latest(conn) is None
    assert store.episodes.released(conn) == frozenset()
    assert store.dirty.affected_deals(conn).deal_ids is None


def streaks_of(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """Streaks of holding for so many days."""
    return pl.DataFrame(
        [(deal, rule, 0, True, days, 0, DAY) for deal, rule, days in rows], schema=STREAKS, orient="row"
    )


def shadowed(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame([(deal, rule, "family", severity) for deal, rule, severity in rows], FINDINGS, orient="row")


def test_findings_in_shadow_are_counted_apart(store: Store, conn: int) -> None:
    store.judgements.commit(
        conn, judgement(found=[("a", "late", 3)], shadow=shadowed(("a", "thin", 2), ("b", "thin", 2)))
    )
    assert (store.judgements.counts(conn).findings, store.judgements.counts(conn).shadow) == ({"late": 1}, {"thin": 2})


def test_a_finding_keeps_its_first_day_when_it_leaves_the_shadow(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(shadow=shadowed(("a", "late", 3))))
    store.judgements.commit(conn, judgement(found=[("a", "late", 3)], judged_day=DAY + timedelta(days=2)))
    assert since(store, conn) == {("a", "late"): DAY}
    assert store.judgements.counts(conn).shadow == {}


def test_findings_in_shadow_are_held_too(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(shadow=shadowed(("a", "late", 3))))
    assert store.judgements.findings(conn, ["a"]).rows() == [("a", "late", 3)]


def test_streaks_are_remembered_as_they_were(store: Store, conn: int) -> None:
    streaks = streaks_of(("a", "late", 2), ("b", "late", 5))
    store.judgements.commit(conn, judgement(streaks=streaks))
    assert store.judgements.streaks(conn, ["b", "a"]).sort("deal_id").equals(streaks)
    assert store.judgements.streaks(conn, ["c"]).schema == STREAKS


def test_a_judgement_of_some_deals_replaces_their_streaks_alone(store: Store, conn: int) -> None:
    store.judgements.commit(conn, judgement(streaks=streaks_of(("a", "late", 2), ("b", "late", 5))))
    store.judgements.commit(conn, judgement(["a"]))
    assert store.judgements.streaks(conn, ["a", "b"])["deal_id"].to_list() == ["b"]


def test_rules_that_became_judgeable_late_stay_until_the_next_full_judgement_says_otherwise(
    store: Store, conn: int
) -> None:
    late = frozenset({("thin", "default")})
    store.judgements.commit(conn, judgement(late=late))
    store.judgements.commit(conn, judgement(["a"]))
    assert store.judgements.late_rules(conn) == late
    store.judgements.commit(conn, judgement(late=frozenset()))
    assert store.judgements.late_rules(conn) == frozenset()


def test_a_closed_deal_that_is_judged_keeps_its_findings(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, page(deals=deal("a")))
    store.judgements.commit(conn, judgement(marks=store.dirty.affected_deals(conn).marks))
    store.mirror.commit_page(conn, page(deals=deal("a", is_closed=True, modified_at=LATER)))
    assert store.dirty.affected_closed(conn) == {"a"}
    marks = store.dirty.affected_deals(conn).marks
    review = judgement([], found=[("a", "why-lost", 3)], closed=frozenset({"a"}), marks=marks)
    store.judgements.commit(conn, review)
    assert store.judgements.findings(conn, ["a"]).rows() == [("a", "why-lost", 3)]
