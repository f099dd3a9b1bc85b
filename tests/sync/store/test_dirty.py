from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.model import Page
from sync.model.judgement import FINDINGS, SCORES, Judgement
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, deal, frame, page

LATER = NOW + timedelta(minutes=5)


def settle(store: Store, conn: int) -> None:
    """Commit a judgement of everything that is marked now."""
    affected = store.dirty.affected_deals(conn)
    deal_ids = None if affected.deal_ids is None else affected.deal_ids
    store.judgements.commit(
        conn,
        Judgement("r", date(2026, 6, 15), "f", deal_ids, SCORES.to_frame(), FINDINGS.to_frame(), marks=affected.marks),
    )


@pytest.fixture
def quiet(store: Store, conn: int) -> int:
    """A connection of four open deals around which nothing has changed since the last judgement."""
    store.mirror.commit_page(
        conn,
        page(
            deals=[
                deal("by-role"),
                deal("by-link"),
                deal("by-owner", owner_id="rep", account_id="acc"),
                deal("alone"),
                deal("closed", is_closed=True, owner_id="rep", account_id="acc"),
            ],
            roles={"role_id": "r", "deal_id": "by-role", "contact_id": "buyer"},
            contacts={"contact_id": "buyer", "name": "B"},
            accounts={"account_id": "acc", "name": "A"},
            owners=[{"owner_id": "rep", "manager_id": "boss"}, {"owner_id": "boss", "active": True}],
            touches=[{"touch_id": "mail", "at": NOW}, {"touch_id": "call", "at": NOW}],
            touch_links=[
                {"link_id": "l1", "touch_id": "mail", "contact_id": "buyer"},
                {"link_id": "l2", "touch_id": "call", "deal_id": "by-link"},
            ],
        ),
    )
    settle(store, conn)
    return conn


def affected(store: Store, conn: int) -> set[str] | None:
    deal_ids = store.dirty.affected_deals(conn).deal_ids
    return None if deal_ids is None else set(deal_ids)


def test_a_new_connection_has_everything_to_judge(store: Store, conn: int) -> None:
    assert affected(store, conn) is None


def test_after_a_judgement_nothing_is_left(store: Store, quiet: int) -> None:
    assert affected(store, quiet) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"deals": deal("alone", name="Other", modified_at=LATER)}, {"alone"}),
        ({"roles": {"role_id": "r", "deal_id": "by-role", "contact_id": "buyer", "role": "champion"}}, {"by-role"}),
        ({"roles": {"role_id": "r", "deal_id": "alone", "contact_id": "buyer"}}, {"by-role", "alone"}),
        ({"contacts": {"contact_id": "buyer", "name": "New"}}, {"by-role"}),
        ({"accounts": {"account_id": "acc", "name": "New"}}, {"by-owner"}),
        ({"owners": {"owner_id": "rep", "manager_id": "boss", "active": False}}, {"by-owner"}),
        ({"owners": {"owner_id": "boss", "active": False}}, {"by-owner"}),
        ({"touches": {"touch_id": "mail", "at": LATER}}, {"by-role"}),
        ({"touches": {"touch_id": "call", "at": LATER}}, {"by-link"}),
        ({"touch_links": {"link_id": "l2", "touch_id": "call", "deal_id": "alone"}}, {"by-link", "alone"}),
        ({"touch_links": {"link_id": "l3", "touch_id": "call", "contact_id": "buyer"}}, {"by-link", "by-role"}),
        ({"changes": {"change_id": "h", "deal_id": "alone", "field": "stage", "at": NOW}}, {"alone"}),
        ({"own_tasks": {"task_id": "t", "deal_id": "alone", "modified_by_us": True}}, set()),
        ({"own_tasks": {"task_id": "t", "deal_id": "alone", "modified_by_us": False}}, {"alone"}),
        ({"own_tasks": {"task_id": "t", "deal_id": "alone", "modified_by_us": True, "is_deleted": True}}, {"alone"}),
        ({"own_scores": {"deal_id": "alone", "score": 40.0}}, set()),
        ({"stages": {"pipeline": "default", "stage_id": "s", "rank": 1}}, None),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_change_leads_to_the_deals_that_it_concerns(
    store: Store, quiet: int, changed: dict[str, Any], expected: set[str] | None
) -> None:
    store.mirror.commit_page(quiet, page(**changed))
    assert affected(store, quiet) == expected


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ({"roles": ("r",)}, {"by-role"}),
        ({"contacts": ("buyer",)}, {"by-role"}),
        ({"touches": ("mail",)}, {"by-role"}),
        ({"touches": ("call",)}, {"by-link"}),
        ({"touch_links": ("l2",)}, {"by-link"}),
        ({"accounts": ("acc",)}, {"by-owner"}),
        ({"deals": ("alone",)}, set()),
        ({"roles": ("never-seen",)}, set()),
    ],
)
def test_what_is_gone_leads_to_the_deals_that_it_concerned(
    store: Store, quiet: int, gone: dict[str, tuple[str, ...]], expected: set[str]
) -> None:
    store.mirror.commit_page(quiet, Page("deleted", gone=gone))
    assert affected(store, quiet) == expected


