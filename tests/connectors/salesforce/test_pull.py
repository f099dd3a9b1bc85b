"""Reading an org: whole, then what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

import pytest

from connectors.base import PullRequest
from connectors.errors import IncompleteError, QuotaSpentError
from tests.connectors.salesforce.conftest import benches

KEPT = {"Opportunity": "deals", "Contact": "contacts", "Account": "accounts", "User": "owners"}


def test_a_first_pull_brings_every_row_that_there_is(org: Any, mirror: Any) -> None:
    mirror.pull(org.connected())
    for sobject, table in KEPT.items():
        assert set(mirror.tables[table]) == {row["Id"] for row in org.rows(sobject)}
    assert {row["stage_id"] for row in mirror.tables["stages"].values()} == {
        row["ApiName"] for row in org.rows("OpportunityStage")
    }
    roles = {one for one in mirror.tables["roles"] if ":" not in one}
    assert roles == {row["Id"] for row in org.rows("OpportunityContactRole")}
    assert mirror.tables["touches"]


def test_after_a_pull_every_source_is_read_through_to_its_time(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    assert {"Opportunity", "OpportunityContactRole", "Task", "Task:own", "Event"} <= set(mirror.cursors)
    for cursor in mirror.cursors.values():
        assert cursor.complete_through is not None
        assert cursor.complete_through <= connector.now()


def test_a_full_pull_keeps_to_its_calls(serve: Callable[..., Any], mirror: Any) -> None:
    org = serve(deals=60)
    connector = org.connected(page_size=200)
    org.control("calls/reset", {})
    mirror.pull(connector)
    tables = (
        "Opportunity",
        "OpportunityContactRole",
        "Contact",
        "Account",
        "User",
        "OpportunityStage",
        "Task",
        "Event",
    )
    tables += ("OpportunityHistory", "OpportunityFieldHistory", "TaskRelation", "EventRelation")
    tables += ("EmailMessage", "EmailMessageRelation")
    pages = sum(ceil(len(org.rows(name)) / 200) for name in tables)
    calls = org.calls()
    assert calls["read"] <= 8 + pages
    assert calls["read"] > 3  # some table had more than one page
    assert calls["read"] == connector.calls.read


def test_a_quiet_cycle_takes_three_read_calls_and_brings_no_deal(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    org.control("clock", {"advance_s": 3600})
    mirror.pull(connector)
    org.control("calls/reset", {})
    pages = list(connector.pull(PullRequest(cursors=mirror.cursors)))
    assert org.calls()["read"] == 3
    assert sum(page.tables[name].height for page in pages for name in page.tables if name != "stages") == 0


def test_a_changed_deal_comes_with_the_next_pull_and_alone(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    org.control("clock", {"advance_s": 3600})
    mirror.pull(connector)
    deal = org.open_deal()["Id"]
    org.edit("Opportunity", deal, NextStep="Call the CFO on Monday")
    pages = list(connector.pull(PullRequest(cursors=mirror.cursors)))
    changed = [page.tables["deals"] for page in pages if "deals" in page.tables]
    assert [frame["deal_id"].to_list() for frame in changed] == [[deal]]
    assert changed[0]["next_step"].to_list() == ["Call the CFO on Monday"]


def test_a_row_that_was_committed_late_is_not_lost(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    deal = org.open_deal()["Id"]
    org.control("clock", {"advance_s": 3600})
    org.quirks(late_commit_s=600)
    org.edit("Opportunity", deal, NextStep="Stamped long before it was seen")
    org.control("clock", {"advance_s": 300})
    mirror.pull(connector)
    assert mirror.tables["deals"][deal]["next_step"] != "Stamped long before it was seen"
    org.control("clock", {"advance_s": 400})
    mirror.pull(connector)
    assert mirror.tables["deals"][deal]["next_step"] == "Stamped long before it was seen"


def test_a_deleted_deal_is_gone(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    deal = org.open_deal()["Id"]
    org.delete("Opportunity", deal)
    mirror.pull(connector)
    assert deal not in mirror.tables["deals"]
    assert deal not in mirror.tables["own_scores"]


def test_a_contact_role_deleted_for_good_is_gone(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    org.control("clock", {"advance_s": 3600})
    role = org.rows("OpportunityContactRole")[0]["Id"]
    org.delete("OpportunityContactRole", role)
    org.control("clock", {"advance_s": 120})
    mirror.pull(connector)
    assert role not in mirror.tables["roles"]


def test_roles_deleted_while_we_slept_for_weeks_are_gone(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    role = org.rows("OpportunityContactRole")[0]["Id"]
    org.delete("OpportunityContactRole", role)
    org.control("clock", {"advance_s": 40 * 86_400})
    mirror.pull(connector)
    assert role not in mirror.tables["roles"]
    assert set(mirror.tables["deals"]) == {row["Id"] for row in org.rows("Opportunity")}


def test_a_sweep_tells_what_exists(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    before = {name: set(mirror.tables[name]) for name in ("deals", "roles")}
    mirror.tables["deals"]["006000000000000AAA"] = {"is_closed": False}
    mirror.tables["roles"]["00K000000000000AAA"] = {"deal_id": "006000000000001AAA"}
    mirror.pull(connector, sweep=True)
    assert {name: set(mirror.tables[name]) for name in ("deals", "roles")} == before


def test_a_lookup_element_is_a_role_of_its_contact_until_it_is_emptied(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    deal = next(row for row in org.rows("Opportunity") if row["Champion__c"])
    role = mirror.tables["roles"][f"{deal['Id']}:Champion__c"]
    assert (role["role"], role["contact_id"], role["deal_id"]) == ("champion", deal["Champion__c"], deal["Id"])
    assert mirror.tables["deals"][deal["Id"]]["champion_level"] == 1
    org.edit("Opportunity", deal["Id"], Champion__c=None)
    mirror.pull(connector)
    assert f"{deal['Id']}:Champion__c" not in mirror.tables["roles"]
    assert mirror.tables["deals"][deal["Id"]]["champion_level"] == 0


def test_a_field_of_the_account_is_an_extra_of_the_deal(org: Any, mirror: Any) -> None:
    mirror.pull(org.connected())
    deal = next(row for row in org.rows("Opportunity") if row["AccountId"])
    account = next(row for row in org.rows("Account") if row["Id"] == deal["AccountId"])
    assert json.loads(mirror.tables["deals"][deal["Id"]]["extras"]) == {"x_account_industry": account["Industry"]}


def test_filler_in_a_text_is_told_apart_from_filled_and_empty(org: Any, mirror: Any) -> None:
    ids = [row["Id"] for row in org.rows("Opportunity") if not row["IsClosed"]][:3]
    for deal, text in zip(ids, ("TBD", None, "Close the books in 3 days instead of 9"), strict=True):
        org.edit("Opportunity", deal, Metrics__c=text)
    mirror.pull(org.connected())
    found = [mirror.tables["deals"][deal] for deal in ids]
    assert [row["metrics_filler"] for row in found] == [True, False, False]
    assert [row["metrics_filled"] for row in found] == [False, False, True]
    assert [row["metrics_level"] for row in found] == [0, 0, 1]


def test_a_mapping_that_changes_reads_the_deals_again(org: Any, mirror: Any) -> None:
    from dataclasses import replace

    mirror.pull(org.connected())
    deal = org.open_deal()["Id"]
    assert mirror.tables["deals"][deal]["metrics_level"] is not None
    settings = org.settings()
    without = {name: one for name, one in settings.mapping.elements.items() if name != "metrics"}
    org.control("clock", {"advance_s": 7200})
    mirror.pull(org.connected(mapping=replace(settings.mapping, elements=without)))
    assert {row["metrics_level"] for row in mirror.tables["deals"].values()} == {None}


def test_a_lookup_no_longer_mapped_leaves_no_role_behind(org: Any, mirror: Any) -> None:
    from dataclasses import replace

    mirror.pull(org.connected())
    settings = org.settings()
    without = {name: one for name, one in settings.mapping.elements.items() if name != "champion"}
    mirror.pull(org.connected(mapping=replace(settings.mapping, elements=without)))
    assert not any(one.endswith(":Champion__c") for one in mirror.tables["roles"])
    assert any(one.endswith(":Economic_Buyer__c") for one in mirror.tables["roles"])


def test_a_field_hidden_under_a_running_process_becomes_unknown(org: Any, mirror: Any) -> None:
    connector = org.connected()
    mirror.pull(connector)
    fingerprint = connector.capabilities.fingerprint
    org.quirks(hide_fields=["Opportunity.Metrics__c"])
    mirror.pull(connector)
    mirror.pull(connector)
    assert {row["metrics_level"] for row in mirror.tables["deals"].values()} == {None}
    assert connector.capabilities.sources["field:metrics"] is False
    assert connector.capabilities.fingerprint != fingerprint


def test_a_field_shown_to_a_running_process_is_read_from_the_next_sweep_on(org: Any, mirror: Any) -> None:
    org.quirks(hide_fields=["Opportunity.Metrics__c"])
    connector = org.connected()
    mirror.pull(connector)
    org.quirks(hide_fields=[])
    mirror.pull(connector)
    assert {row["metrics_level"] for row in mirror.tables["deals"].values()} == {None}
    mirror.pull(connector, sweep=True)
    assert {row["metrics_level"] for row in mirror.tables["deals"].values()} != {None}


def test_objects_that_are_hidden_are_left_out(org: Any, mirror: Any) -> None:
    org.quirks(hide_objects=["EmailMessage", "EmailMessageRelation", "Event", "EventRelation"])
    connector = org.connected()
    mirror.pull(connector)
    assert "Event" not in mirror.cursors
    assert connector.capabilities.sources["touches:meeting"] is False
    assert {row["kind"] for row in mirror.tables["touches"].values()} <= {"call", "email", "other"}


def test_our_own_tasks_are_no_touches(org: Any, mirror: Any) -> None:
    from connectors.model import Write, WriteKind

    connector = org.connected()
    deal = org.open_deal()
    values = {
        "key": "dw:0123456789abcdef0123",
        "deal_id": deal["Id"],
        "subject": "Call them",
        "owner_id": deal["OwnerId"],
    }
    task = connector.write_batch([Write("e", WriteKind.CREATE_TASK, values)])[0].remote_id
    org.edit("Task", task, Status="Completed", CallType="Outbound")
    mirror.pull(connector)
    assert task in mirror.tables["own_tasks"]
    assert task not in mirror.tables["touches"]
    own = mirror.tables["own_tasks"][task]
    assert (own["is_open"], own["modified_by_us"], own["deal_id"]) == (False, False, deal["Id"])


def test_mail_text_and_other_peoples_task_text_are_never_asked_for(org: Any) -> None:
    from connectors.salesforce.objects import WANTED
    from connectors.salesforce.pull.sources import own_task_fields

    connector = org.connected()
    assert not {"Subject", "TextBody", "HtmlBody"} & set(WANTED["EmailMessage"])
    asked: list[str] = []
    send = connector._transport.composite
    connector._transport.composite = lambda parts, kind: asked.extend(p["url"] for p in parts) or send(parts, kind=kind)
    list(connector.pull(PullRequest()))
    with_text = [url for url in asked if "Description" in url]
    assert len(with_text) == 1
    assert "Dealwarden_Key__c%20LIKE" in with_text[0]
    assert "Description" in own_task_fields(connector._opened)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return an org that nobody changes: pulls of many faults share it."""
    with benches(tmp_path_factory.mktemp("disturbed")) as start:
        yield start(deals=60)


