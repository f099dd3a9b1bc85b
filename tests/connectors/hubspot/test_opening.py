from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import AuthError, InvalidSettingError, MissingPermissionError, TransientError, WrongOrgError


def test_a_portal_is_known_by_its_own_id_zone_and_currency(portal: Any) -> None:
    org, _ = portal.connector().open(None)

    assert (org.org_id, org.time_zone, org.currency) == ("48210335", "America/New_York", "USD")


def test_a_provisioned_portal_leaves_nothing_to_wish(portal: Any) -> None:
    _, found = portal.connector().open(None)

    assert found.problems == ()
    assert found.key_enforced
    assert found.can_write_tasks
    assert found.can_write_scores
    assert found.sources["field:metrics"]
    assert found.shows["decision_criteria"] == 3


def test_opening_asks_each_definition_once(portal: Any) -> None:
    connector = portal.connector()

    connector.open(None)
    connector.open(None)

    assert portal.calls() == {"auth": 0, "meta": 9, "read": 0, "write": 0}
    assert connector.calls.as_dict() == portal.calls()


def test_another_portal_than_expected_is_refused(portal: Any) -> None:
    with pytest.raises(WrongOrgError, match="leads to portal 48210335, expected 1"):
        portal.connector(expect_org="1").open(None)


def test_a_wrong_token_is_told_as_such(portal: Any) -> None:
    with pytest.raises(AuthError, match="put a valid key where token points to"):
        portal.connector(token=lambda: "pat-na1-00000000-0000-0000-0000-000000000000").open(None)


def test_a_missing_scope_is_named(portal: Any) -> None:
    portal.quirks(missing_scopes=["crm.schemas.deals.read", "crm.objects.deals.read"])

    with pytest.raises(MissingPermissionError, match=r"crm\.schemas\.deals\.read"):
        portal.connector().open(None)


def test_a_token_that_may_not_read_mails_leaves_them_unknown_and_reads_the_rest(portal: Any, mirror: Any) -> None:
    portal.quirks(missing_scopes=["sales-email-read"])
    connector = portal.connected()

    mirror.pull(connector)

    _, found = connector.open(None)
    assert found.sources["touches:email"] is False
    assert any(line.startswith("emails are unknown:") and "sales-email-read" in line for line in found.problems)
    assert {row["kind"] for row in mirror.tables["touches"].values()} == {"meeting", "call"}


def test_a_scope_that_was_granted_later_is_used(portal: Any, mirror: Any) -> None:
    portal.quirks(missing_scopes=["sales-email-read"])
    connector = portal.connected()
    mirror.pull(connector)
    portal.quirks(missing_scopes=[])

    mirror.pull(connector)

    assert connector.capabilities.sources["touches:email"] is True
    assert "email" in {row["kind"] for row in mirror.tables["touches"].values()}


def test_a_key_that_is_not_unique_is_told(portal: Any) -> None:
    portal.quirks(key_not_unique=True)

    _, found = portal.connector().open(None)

    assert not found.key_enforced
    assert any("does not require unique values" in line for line in found.problems)


def test_a_portal_without_our_properties_says_what_to_create(serve: Any) -> None:
    _, found = serve(bare=True).connector().open(None)

    assert (found.key_enforced, found.can_write_tasks, found.can_write_scores) == (False, False, False)
    assert sum("create it" in line for line in found.problems) >= 3


def test_a_mapped_property_that_is_not_there_is_told(portal: Any) -> None:
    portal.quirks(hide_properties=["deals.dw_metrics"])

    _, found = portal.connector().open(None)

    assert found.sources["field:metrics"] is False
    assert any("deals have no property dw_metrics" in line for line in found.problems)


def test_what_vanished_between_two_processes_is_told(portal: Any) -> None:
    _, before = portal.connector().open(None)
    portal.quirks(hide_properties=["deals.dw_metrics"])

    _, found = portal.connector().open(before)

    assert found.fingerprint != before.fingerprint
    assert any("could be read before and cannot now" in line for line in found.problems)


def test_archived_owners_are_inactive_ones(portal: Any, mirror: Any) -> None:
    mirror.pull(portal.connected())

    archived = {row["id"] for row in portal.control("tables/owners") if row["archived"]}
    assert archived
    assert {key for key, row in mirror.tables["owners"].items() if not row["active"]} == archived


def test_won_and_closed_come_from_the_pipeline(portal: Any, mirror: Any) -> None:
    mirror.pull(portal.connected())

    won = {(row["is_closed"], row["is_won"], row["probability"]) for row in mirror.tables["stages"].values()}
    assert {(True, True, 100.0), (True, False, 0.0)} <= won


def oauth(portal: Any, **changes: Any) -> dict[str, Any]:
    app = portal.box.hubspot_app
    return {
        "auth": "oauth",
        "token": None,
        "client_id": lambda: app.client_id,
        "client_secret": lambda: app.client_secret,
        "refresh_token": lambda: app.refresh_token,
    } | changes


def test_an_oauth_token_is_fetched_once(portal: Any, mirror: Any) -> None:
    connector = portal.connected(**oauth(portal))

    mirror.pull(connector)

    assert portal.calls()["auth"] == 1
    assert connector.calls.auth == 1


def test_an_oauth_token_that_ends_in_a_pull_is_renewed(portal: Any, mirror: Any) -> None:
    connector = portal.connected(**oauth(portal))
    portal.faults({"match": "/crm/objects/*", "nth": 2, "kind": "401_expired"})

    mirror.pull(connector)

    assert portal.fired()
    assert portal.calls()["auth"] == 2


def test_a_wrong_client_secret_is_told_as_such(portal: Any) -> None:
    with pytest.raises(AuthError, match="correct client_id or client_secret"):
        portal.connected(**oauth(portal, client_secret=lambda: "wrong"))


def test_a_withdrawn_consent_is_told_as_such(portal: Any) -> None:
    with pytest.raises(AuthError, match="install the app in the portal again"):
        portal.connected(**oauth(portal, refresh_token=lambda: "wrong"))


def test_a_portal_that_cannot_be_reached_says_where_to_look(portal: Any) -> None:
    with pytest.raises(TransientError, match="check base_url and the network"):
        portal.connected(base_url="http://127.0.0.1:9")


@pytest.mark.parametrize("status", ["DONE", "completed", "IN_PROGRESS", "NOT_STARTED"])
def test_a_status_that_closes_no_task_is_refused_with_those_that_do(portal: Any, status: str) -> None:
    with pytest.raises(InvalidSettingError, match="COMPLETED, DEFERRED"):
        portal.connector(status_close=status).open(None)
