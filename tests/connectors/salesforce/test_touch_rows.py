"""Which records are touches, and in which direction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.model import TABLES
from connectors.salesforce.rows.touches import TouchContext, event_rows, mail_rows, relation_rows, task_rows

CONTEXT = TouchContext(ZoneInfo("America/New_York"), reads_mails=True)
DEAL, CONTACT, USER = "006000000000001AAA", "003000000000001AAA", "005000000000001AAA"


def call(**more: Any) -> dict[str, Any]:
    return {
        "Id": "00T1",
        "IsClosed": True,
        "TaskSubtype": "Call",
        "WhatId": DEAL,
        "WhoId": CONTACT,
        "OwnerId": USER,
        "CompletedDateTime": "2026-06-10T15:00:00.000+0000",
        **more,
    }


def event(**more: Any) -> dict[str, Any]:
    return {"Id": "00U1", "StartDateTime": "2026-06-10T15:00:00.000+0000", "WhatId": DEAL, "IsChild": False, **more}


def direction_of(record: dict[str, Any]) -> str:
    found = task_rows([record], CONTEXT).tables["touches"]
    return str(found["direction"][0])


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ({"CallDurationInSeconds": 300}, "two_way"),
        ({"CallDisposition": "Connected"}, "two_way"),
        ({"CallDisposition": "Spoke with CFO"}, "two_way"),
        ({"CallDisposition": "Left voicemail", "CallDurationInSeconds": 40}, "outbound"),
        ({"CallDisposition": "No answer"}, "outbound"),
        ({"CallDisposition": "Not connected"}, "outbound"),
        ({"CallDurationInSeconds": 0}, "outbound"),
        ({"CallType": "Inbound"}, "inbound"),
        ({}, "unknown"),
    ],
)
def test_a_call_is_two_way_only_when_it_says_so(said: dict[str, Any], direction: str) -> None:
    assert direction_of(call(**said)) == direction


@pytest.mark.parametrize(
    "more", [{"IsClosed": False}, {"TaskSubtype": "Task"}, {"IsDeleted": True}, {"IsRecurrence": True}]
)
def test_what_is_no_touch_is_gone(more: dict[str, Any]) -> None:
    found = task_rows([call(**more)], CONTEXT)
    assert found.tables["touches"].height == 0
    assert found.gone["touches"] == found.gone["touch_links"] == ("00T1",)


def test_a_logged_mail_counts_only_where_mails_cannot_be_read() -> None:
    record = call(TaskSubtype="Email")
    assert task_rows([record], CONTEXT).tables["touches"].height == 0
    found = task_rows([record], TouchContext(CONTEXT.zone, reads_mails=False)).tables["touches"]
    assert found.select("kind", "direction").rows() == [("email", "unknown")]


def test_a_call_took_place_on_the_day_that_a_person_gave() -> None:
    late = call(ActivityDate="2026-06-03")
    assert task_rows([late], CONTEXT).tables["touches"]["at"][0] == datetime(2026, 6, 3, 4, tzinfo=UTC)
    early = call(ActivityDate="2026-06-30")
    assert task_rows([early], CONTEXT).tables["touches"]["at"][0] == datetime(2026, 6, 10, 15, tzinfo=UTC)


def test_a_meeting_is_two_way_and_linked_to_its_deal() -> None:
    found = event_rows([event(WhoId=CONTACT)], CONTEXT)
    assert found.tables["touches"].select("kind", "direction").rows() == [("meeting", "two_way")]
    assert found.tables["touch_links"].rows() == [("00U1", "00U1", DEAL, CONTACT)]


def test_a_meeting_of_a_whole_day_begins_with_that_day_in_the_org() -> None:
    record = event(IsAllDayEvent=True, ActivityDate="2026-06-10", StartDateTime="2026-06-10T00:00:00.000+0000")
    assert event_rows([record], CONTEXT).tables["touches"]["at"][0] == datetime(2026, 6, 10, 4, tzinfo=UTC)


def test_an_invitees_copy_is_no_meeting_of_its_own() -> None:
    assert event_rows([event(IsChild=True)], CONTEXT).tables["touches"].height == 0


def test_mails_have_a_direction_and_drafts_are_none() -> None:
    sent = {"Id": "02s1", "MessageDate": "2026-06-10T15:00:00Z", "RelatedToId": DEAL, "Incoming": False, "Status": "3"}
    records = [sent, {**sent, "Id": "02s2", "Incoming": True}, {**sent, "Id": "02s3", "Status": "5"}]
    found = mail_rows(records).tables["touches"]
    assert found.select("touch_id", "direction").rows() == [("02s1", "outbound"), ("02s2", "inbound")]


def test_a_touch_of_neither_deal_nor_contact_has_no_link() -> None:
    found = event_rows([event(WhatId="001000000000001AAA", WhoId="00Q000000000001AAA")], CONTEXT)
    assert found.tables["touches"].height == 1
    assert found.tables["touch_links"].height == 0
    assert found.gone["touch_links"] == ("00U1",)


def test_only_contacts_who_did_not_decline_took_part() -> None:
    base = {"EventId": "00U1", "RelationId": CONTACT}
    records = [
        {"Id": "r1", **base, "Status": "Accepted"},
        {"Id": "r2", **base, "Status": "Declined"},
        {"Id": "r3", **base, "RelationId": USER},
        {"Id": "r4", **base, "IsDeleted": True},
        {"Id": "r5", **base, "RelationId": DEAL},
    ]
    found = relation_rows(records, "EventId")
    assert found.tables["touch_links"].rows() == [("r1", "00U1", None, CONTACT)]
    assert found.gone["touch_links"] == ("r2", "r3", "r4", "r5")


def test_no_records_make_frames_of_the_right_shape() -> None:
    for found in (task_rows([], CONTEXT), event_rows([], CONTEXT), mail_rows([]), relation_rows([], "TaskId")):
        for name, frame in found.tables.items():
            assert frame.schema == TABLES[name]
