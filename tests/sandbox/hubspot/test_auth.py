from __future__ import annotations

from typing import Any

import pytest
import requests

DEALS = "/crm/v3/objects/deals"


def granted(caller: Any, version: str = "v1", **changed: str) -> requests.Response:
    app = caller.service.app
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
    } | changed
    return requests.post(f"{caller.server.url}/oauth/{version}/token", data=form, timeout=10)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("sent", ["", "Bearer nonsense", "Basic abc"])
def test_a_missing_or_unknown_token_is_told_by_category(caller: Any, sent: str) -> None:
    reply = caller.get(DEALS, headers={"Authorization": sent})
    assert (reply.status_code, reply.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    assert reply.json()["message"].startswith("Authentication credentials not found")


def test_the_correlation_id_stands_in_header_and_body(caller: Any) -> None:
    reply = caller.get(DEALS, headers={"Authorization": ""})
    assert reply.headers["X-HubSpot-Correlation-Id"] == reply.json()["correlationId"]
    assert reply.json()["correlationId"][14] == "7"


def test_an_access_token_ends_after_half_an_hour_of_the_portals_time(caller: Any) -> None:
    token = granted(caller).json()["access_token"]
    assert caller.get(DEALS, headers=bearer(token)).status_code == 200
    caller.clock.advance(1801)
    reply = caller.get(DEALS, headers=bearer(token))
    assert (reply.status_code, reply.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert "second(s) ago" in reply.json()["message"]
    assert list(reply.json()["context"]) == ["expire time"]
    again = granted(caller).json()["access_token"]
    assert caller.get(DEALS, headers=bearer(again)).status_code == 200


def test_a_service_key_does_not_end(caller: Any) -> None:
    caller.clock.advance(90 * 86_400)
    assert caller.get(DEALS).status_code == 200


@pytest.mark.parametrize("version", ["v1", "v3", "2026-03", "2026-09"])
def test_every_token_endpoint_trades_the_refresh_token(caller: Any, version: str) -> None:
    body = granted(caller, version).json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 1800)
    assert ("hub_id" in body) is (version != "v1")


@pytest.mark.parametrize(
    ("changed", "error", "status"),
    [
        ({"refresh_token": "x"}, "invalid_grant", "BAD_REFRESH_TOKEN"),
        ({"client_id": "x"}, "invalid_client", "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "invalid_client", "BAD_CLIENT_SECRET"),
        ({"grant_type": "x"}, "unsupported_grant_type", "BAD_GRANT_TYPE"),
        ({"grant_type": "authorization_code"}, "invalid_grant", "BAD_AUTH_CODE"),
    ],
)
def test_a_refused_grant_is_told_in_both_languages(
    caller: Any, changed: dict[str, str], error: str, status: str
) -> None:
    reply = granted(caller, **changed)
    assert (reply.status_code, reply.json()["error"], reply.json()["status"]) == (400, error, status)


def test_only_the_oldest_token_endpoint_reads_the_query(caller: Any) -> None:
    app = caller.service.app
    query = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
    }
    statuses = [caller.post(f"/oauth/{version}/token", None, params=query).status_code for version in ("v1", "2026-09")]
    assert statuses == [200, 400]


def test_a_token_is_introspected(caller: Any) -> None:
    app, token = caller.service.app, granted(caller).json()["access_token"]
    form = {"client_id": app.client_id, "client_secret": app.client_secret, "token": token}
    url = f"{caller.server.url}/oauth/2026-09/token/introspect"
    assert requests.post(url, data=form, timeout=10).json()["hub_id"] == int(caller.portal.portal_id)
    assert requests.post(url, data=form | {"token": "x"}, timeout=10).json() == {"active": False}


def test_a_missing_scope_is_named(caller: Any) -> None:
    caller.control("quirks", {"missing_scopes": ["crm.objects.deals.read"]})
    reply = caller.get(DEALS)
    assert (reply.status_code, reply.json()["category"]) == (403, "MISSING_SCOPES")
    assert reply.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.read"]
    assert caller.get("/crm/v3/objects/contacts").status_code == 200


def test_an_association_needs_the_scopes_of_both_ends(caller: Any) -> None:
    caller.control("quirks", {"missing_scopes": ["crm.objects.contacts.read"]})
    read = {"inputs": [{"id": "1"}]}
    statuses = [
        caller.post(f"/crm/v4/associations/deals/{end}/batch/read", read).status_code
        for end in ("contacts", "companies")
    ]
    assert statuses == [403, 207]


def test_activities_go_by_the_scopes_of_contacts_and_mails_by_their_own(caller: Any) -> None:
    caller.control("quirks", {"missing_scopes": ["crm.objects.contacts.read", "sales-email-read"]})
    assert caller.get("/crm/v3/objects/tasks").status_code == 403
    scopes = caller.get("/crm/v3/objects/emails").json()["errors"][0]["context"]["requiredGranularScopes"]
    assert scopes == ["sales-email-read"]


def test_a_malformed_token_may_be_stopped_by_the_network(caller: Any) -> None:
    caller.control("quirks", {"malformed_token_530": True})
    reply = caller.get(DEALS, headers=bearer("nonsense"))
    assert reply.status_code == 530
    assert reply.headers["Content-Type"].startswith("text/html")
    assert caller.get(DEALS).status_code == 200


def test_the_refresh_token_stays_the_same_unless_it_rotates(caller: Any) -> None:
    assert granted(caller).json()["refresh_token"] == caller.service.app.refresh_token


def test_a_rotating_refresh_token_is_new_after_each_use(caller: Any) -> None:
    caller.control("quirks", {"rotate_refresh_tokens": True})
    first = granted(caller).json()["refresh_token"]
    second = granted(caller, refresh_token=first).json()["refresh_token"]
    assert len({caller.service.app.refresh_token, first, second}) == 3


def test_an_old_refresh_token_used_again_ends_the_grant_and_its_access_tokens(caller: Any) -> None:
    caller.control("quirks", {"rotate_refresh_tokens": True})
    reply = granted(caller).json()
    for token in (caller.service.app.refresh_token, reply["refresh_token"]):
        refused = granted(caller, refresh_token=token)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert caller.get(DEALS, headers=bearer(reply["access_token"])).status_code == 401
