"""Logging in, and what an org lets us do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.base import PullRequest
from connectors.errors import (
    AuthError,
    ConnectorError,
    InvalidResponseError,
    InvalidSettingError,
    KeyFieldError,
    MissingPermissionError,
    TransientError,
    WrongOrgError,
)
from connectors.mapping import FieldMap
from connectors.model import Write, WriteKind
from connectors.salesforce.settings import TaskFields

A_TASK = Write("e1", WriteKind.CREATE_TASK, {"key": "dw:00000000000000000001", "subject": "x"})
A_SCORE = Write("e1", WriteKind.WRITE_SCORE, {"score": 1.0}, "006000000000001AAA")


def test_opening_takes_one_token_and_at_most_three_meta_calls(org: Any) -> None:
    connector = org.connected()
    calls = org.calls()
    assert calls["auth"] == connector.calls.auth == 1
    assert calls["meta"] + calls["read"] == connector.calls.meta <= 3
    assert calls["write"] == connector.calls.read == connector.calls.write == 0


def test_the_org_names_itself(org: Any) -> None:
    found, _ = org.connector().open(None)
    row = org.rows("Organization")[0]
    assert found.org_id == org.box.org.org_id
    assert (found.name, found.time_zone, found.is_sandbox) == (row["Name"], row["TimeZoneSidKey"], row["IsSandbox"])


def test_a_provisioned_org_has_no_problem(org: Any) -> None:
    _, found = org.connector().open(None)
    assert found.problems == ()
    assert found.key_enforced
    assert found.can_write_tasks
    assert found.can_write_scores
    assert found.element_roles == {"economic_buyer": "economic_buyer", "champion": "champion"}
    assert found.shows == {
        "metrics": 1,
        "economic_buyer": 2,
        "decision_criteria": 3,
        "paper_process": 1,
        "champion": 2,
    }


def test_business_now_is_the_orgs_clock(org: Any) -> None:
    connector = org.connected()
    assert connector.now().isoformat().startswith("2026-06-15T09:00")


def test_another_org_than_expected_is_refused_before_anything_is_read(org: Any) -> None:
    with pytest.raises(WrongOrgError, match="00D000000000001AAA"):
        org.connector(expect_org="00D000000000001AAA").open(None)
    assert org.calls() == {"auth": 1, "meta": 0, "read": 0, "write": 0}


def test_an_org_id_of_15_characters_is_the_same_org(org: Any) -> None:
    org.connector(expect_org=org.box.org.org_id[:15]).open(None)


def test_a_wrong_secret_is_told_without_the_secret(org: Any) -> None:
    with pytest.raises(AuthError, match="check the connection's credentials") as failure:
        org.connector(client_secret=lambda: "hunter2").open(None)
    assert "hunter2" not in str(failure.value)


def test_a_missing_secret_is_named(org: Any) -> None:
    with pytest.raises(AuthError, match="client_secret is not set"):
        org.connector(client_secret=None).open(None)


def test_a_jwt_login_works(org: Any) -> None:
    key, user = org.box.app.private_key_pem, org.box.org.username
    org.connector(auth="jwt", private_key=lambda: key, username=user).open(None)
    assert org.calls()["auth"] == 1


def test_a_refresh_token_logs_in(org: Any) -> None:
    token = org.box.app.refresh_token
    org.connector(auth="refresh-token", refresh_token=lambda: token).open(None)
    assert org.calls()["auth"] == 1


def test_a_key_that_is_none_is_told(org: Any) -> None:
    with pytest.raises(AuthError, match="private_key"):
        org.connector(auth="jwt", private_key=lambda: "not a key", username="x").open(None)


def test_an_unreachable_org_is_told(org: Any) -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        org.connector(login_url="https://127.0.0.1:1").open(None)


def test_a_certificate_of_another_authority_is_refused(org: Any) -> None:
    with pytest.raises(ConnectorError, match="certificate"):
        org.connector(ca_file=None).open(None)


def test_an_unknown_api_version_is_told(org: Any) -> None:
    with pytest.raises(ConnectorError, match="99"):
        org.connector(api_version="99.0").open(None)


def test_a_login_page_instead_of_a_token_is_no_login(org: Any) -> None:
    org.faults({"match": "/services/oauth2/token", "nth": 1, "kind": "html_200"})
    org.connected()
    org.faults(*[{"match": "/services/oauth2/token", "nth": 1, "kind": "html_200"}] * 9)
    with pytest.raises(InvalidResponseError, match="holds no token"):
        org.connected()


def test_an_expired_session_is_renewed_once(org: Any) -> None:
    connector = org.connected()
    org.faults({"match": "*/composite*", "nth": 1, "kind": "401_expired"})
    list(connector.pull(request()))
    assert connector.calls.auth == 2
    assert org.fired()


def request() -> Any:
    return PullRequest()


def test_without_our_fields_nothing_can_be_written_and_it_says_what_to_do(serve: Callable[..., Any]) -> None:
    bench = serve(bare=True)
    connector = bench.connector()
    _, found = connector.open(None)
    assert not found.key_enforced
    assert not found.can_write_tasks
    assert not found.can_write_scores
    assert any("Dealwarden_Key__c does not exist" in line and "create it" in line for line in found.problems)
    with pytest.raises(KeyFieldError, match="Dealwarden_Key__c"):
        connector.write_batch([A_TASK])
    with pytest.raises(MissingPermissionError, match="score"):
        connector.write_batch([A_SCORE])
    assert bench.calls()["write"] == 0


@pytest.mark.parametrize("quirk", ["key_not_unique", "key_not_external"])
def test_a_key_field_that_is_not_unique_and_external_is_usable_and_keeps_nothing_unique(org: Any, quirk: str) -> None:
    org.quirks(**{quirk: True})
    _, found = org.connector().open(None)
    assert (found.key_enforced, found.key_usable) == (False, True)
    assert any("would not refuse a second task" in line for line in found.problems)


def test_a_key_that_is_no_longer_unique_is_noticed_before_the_next_tasks(org: Any) -> None:
    connector = org.connector()
    connector.open(None)
    list(connector.pull(PullRequest()))
    org.quirks(key_not_unique=True)
    list(connector.pull(PullRequest()))
    with pytest.raises(KeyFieldError, match="right when this process began"):
        connector.write_batch([A_TASK])
    assert not connector.capabilities.key_enforced
    assert org.calls()["write"] == 0


def test_a_hidden_element_field_is_unknown_and_told(org: Any) -> None:
    _, before = org.connector().open(None)
    org.quirks(hide_fields=["Opportunity.Metrics__c"])
    _, found = org.connector().open(before)
    assert found.sources["field:metrics"] is False
    assert "metrics" not in found.shows
    assert found.fingerprint != before.fingerprint
    assert any("Metrics__c" in line and "grant read access" in line for line in found.problems)
    assert any("could be read before" in line for line in found.problems)


def test_the_same_org_and_map_have_the_same_fingerprint(org: Any) -> None:
    _, one = org.connector().open(None)
    _, same = org.connector().open(one)
    _, other = org.connector(mapping=replace(FieldMap(), roles={"Sponsor": "champion"})).open(one)
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint


@pytest.mark.parametrize("sobject", ["Opportunity", "Task"])
def test_without_deals_or_tasks_there_is_nothing_to_do(org: Any, sobject: str) -> None:
    org.quirks(hide_objects=[sobject])
    with pytest.raises(MissingPermissionError, match=sobject):
        org.connected()


@pytest.mark.parametrize("status", ["Erledigt", "completed", "In Progress", "Deferred"])
def test_a_status_that_closes_no_task_is_refused_with_those_that_do(org: Any, status: str) -> None:
    with pytest.raises(InvalidSettingError, match="closed task statuses are Completed"):
        org.connector(tasks=TaskFields(status_close=status)).open(None)


def test_a_status_that_the_org_took_away_is_refused_with_the_next_sweep(org: Any) -> None:
    connector = org.connected(tasks=TaskFields(status_close="Completed"))
    list(connector.pull(PullRequest()))
    row = next(row for row in org.rows("TaskStatus") if row["ApiName"] == "Completed")
    org.control("edit", {"object": "TaskStatus", "id": row["Id"], "fields": {"IsClosed": False}})
    with pytest.raises(InvalidSettingError):
        list(connector.pull(PullRequest(sweep=True)))