@pytest.mark.parametrize(
    "kind",
    [
        "503",
        "502_html",
        "500",
        "429",
        "429_retry_after",
        "drop_before_apply",
        "drop_after_apply",
        "connection_reset",
        "truncated_json",
        "truncated_gzip",
        "wrong_content_length",
        "html_200",
        "401_expired",
        "locator_expired",
    ],
)
def test_a_passing_fault_costs_no_row(disturbed: Any, mirror: Any, kind: str) -> None:
    org = disturbed
    connector = org.connected(page_size=200)
    path = "*/query/*" if kind == "locator_expired" else "*"
    org.faults({"match": path, "nth": 2, "kind": kind}, {"match": path, "nth": 7, "kind": kind})
    mirror.pull(connector)
    assert org.fired()
    assert set(mirror.tables["deals"]) == {row["Id"] for row in org.rows("Opportunity")}
    assert {one for one in mirror.tables["roles"] if ":" not in one} == {
        row["Id"] for row in org.rows("OpportunityContactRole")
    }


@pytest.mark.parametrize("kind", ["duplicate_page", "repeated_after"])
def test_a_page_that_comes_twice_leaves_its_source_incomplete(
    serve: Callable[..., Any], mirror: Any, kind: str
) -> None:
    org = serve(deals=60)
    connector = org.connected(page_size=200)
    org.faults({"match": "*/query/*", "nth": 1, "kind": kind})
    with pytest.raises(IncompleteError, match="incomplete") as caught:
        mirror.pull(connector)
    assert org.fired()
    assert caught.value.tables
    assert "deals" not in caught.value.tables
    assert len(mirror.cursors) == 14
    mirror.pull(connector)
    assert len(mirror.cursors) == 15


