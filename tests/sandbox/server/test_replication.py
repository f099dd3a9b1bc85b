from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def window(caller: Any, *, back: timedelta, end: timedelta = timedelta(minutes=5)) -> dict[str, str]:
    now = caller.sandbox.clock.now()
    return {"start": (now - back).isoformat(), "end": (now + end).isoformat()}


def test_a_changed_row_is_told_and_others_are_not(caller: Any) -> None:
    deal = caller.deal()
    caller.control("clock", {"advance_s": 7200})
    caller.patch(f"/sobjects/Opportunity/{deal}", {"NextStep": "Call"})
    caller.control("clock", {"advance_s": 10})
    body = caller.get("/sobjects/Opportunity/updated/", params=window(caller, back=timedelta(hours=1))).json()
    assert body["ids"] == [deal]
    assert body["latestDateCovered"].endswith(".000+0000")


def test_a_contact_role_that_is_gone_for_good_is_told(caller: Any) -> None:
    role = caller.query("SELECT Id FROM OpportunityContactRole LIMIT 1")["records"][0]["Id"]
    caller.call("DELETE", f"/sobjects/OpportunityContactRole/{role}")
    caller.control("clock", {"advance_s": 10})
    body = caller.get(
        "/sobjects/OpportunityContactRole/deleted/", params=window(caller, back=timedelta(hours=1))
    ).json()
    assert [entry["id"] for entry in body["deletedRecords"]] == [role]
    assert set(body) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


def test_the_covered_time_is_never_ahead_of_the_org(caller: Any) -> None:
    body = caller.get(
        "/sobjects/Task/updated/", params=window(caller, back=timedelta(hours=1), end=timedelta(days=1))
    ).json()
    assert body["latestDateCovered"][:19] <= caller.sandbox.clock.now().isoformat()[:19]


@pytest.mark.parametrize(
    ("what", "back", "end"),
    [
        ("updated", timedelta(days=31), timedelta(0)),
        ("deleted", timedelta(days=16), timedelta(0)),
        ("updated", timedelta(seconds=30), timedelta(0)),
    ],
)
def test_a_window_too_old_or_too_short_is_refused(reader: Any, what: str, back: timedelta, end: timedelta) -> None:
    reply = reader.get(f"/sobjects/Task/{what}", params=window(reader, back=back, end=end))
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_a_time_without_its_zone_is_refused(reader: Any) -> None:
    reply = reader.get("/sobjects/Task/updated", params={"start": "2026-06-14T00:00:00", "end": "2026-06-15T00:00:00"})
    assert reply.status_code == 400


def test_an_object_that_keeps_no_log_is_refused(reader: Any) -> None:
    reply = reader.get("/sobjects/TaskStatus/updated", params=window(reader, back=timedelta(hours=1)))
    assert reply.status_code == 400
