from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.columns import Record
from connectors.elements import ElementColumns
from connectors.hubspot.objects import read_properties
from connectors.hubspot.rows.deals import DealContext, change_rows, deal_rows
from connectors.hubspot.rows.people import Participant, contact_rows, role_rows
from connectors.hubspot.rows.tasks import as_html, as_text
from connectors.hubspot.rows.touches import Links, touch_rows
from connectors.hubspot.shape import DealShape
from connectors.hubspot.stages import entry_properties, read_stages

NEW_YORK = ZoneInfo("America/New_York")
GUID = "3f2a1b4c-0000-4000-8000-00000000abcd"
STAGES = read_stages(
    {
        "results": [
            {
                "id": "default",
                "stages": [
                    {"id": "appointmentscheduled", "metadata": {"isClosed": "false", "probability": "0.2"}},
                    {"id": GUID, "metadata": {"isClosed": "true", "probability": "1.0"}},
                    {"id": "777", "metadata": {"isClosed": "true", "probability": "0.0"}},
                ],
            }
        ]
    }
)
SHAPE = DealShape(
    elements=(
        ElementColumns("metrics", text="m", shows=1),
        ElementColumns("decision_criteria", fields=(("dc", "picklist"),), shows=3),
        ElementColumns("paper_process", fields=(("pp", "checkbox"),), shows=1),
    )
)


def record(**properties: Any) -> Record:
    return {"id": "21", "properties": {"pipeline": "default", "dealstage": "appointmentscheduled", **properties}}


def deal(shape: DealShape = SHAPE, **properties: Any) -> dict[str, Any]:
    known = read_properties(
        {"results": [{"name": "dealtype", "type": "enumeration", "options": [{"value": "new", "label": "New"}]}]}
    )
    found = deal_rows([record(**properties)], DealContext(shape, STAGES, known, NEW_YORK, "USD"))
    return found.tables["deals"].row(0, named=True)


@pytest.mark.parametrize(
    ("closedate", "day"),
    [
        ("2026-07-01T03:59:59.999Z", date(2026, 6, 30)),
        ("2026-07-01T04:00:00Z", date(2026, 7, 1)),
        ("1782878400000", date(2026, 7, 1)),
        (None, None),
        ("soon", None),
    ],
)
def test_a_close_date_is_the_day_in_the_portal_s_zone(closedate: str | None, day: date | None) -> None:
    assert deal(closedate=closedate)["close_date"] == day


@pytest.mark.parametrize(
    ("stage", "closed", "won"), [("appointmentscheduled", False, False), (GUID, True, True), ("777", True, False)]
)
def test_closed_and_won_come_from_the_stage(stage: str, closed: bool, won: bool) -> None:
    found = deal(dealstage=stage)

    assert (found["is_closed"], found["is_won"]) == (closed, won)


def test_a_stage_that_no_pipeline_lists_is_what_the_deal_says_of_itself() -> None:
    found = deal(dealstage="gone", hs_is_closed="true", hs_is_closed_won="false")

    assert (found["is_closed"], found["is_won"]) == (True, False)


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"amount": "100", "amount_in_home_currency": "110.5", "deal_currency_code": "EUR"}, 110.5),
        ({"amount": "100", "deal_currency_code": "USD"}, 100.0),
        ({"amount": "100"}, 100.0),
        ({"amount": "100", "deal_currency_code": "EUR"}, None),
        ({}, None),
    ],
)
def test_an_amount_without_a_rate_is_unknown(properties: dict[str, str], amount: float | None) -> None:
    assert deal(**properties)["amount"] == amount


def test_elements_are_read_from_text_numbers_and_checkboxes() -> None:
    found = deal(m="tbd", dc="2", pp="true")

    assert (found["metrics_level"], found["metrics_filler"]) == (0, True)
    assert (found["decision_criteria_level"], found["paper_process_level"]) == (2, 1)


def test_an_unticked_checkbox_shows_nothing() -> None:
    assert deal(pp="false")["paper_process_level"] == 0


def test_a_choice_is_shown_as_people_read_it() -> None:
    assert (deal(dealtype="new")["deal_type"], deal(dealtype="odd")["deal_type"]) == ("New", "odd")


def test_a_stage_s_entry_date_is_found_though_its_name_holds_a_number_of_hubspot_s_own() -> None:
    names = ("hs_v2_date_entered_777", f"hs_v2_date_entered_{GUID.replace('-', '_')}_123", "hs_v2_date_exited_777")

    assert entry_properties(names, STAGES) == {"777": names[0], GUID: names[1]}


def test_without_a_date_for_the_current_stage_that_of_the_stage_counts() -> None:
    shape = DealShape(entered={"777": "hs_v2_date_entered_777"})

    found = deal(
        shape, dealstage="777", hs_v2_date_entered_777="2026-06-01T00:00:00Z", createdate="2026-01-01T00:00:00Z"
    )

    assert found["stage_entered_at"] == datetime(2026, 6, 1, tzinfo=UTC)


def history(*newest_first: tuple[str, str]) -> Record:
    return record() | {
        "propertiesWithHistory": {"closedate": [{"value": value, "timestamp": at} for value, at in newest_first]}
    }


