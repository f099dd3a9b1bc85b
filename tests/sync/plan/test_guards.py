from __future__ import annotations

from dataclasses import replace

from connectors.model import WriteKind
from sync.model.change import Change, PlannedChange
from sync.model.close_reason import REGROUPED
from sync.model.limits import NO_GUARDS, Decided, Guards
from sync.plan.guards import Guarded, Measured, guard

MUCH = Measured(deals=1000, open_tasks=1000, made_today=0)
UNDECIDED = Decided()


def change(kind: WriteKind, number: int, why: str = "slip-rule (high)") -> PlannedChange:
    deal = f"deal-{number}"
    change = Change("acme", deal, deal, kind, "slip", f"dw:{number}", None, None, None, (), why)
    return PlannedChange(change, {}, f"hash-{number}")


def creates(count: int) -> list[PlannedChange]:
    return [change(WriteKind.CREATE_TASK, number) for number in range(count)]


def closes(count: int) -> list[PlannedChange]:
    return [change(WriteKind.CLOSE_TASK, number, "Resolved.") for number in range(count)]


def held(guarded: Guarded) -> set[WriteKind]:
    return {planned.kind for planned in guarded.held}


def test_without_guards_everything_goes_out() -> None:
    plan = [*creates(5000), *closes(1000)]
    assert guard(plan, NO_GUARDS, MUCH, UNDECIDED).released == tuple(plan)


def test_as_many_new_tasks_as_a_cycle_may_make_go_out() -> None:
    assert guard(creates(3), Guards(new_tasks_per_cycle=3), MUCH, UNDECIDED).held == ()


def test_one_new_task_too_many_holds_all_of_them() -> None:
    assert len(guard(creates(4), Guards(new_tasks_per_cycle=3), MUCH, UNDECIDED).held) == 4


def test_only_the_kind_that_is_too_much_is_held() -> None:
    plan = [*creates(4), *closes(2), change(WriteKind.UPDATE_TASK, 9), change(WriteKind.WRITE_SCORE, 9)]
    guarded = guard(plan, Guards(new_tasks_per_cycle=3), MUCH, UNDECIDED)
    assert (held(guarded), len(guarded.released)) == ({WriteKind.CREATE_TASK}, 4)


def test_tasks_of_earlier_today_count_for_the_day() -> None:
    guards = Guards(new_tasks_per_day=5)
    verdicts = [guard(creates(3), guards, Measured(1000, 1000, today), UNDECIDED).held for today in (2, 3)]
    assert [len(verdict) for verdict in verdicts] == [0, 3]


def test_a_day_that_is_full_holds_no_plan_without_new_tasks() -> None:
    assert guard(closes(3), Guards(new_tasks_per_day=5), Measured(1000, 1000, 9), UNDECIDED).why == ()


def test_a_share_of_deals_counts_deals_and_not_tasks() -> None:
    twice = [change(WriteKind.CREATE_TASK, 1), change(WriteKind.CREATE_TASK, 1)]
    assert guard(twice, Guards(share_of_deals=0.05), Measured(20, 0, 0), UNDECIDED).held == ()


def test_more_than_the_share_of_deals_is_held() -> None:
    assert len(guard(creates(3), Guards(share_of_deals=0.1), Measured(20, 0, 0), UNDECIDED).held) == 3


def test_shares_say_nothing_below_twenty() -> None:
    guards, few = Guards(share_of_deals=0.1, share_closed=0.1), Measured(19, 19, 0)
    assert guard([*creates(19), *closes(19)], guards, few, UNDECIDED).held == ()


def test_closing_more_than_the_share_of_open_tasks_holds_the_closings() -> None:
    guarded = guard([*creates(5), *closes(11)], Guards(share_closed=0.5), Measured(20, 20, 0), UNDECIDED)
    assert held(guarded) == {WriteKind.CLOSE_TASK}


def test_what_was_approved_goes_out_and_does_not_count() -> None:
    plan = creates(5)
    approved = Decided(approved=frozenset(planned.change.identity for planned in plan[:3]))
    assert guard(plan, Guards(new_tasks_per_cycle=2), MUCH, approved).released == tuple(plan)


def test_what_was_rejected_neither_goes_out_nor_waits_nor_counts() -> None:
    plan = creates(5)
    rejected = Decided(rejected=frozenset(planned.change.identity for planned in plan[:3]))
    guarded = guard(plan, Guards(new_tasks_per_cycle=2), MUCH, rejected)
    assert (len(guarded.released), len(guarded.held), len(guarded.rejected)) == (2, 0, 3)


def test_a_guard_says_what_it_counted_and_which_key_holds() -> None:
    (why,) = guard(creates(5000), Guards(new_tasks_per_cycle=200), MUCH, UNDECIDED).why
    assert why == "5,000 new tasks in one cycle, where new_tasks_per_cycle allows 200"


def test_a_text_that_changed_leaves_a_change_the_same() -> None:
    planned = change(WriteKind.CREATE_TASK, 1)
    reworded = PlannedChange(planned.change, {"body": "now 2 of 5"}, "another hash")
    assert reworded.change.identity == planned.change.identity


def test_another_severity_makes_another_change() -> None:
    severities = (change(WriteKind.CREATE_TASK, 1, f"slip-rule ({word})") for word in ("high", "critical"))
    assert len({planned.change.identity for planned in severities}) == 2


def test_a_reason_in_the_words_of_an_earlier_version_makes_no_other_change() -> None:
    earlier, current = (
        change(WriteKind.CLOSE_TASK, 1, why) for why in ("The rule speaks in another task now.", REGROUPED)
    )
    assert earlier.change.identity == current.change.identity


def scores(count: int, *, replaces: bool = True) -> list[PlannedChange]:
    return [replace(change(WriteKind.WRITE_SCORE, number, "watch"), replaces=replaces) for number in range(count)]


def test_more_than_the_share_of_scores_is_held_as_one_kind() -> None:
    plan = [*scores(11), *creates(1)]
    guarded = guard(plan, Guards(share_scored=0.5), Measured(20, 0, 0, scored=20), UNDECIDED)
    assert (held(guarded), len(guarded.held)) == ({WriteKind.WRITE_SCORE}, 11)
    assert guarded.why == ("replacing 11 of 20 scores, where share_scored allows 50%",)


def test_as_many_scores_as_the_share_allows_go_out() -> None:
    assert guard(scores(10), Guards(share_scored=0.5), Measured(20, 0, 0, scored=20), UNDECIDED).held == ()


def test_first_scores_replace_nothing_and_are_never_held() -> None:
    plan = scores(20, replaces=False)
    assert guard(plan, Guards(share_scored=0.5), Measured(20, 0, 0, scored=0), UNDECIDED).held == ()


def test_a_share_of_scores_says_nothing_below_twenty() -> None:
    assert guard(scores(19), Guards(share_scored=0.5), Measured(20, 0, 0, scored=19), UNDECIDED).held == ()