def test_shorter_pages_than_asked_lose_nothing(serve: Callable[..., Any], mirror: Any) -> None:
    org = serve(deals=60)
    org.quirks(short_pages=37)
    mirror.pull(org.connected())
    assert set(mirror.tables["contacts"]) == {row["Id"] for row in org.rows("Contact")}


def test_without_quota_left_nothing_more_is_sent(org: Any) -> None:
    connector = org.connected()
    org.quirks(daily_max=100, daily_used=95)
    list_of_one = iter(connector.pull(PullRequest()))
    with pytest.raises(QuotaSpentError):
        list(list_of_one)
    before = org.calls()
    with pytest.raises(QuotaSpentError, match="daily API calls left"):
        list(connector.pull(PullRequest()))
    assert org.calls() == before


def test_our_share_of_the_day_counts_what_earlier_processes_spent(org: Any) -> None:
    connector = org.connected(quota_share=0.2, spent_today=20_000)
    with pytest.raises(QuotaSpentError, match="our share"):
        list(connector.pull(PullRequest()))


def test_several_currencies_are_one_in_amounts(org: Any, mirror: Any) -> None:
    org.quirks(multicurrency=True)
    org.box.org.load(
        "CurrencyType",
        [
            {
                "Id": "01L000000000001AAA",
                "IsoCode": "USD",
                "ConversionRate": 1.0,
                "IsActive": True,
                "IsCorporate": True,
            },
            {"Id": "01L000000000002AAA", "IsoCode": "EUR", "ConversionRate": 0.8, "IsActive": True},
        ],
    )
    deal, other = org.rows("Opportunity")[:2]
    org.edit("Opportunity", deal["Id"], CurrencyIsoCode="EUR", Amount=80_000)
    org.edit("Opportunity", other["Id"], CurrencyIsoCode="JPY", Amount=80_000)
    connector = org.connected()
    mirror.pull(connector)
    found = mirror.tables["deals"]
    assert (found[deal["Id"]]["amount"], found[deal["Id"]]["amount_original"]) == (pytest.approx(100_000.0), 80_000.0)
    assert found[other["Id"]]["amount"] is None
    org.control("calls/reset", {})
    mirror.pull(connector)
    assert org.calls()["read"] == 3


def test_new_rates_read_all_deals_again(org: Any, mirror: Any) -> None:
    org.quirks(multicurrency=True)
    org.box.org.load("CurrencyType", [{"Id": "01L000000000002AAA", "IsoCode": "EUR", "ConversionRate": 0.8}])
    deal = org.open_deal()["Id"]
    org.edit("Opportunity", deal, CurrencyIsoCode="EUR", Amount=80_000)
    connector = org.connected()
    mirror.pull(connector)
    org.control("clock", {"advance_s": 90_000})
    org.box.org.update("CurrencyType", "01L000000000002AAA", {"ConversionRate": 0.5}, by=org.box.org.user_id)
    mirror.pull(connector)
    mirror.pull(connector)
    assert mirror.tables["deals"][deal]["amount"] == pytest.approx(160_000.0)
