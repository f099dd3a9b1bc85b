from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.hubspot.pull.passes import LAG, OVERLAP, Pass, passes
from connectors.model import Cursor

T0 = datetime(2026, 6, 15, 9, tzinfo=UTC)


def after(*cursors: Cursor) -> dict[str, Cursor]:
    return {cursor.source: cursor for cursor in cursors}


def first() -> Pass:
    (found,) = passes("deals", "s", {}, T0)
    return found


def test_a_first_read_has_no_lower_bound() -> None:
    assert (first().since, first().filters("deals")) == (None, [])


def test_the_next_read_begins_before_the_last_one_began() -> None:
    (following,) = passes("deals", "s", after(first().done(), first().late()), T0 + timedelta(minutes=10))

    assert following.since == T0 - OVERLAP


def test_the_late_pass_comes_an_hour_behind_and_before_the_fast_one() -> None:
    now = T0 + timedelta(hours=2)

    late, fast = passes("deals", "s", after(first().done(), first().late()), now)

    assert (late.source, late.since, late.until) == ("deals:late", T0 - LAG, now - LAG)
    assert fast.source == "deals"


def test_a_late_pass_goes_on_where_the_last_one_ended() -> None:
    now = T0 + timedelta(hours=2)
    late, fast = passes("deals", "s", after(first().done(), first().late()), now)

    again, _ = passes("deals", "s", after(fast.done(), late.done()), now + timedelta(hours=1))

    assert again.since == late.until


def test_an_interrupted_pass_keeps_its_begin_and_goes_on_behind_the_last_id() -> None:
    now = T0 + timedelta(minutes=10)
    (fast,) = passes("deals", "s", after(first().done(), first().late()), now)

    *_, resumed, _ = passes("deals", "s", after(fast.at("21", ("7",)), first().late()), now + timedelta(hours=5))

    assert (resumed.since, resumed.started, resumed.last, resumed.owed) == (fast.since, now, "21", ("7",))
    assert resumed.done().complete_through == now


def test_what_changed_behind_an_interrupted_pass_is_read_by_one_more_in_the_same_pull() -> None:
    now, then = T0 + timedelta(minutes=10), T0 + timedelta(hours=5)
    (fast,) = passes("deals", "s", after(first().done(), first().late()), now)

    *_, newest = passes("deals", "s", after(fast.at("21"), first().late()), then)

    assert (newest.since, newest.last, newest.until) == (now - OVERLAP, "", None)
    assert newest.done().complete_through == then


def test_an_interrupted_late_pass_keeps_its_end() -> None:
    now = T0 + timedelta(hours=2)
    late, fast = passes("deals", "s", after(first().done(), first().late()), now)

    resumed, _ = passes("deals", "s", after(fast.done(), late.at("21")), now + timedelta(minutes=1))

    assert (resumed.until, resumed.last) == (late.until, "21")


def test_an_unfinished_first_read_says_nothing_of_completeness() -> None:
    assert first().at("21").complete_through is None


def test_an_unfinished_later_read_does_not_take_completeness_back() -> None:
    (fast,) = passes("deals", "s", after(first().done(), first().late()), T0 + timedelta(minutes=10))

    assert fast.at("21").complete_through == T0 - OVERLAP


def test_another_way_of_reading_begins_anew() -> None:
    (found,) = passes("deals", "other", after(first().done(), first().late()), T0)

    assert found.since is None


def test_a_cursor_that_cannot_be_read_begins_anew() -> None:
    (found,) = passes("deals", "s", after(Cursor("deals", "{")), T0)

    assert found.since is None


def test_contacts_have_a_stamp_of_their_own() -> None:
    one = Pass("contacts", "1", T0, since=T0, until=T0)

    assert [found["propertyName"] for found in one.filters("contacts")] == ["lastmodifieddate"] * 2
    assert [found["operator"] for found in one.filters("contacts")] == ["GTE", "LTE"]
    assert one.filters("deals")[0]["value"] == "1781514000000"