def test_the_same_rows_again_affect_nothing(store: Store, quiet: int) -> None:
    store.mirror.commit_page(
        quiet, page(deals=deal("alone", modified_at=LATER), contacts={"contact_id": "buyer", "name": "B"})
    )
    assert affected(store, quiet) == set()


def test_a_replaced_table_that_is_the_same_affects_nothing(store: Store, quiet: int) -> None:
    stages = Page("s", {"stages": frame("stages", {"pipeline": "p", "stage_id": "s"})}, replace=("stages",))
    store.mirror.commit_page(quiet, stages)
    settle(store, quiet)
    store.mirror.commit_page(quiet, stages)
    assert affected(store, quiet) == set()


def test_marks_survive_the_process(store: Store, quiet: int, place: Place) -> None:
    store.mirror.commit_page(quiet, page(deals=deal("alone", name="Other", modified_at=LATER)))
    store.close()
    again = place.open()
    assert affected(again, quiet) == {"alone"}
    again.close()


@pytest.mark.parametrize("everything_first", [False, True])
def test_a_mark_made_after_they_were_read_is_not_cleared(store: Store, quiet: int, everything_first: bool) -> None:
    if everything_first:
        store.dirty.mark_all(quiet)
    marks = store.dirty.affected_deals(quiet).marks
    store.mirror.commit_page(quiet, page(deals=deal("alone", name="Other", modified_at=LATER)))
    late = Judgement("r", date(2026, 6, 15), "f", None, SCORES.to_frame(), FINDINGS.to_frame(), marks=marks)
    store.judgements.commit(quiet, late)
    assert affected(store, quiet) == (None if everything_first else {"alone"})


def test_judging_some_deals_does_not_answer_a_call_for_all(store: Store, quiet: int) -> None:
    store.dirty.mark_all(quiet)
    marks = store.dirty.affected_deals(quiet).marks
    some = Judgement(
        "r", date(2026, 6, 15), "f", frozenset({"alone"}), SCORES.to_frame(), FINDINGS.to_frame(), marks=marks
    )
    store.judgements.commit(quiet, some)
    assert affected(store, quiet) is None


OURS = {"task_id": "t", "deal_id": "alone", "is_open": True, "modified_by_us": True}


def after(store: Store, conn: int, **changes: Any) -> set[str] | None:
    """Give the affected deals once a task of ours became another, our user still being the last to change it."""
    store.mirror.commit_page(conn, page(own_tasks=OURS))
    store.mirror.commit_page(conn, page(own_tasks=OURS | changes))
    return affected(store, conn)


@pytest.mark.parametrize("changes", [{"body": "We wrote this"}, {"is_open": False, "reason": "The deal was won."}])
def test_what_we_did_to_a_task_marks_nothing(store: Store, quiet: int, changes: dict[str, Any]) -> None:
    assert after(store, quiet, **changes) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"answer": "#notrisk"}, {"alone"}),
        ({"is_open": False}, {"alone"}),
        ({"deal_id": "by-role"}, {"alone", "by-role"}),
    ],
)
def test_what_a_person_did_marks_the_deal_though_a_late_write_of_ours_came_after(
    store: Store, quiet: int, changes: dict[str, Any], expected: set[str]
) -> None:
    assert after(store, quiet, **changes) == expected


def test_a_task_that_is_gone_marks_its_deal(store: Store, quiet: int) -> None:
    store.mirror.commit_page(quiet, page(own_tasks=OURS))
    store.mirror.commit_page(quiet, Page("any", gone={"own_tasks": ["t"]}))
    assert affected(store, quiet) == {"alone"}


def test_a_deal_whose_task_alone_changed_did_not_change_itself(store: Store, quiet: int) -> None:
    store.mirror.commit_page(quiet, page(own_tasks={"task_id": "t", "deal_id": "alone", "modified_by_us": False}))
    assert store.dirty.affected_deals(quiet).changed == frozenset()
