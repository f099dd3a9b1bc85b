"""What logged activities do to the records that they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.hubspot.portal.portal import Portal, Target

Value = Callable[[str, str, str], str | None]
TODAY = "2026-06-15T08:00:00.000Z"


def log(portal: Portal, object_type: str, about: Target, at: str = TODAY, **more: str) -> str:
    return portal.create(object_type, {"hs_timestamp": at, **more}, [about], by=portal.admin_id)["id"]


@pytest.mark.parametrize("bumps", [True, False])
def test_our_task_moves_the_last_update_and_with_it_the_stamp_or_not(
    portal: Portal, watch: Any, deal: str, value: Value, bumps: bool
) -> None:
    portal.quirks["activity_bumps_modified"] = bumps
    watch.advance(minutes=1)
    log(portal, "tasks", Target("deals", int(deal)), at="2026-06-20")
    assert value("deals", deal, "notes_last_updated") == "2026-06-15T09:01:00.000Z"
    assert value("deals", deal, "num_notes") == "1"
    assert (value("deals", deal, "hs_lastmodifieddate") == "2026-06-15T09:01:00.000Z") is bumps


def test_a_task_is_no_contact_with_anybody(portal: Portal, task: str, deal: str, value: Value) -> None:
    assert value("deals", deal, "notes_last_contacted") is None
    assert value("deals", deal, "num_contacted_notes") == "0"
    assert value("deals", deal, "hs_last_sales_activity_timestamp") is None


@pytest.mark.parametrize("object_type", ["calls", "emails", "meetings"])
def test_calls_mails_and_meetings_are_contact(portal: Portal, deal: str, value: Value, object_type: str) -> None:
    log(portal, object_type, Target("deals", int(deal)))
    assert value("deals", deal, "notes_last_contacted") == TODAY


def test_only_their_mail_is_a_reply(portal: Portal, contact: str, value: Value) -> None:
    about = Target("contacts", int(contact))
    log(portal, "emails", about, hs_email_direction="EMAIL")
    assert value("contacts", contact, "hs_sales_email_last_replied") is None
    log(portal, "emails", about, hs_email_direction="INCOMING_EMAIL")
    assert value("contacts", contact, "hs_sales_email_last_replied") == TODAY


def test_a_booked_meeting_is_the_next_activity_and_not_the_last(portal: Portal, deal: str, value: Value) -> None:
    at = "2026-06-18T10:00:00.000Z"
    log(portal, "meetings", Target("deals", int(deal)), at, hs_meeting_start_time=at)
    assert value("deals", deal, "notes_next_activity_date") == at
    assert value("deals", deal, "notes_last_contacted") is None


def test_an_archived_activity_no_longer_counts(portal: Portal, deal: str, value: Value) -> None:
    call = log(portal, "calls", Target("deals", int(deal)))
    portal.archive("calls", call)
    assert value("deals", deal, "notes_last_contacted") is None
    assert value("deals", deal, "num_notes") == "0"


def test_an_activity_that_is_associated_later_counts_too(portal: Portal, deal: str, value: Value) -> None:
    call = portal.create("calls", {"hs_timestamp": TODAY})["id"]
    portal.associate("calls", call, Target("deals", int(deal)))
    assert value("deals", deal, "notes_last_contacted") == TODAY


def test_a_moved_activity_moves_the_summary(portal: Portal, deal: str, value: Value) -> None:
    call = log(portal, "calls", Target("deals", int(deal)))
    portal.update("calls", call, {"hs_timestamp": "2026-06-14T08:00:00Z"})
    assert value("deals", deal, "notes_last_contacted") == "2026-06-14T08:00:00.000Z"


def test_the_addresses_of_a_mail_come_from_its_headers(portal: Portal, deal: str, value: Value) -> None:
    headers = '{"from": {"email": "a@x.example"}, "to": [{"email": "b@y.example"}, {"email": "c@y.example"}]}'
    mail = log(portal, "emails", Target("deals", int(deal)), hs_email_headers=headers)
    assert value("emails", mail, "hs_email_from_email") == "a@x.example"
    assert value("emails", mail, "hs_email_to_email") == "b@y.example;c@y.example"


def test_a_summary_names_nobody_as_the_last_modifier(portal: Portal, deal: str, task: str, value: Value) -> None:
    assert value("deals", deal, "hs_updated_by_user_id") == portal.admin_id
