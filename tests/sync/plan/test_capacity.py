from __future__ import annotations

from datetime import date
from typing import Any

from rules.model import Severity
from sync.model.limits import Caps
from sync.model.own_task import OwnTask, TaskState
from sync.model.suppressed import Want
from sync.plan.caps import Load, suppress
from tests.sync.builders import TODAY

REP = "005000000000001AAA"


def want(deal_id: str = "d1", family: str = "slip", **changes: Any) -> Want:
    values = {"owner_id": REP, "severity": Severity.HIGH, "points": 10.0, "amount": 5000.0}
    return Want(deal_id, family, **(values | changes))


def task(deal_id: str = "d0", **changes: Any) -> OwnTask:
    values: dict[str, Any] = {
        "task_id": deal_id,
        "key": "dw:0-1",
        "deal_id": deal_id,
        "family": "slip",
        "episode": 1,
        "state": TaskState.OPEN,
        "user_modified": frozenset(),
        "owner_id": REP,
        "subject": "",
        "body": "",
        "priority": "high",
        "due": TODAY,
        "modified_at": None,
    }
    return OwnTask(**(values | changes))


def open_load(*tasks: OwnTask) -> Load:
    load = Load()
    load.add_open(tasks, TODAY)
    return load


def served(wants: list[Want], load: Load, **limits: int) -> list[tuple[str, str]]:
    waiting = {entry.want for entry in suppress(wants, load, Caps(**limits))}
    return sorted((want.deal_id, want.family) for want in wants if want not in waiting)


def causes(wants: list[Want], load: Load, **limits: int) -> list[str]:
    return [entry.cause for entry in suppress(wants, load, Caps(**limits))]


def order(*wants: Want) -> list[str]:
    return [want.deal_id for want in sorted(wants, key=lambda want: want.rank)]


def test_without_limits_nothing_is_suppressed() -> None:
    crowd = open_load(*(task(f"d{number}", due=date(2026, 1, 1)) for number in range(50)))
    assert causes([want()], crowd) == []


def test_worse_severities_come_first() -> None:
    assert order(want("a"), want("b", severity=Severity.CRITICAL)) == ["b", "a"]


def test_among_equal_severities_more_points_come_first() -> None:
    assert order(want("a"), want("b", points=12.0)) == ["b", "a"]


def test_among_equal_points_larger_amounts_come_first_and_unknown_ones_last() -> None:
    assert order(want("a", amount=None), want("b", amount=0.0), want("c", amount=9.0)) == ["c", "b", "a"]


def test_equal_wants_come_in_the_order_of_their_deals() -> None:
    assert order(want("b"), want("a")) == ["a", "b"]


def test_what_the_crm_refused_before_comes_after_everything_else() -> None:
    assert order(want("a", severity=Severity.CRITICAL, refused=True), want("b")) == ["b", "a"]


def test_a_deal_gets_one_task_for_its_worst_family() -> None:
    both = [want(family="hygiene"), want(family="slip", severity=Severity.CRITICAL)]
    assert served(both, Load(), open_per_deal=1) == [("d1", "slip")]


def test_an_open_task_fills_its_deal_whoever_has_it() -> None:
    assert causes([want("d1")], open_load(task("d1", owner_id="another")), open_per_deal=1) == ["open_per_deal"]


def test_a_person_with_as_many_open_tasks_as_allowed_gets_no_more() -> None:
    assert causes([want()], open_load(task("a"), task("b")), open_per_owner=2) == ["open_per_owner"]


def test_another_person_s_tasks_take_no_capacity() -> None:
    assert causes([want()], open_load(task("a", owner_id="another")), open_per_owner=1) == []


def test_a_person_gets_so_many_new_tasks_a_day_worst_first() -> None:
    flood = [want(f"d{number}", amount=float(number)) for number in range(9)]
    assert served(flood, Load(), new_per_owner_per_day=3) == [("d6", "slip"), ("d7", "slip"), ("d8", "slip")]


def test_tasks_made_earlier_today_count() -> None:
    load = Load()
    load.made_today.update([REP, REP])
    assert served([want("a"), want("b")], load, new_per_owner_per_day=3) == [("a", "slip")]


def test_a_person_with_too_many_overdue_untouched_tasks_gets_none() -> None:
    late = open_load(*(task(name, due=date(2026, 6, 14)) for name in "abc"))
    assert causes([want()], late, pause_owner_at=3) == ["pause_owner_at"]


def test_a_task_due_today_is_not_overdue() -> None:
    assert causes([want()], open_load(task()), pause_owner_at=1) == []


def test_an_overdue_task_that_its_owner_touched_pauses_nobody() -> None:
    assert (
        causes([want()], open_load(task(due=date(2026, 6, 1), user_modified=frozenset({"body"}))), pause_owner_at=1)
        == []
    )


def test_tasks_for_nobody_in_particular_are_capped_together() -> None:
    assert len(served([want(f"d{n}", owner_id=None) for n in range(5)], Load(), new_per_owner_per_day=2)) == 2


def test_a_family_suppressed_for_its_receiver_leaves_the_deal_to_the_next() -> None:
    busy = open_load(task("a", owner_id="manager"))
    both = [want(family="slip", owner_id="manager", points=20.0), want(family="hygiene")]
    assert served(both, busy, open_per_deal=1, open_per_owner=1) == [("d1", "hygiene")]


def test_a_critical_finding_may_exceed_the_open_tasks_of_a_person_by_two() -> None:
    flood = [want(f"d{number}", severity=Severity.CRITICAL) for number in range(9)]
    busy = open_load(task("a"), task("b"))
    assert served(flood, busy, open_per_owner=2) == [("d0", "slip"), ("d1", "slip")]


def test_a_critical_finding_passes_what_a_person_gets_in_a_day() -> None:
    load = Load()
    load.made_today.update([REP])
    mixed = [want("a"), want("b", severity=Severity.CRITICAL)]
    assert served(mixed, load, new_per_owner_per_day=1) == [("b", "slip")]


def test_a_critical_finding_counts_as_the_task_of_the_day_for_milder_ones() -> None:
    mixed = [want("a"), want("b", severity=Severity.CRITICAL)]
    assert served(mixed, Load(), new_per_owner_per_day=1) == [("b", "slip")]


def test_while_ramping_critical_findings_alone_make_tasks() -> None:
    mixed = [want("a"), want("b", severity=Severity.CRITICAL)]
    suppressed = suppress(mixed, Load(), Caps(ramp=10), ramping=True)
    assert [(entry.want.deal_id, entry.cause) for entry in suppressed] == [("a", "ramp")]