@pytest.mark.parametrize("backwards", [False, True])
def test_former_values_become_changes_in_whatever_order_they_come(backwards: bool) -> None:
    versions = [("2026-08-01T12:00:00Z", "2026-05-02T00:00:00Z"), ("2026-07-01T12:00:00Z", "2026-05-01T00:00:00Z")]
    found = change_rows([history(*versions[:: -1 if backwards else 1])], DealShape(), NEW_YORK).tables["changes"]

    assert found.select("field", "old", "new").rows() == [("close_date", "2026-07-01", "2026-08-01")]


def test_a_close_date_moved_within_its_day_has_not_changed() -> None:
    versions = [("2026-07-01T13:00:00Z", "2026-05-02T00:00:00Z"), ("2026-07-01T12:00:00Z", "2026-05-01T00:00:00Z")]

    assert change_rows([history(*versions)], DealShape(), NEW_YORK).tables["changes"].is_empty()


@pytest.mark.parametrize(
    ("labels", "said", "roles"),
    [
        (("Champion",), "BLOCKER", ["champion"]),
        ((), "BUDGET_HOLDER", ["economic_buyer"]),
        ((), "BUDGET_HOLDER;CHAMPION", ["economic_buyer", "champion"]),
        (("Billing",), "CHAMPION", ["champion"]),
        (("Billing",), "", ["other"]),
        (("Economic buyer", "Budget holder"), "", ["economic_buyer"]),
        ((), "", [None]),
        ((), "OTHER", [None]),
    ],
)
def test_a_contact_is_on_a_deal_once_for_each_role(labels: tuple[str, ...], said: str, roles: list[str | None]) -> None:
    found = role_rows([Participant("1", "2", labels)], {"2": said}, {})

    assert found["role"].to_list() == roles


@pytest.mark.parametrize(
    ("properties", "reachable"),
    [
        ({}, True),
        ({"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, False),
        ({"hs_email_bad_address": "true"}, False),
        ({"hs_job_change_detected_date": "2026-05-01"}, False),
        ({"hs_email_bad_address": "false"}, True),
    ],
)
def test_who_left_or_bounces_is_not_reachable(properties: dict[str, str], reachable: bool) -> None:
    found = contact_rows([{"id": "1", "properties": properties}]).tables["contacts"]

    assert found["reachable"].to_list() == [reachable]


NO_ANSWER, CONNECTED = "73a0d17f-1163-4015-bdd5-ec830791da20", "f240bbac-87c9-4f6e-bf70-924b57d47db7"


@pytest.mark.parametrize(
    ("kind", "properties", "direction"),
    [
        ("meetings", {"hs_meeting_outcome": "COMPLETED"}, "two_way"),
        ("meetings", {"hs_meeting_outcome": "SCHEDULED"}, "two_way"),
        ("meetings", {}, "two_way"),
        ("meetings", {"hs_meeting_outcome": "NO_SHOW"}, "outbound"),
        ("meetings", {"hs_meeting_outcome": "CANCELED"}, None),
        ("meetings", {"hs_meeting_outcome": "RESCHEDULED"}, None),
        ("calls", {"hs_call_disposition": CONNECTED, "hs_call_duration": "0"}, "two_way"),
        ("calls", {"hs_call_disposition": NO_ANSWER, "hs_call_duration": "30000"}, "outbound"),
        ("calls", {"hs_call_disposition": NO_ANSWER, "hs_call_direction": "INBOUND"}, "inbound"),
        ("calls", {"hs_call_duration": "30000", "hs_call_status": "COMPLETED"}, "two_way"),
        ("calls", {"hs_call_duration": "30000", "hs_call_status": "NO_ANSWER"}, "outbound"),
        ("calls", {"hs_call_status": "RINGING"}, None),
        ("calls", {}, "unknown"),
        ("emails", {"hs_email_direction": "INCOMING_EMAIL"}, "inbound"),
        ("emails", {"hs_email_direction": "EMAIL", "hs_email_status": "SENT"}, "outbound"),
        ("emails", {"hs_email_direction": "FORWARDED_EMAIL"}, "outbound"),
        ("emails", {"hs_email_direction": "EMAIL", "hs_email_status": "BOUNCED"}, None),
        ("emails", {"hs_email_direction": "EMAIL", "hs_email_status": "SCHEDULED"}, None),
    ],
)
def test_what_a_touch_says(kind: str, properties: dict[str, str], direction: str | None) -> None:
    engagement = {"id": "5", "properties": {"hs_timestamp": "2026-06-01T10:00:00Z", **properties}}

    found = touch_rows(kind, [engagement], Links({}, {}))

    assert found.tables["touches"]["direction"].to_list() == ([direction] if direction else [])
    assert bool(found.gone["touches"]) is (direction is None)


@pytest.mark.parametrize("body", ["one", "two\nlines", "a < b & c > d", "&lt;b&gt; stays", "a\n\nb", "ends in <br>"])
def test_a_body_reads_back_as_it_was_written(body: str) -> None:
    assert as_text(as_html(body)) == body


def test_nothing_in_a_body_is_markup() -> None:
    assert "<script" not in as_html("<script>alert(1)</script>")


def test_a_body_that_the_editor_wrapped_reads_the_same() -> None:
    assert as_text('<div dir="auto"><p>one</p><p>two&nbsp;words</p></div>') == "one\ntwo words"
