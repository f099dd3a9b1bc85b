from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from sandbox.salesforce.api.auth import ConnectedApp, GrantError, Sessions, TokenEndpoint, new_refresh_token
from sandbox.server.refresh import RefreshGrant
from sandbox.server.wire import Request

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
ORG = "00D000000000001AAA"
USER = "005000000000001AAA"
URL = "https://127.0.0.1:8443"


class Desk:
    """A token endpoint with its clock and time to live in hand."""

    def __init__(self) -> None:
        self.now = NOW
        self.ttl_s: float | None = None
        self.app = ConnectedApp()
        self.sessions = Sessions(ORG, lambda: self.now, lambda: self.ttl_s)
        self.rotates = False
        refreshes = RefreshGrant(
            self.app.refresh_token,
            make=new_refresh_token,
            rotates=lambda: self.rotates,
            on_theft=self.sessions.revoke_all,
        )
        self.endpoint = TokenEndpoint(
            self.app, self.sessions, ORG, USER, "daemon@example.com", URL, lambda: self.now, time.time, refreshes
        )

    def grant(self, *, headers: dict[str, str] | None = None, **form: str) -> dict[str, Any]:
        body = urlencode(form).encode()
        return self.endpoint.grant(Request("POST", "/services/oauth2/token", headers or {}, body))

    def by_secret(self, **changes: str) -> dict[str, Any]:
        form = {"client_id": self.app.client_id, "client_secret": self.app.client_secret} | changes
        return self.grant(grant_type="client_credentials", **form)

    def by_assertion(self, **claims: Any) -> dict[str, Any]:
        all_claims = {"iss": self.app.client_id, "sub": "daemon@example.com", "aud": "https://login.salesforce.com"}
        all_claims |= {"exp": int(time.time()) + 180} | claims
        assertion = jwt.encode(all_claims, self.app.private_key_pem, algorithm="RS256")
        return self.grant(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refresh(desk: Desk, token: str) -> dict[str, Any]:
    form = {"client_id": desk.app.client_id, "client_secret": desk.app.client_secret}
    return desk.grant(grant_type="refresh_token", refresh_token=token, **form)


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(GrantError) as caught:
        call(*args, **kwargs)
    assert set(caught.value.body) == {"error", "error_description"}
    return caught.value.body["error"]


def test_client_credentials_give_a_token_that_opens_a_session(desk: Desk) -> None:
    token = desk.by_secret()["access_token"]
    assert token.startswith(ORG[:15] + "!")
    assert desk.sessions.touch(token)


def test_a_token_reply_has_the_fields_of_its_flow_and_no_lifetime(desk: Desk) -> None:
    common = {"access_token", "instance_url", "id", "token_type"}
    assert set(desk.by_secret()) == common | {"issued_at", "signature", "scope", "api_instance_url"}
    assert set(desk.by_assertion()) == common | {"scope"}


def test_identity_and_time_are_as_recorded(desk: Desk) -> None:
    reply = desk.by_secret()
    assert reply["id"] == f"{URL}/id/{ORG}/{USER}"
    assert reply["issued_at"] == str(int(NOW.timestamp() * 1000))
    assert reply["instance_url"] == URL


def test_a_client_may_name_itself_by_basic_authentication(desk: Desk) -> None:
    pair = base64.b64encode(f"{desk.app.client_id}:{desk.app.client_secret}".encode()).decode()
    assert desk.grant(grant_type="client_credentials", headers={"authorization": f"Basic {pair}"})["access_token"]


def test_a_wrong_secret_is_an_invalid_client(desk: Desk) -> None:
    assert refused(desk.by_secret, client_secret="wrong") == "invalid_client"


def test_an_unknown_client_is_an_invalid_client_id(desk: Desk) -> None:
    assert refused(desk.by_secret, client_id="someone") == "invalid_client_id"


def test_an_unknown_grant_is_unsupported(desk: Desk) -> None:
    assert refused(desk.grant, grant_type="password") == "unsupported_grant_type"


def test_a_refresh_token_gives_a_new_token(desk: Desk) -> None:
    form = {"client_id": desk.app.client_id, "client_secret": desk.app.client_secret}
    assert desk.grant(grant_type="refresh_token", refresh_token=desk.app.refresh_token, **form)["access_token"]
    assert refused(desk.grant, grant_type="refresh_token", refresh_token="old", **form) == "invalid_grant"


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": int(time.time()) - 10}, "invalid_grant"),
        ({"exp": int(time.time()) + 3600}, "invalid_grant"),
        ({"aud": "https://example.com"}, "invalid_grant"),
        ({"sub": "someone@example.com"}, "invalid_grant"),
        ({"iss": "someone"}, "invalid_client_id"),
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(desk: Desk, claims: dict[str, Any], error: str) -> None:
    assert refused(desk.by_assertion, **claims) == error


def test_an_assertion_may_state_its_end_as_text(desk: Desk) -> None:
    assert desk.by_assertion(exp=str(int(time.time()) + 180))["access_token"]


def test_an_assertion_signed_by_another_key_is_refused(desk: Desk) -> None:
    forged = jwt.encode({"exp": int(time.time()) + 60}, "x" * 32, algorithm="HS256")
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert refused(desk.grant, grant_type=grant, assertion=forged) == "invalid_grant"


def test_a_session_ends_after_its_silence_and_a_use_prolongs_it(desk: Desk) -> None:
    token = desk.by_secret()["access_token"]
    desk.ttl_s = 60
    for _ in range(3):
        desk.now += timedelta(seconds=50)
        assert desk.sessions.touch(token)
    desk.now += timedelta(seconds=61)
    assert not desk.sessions.touch(token)


def test_without_a_time_to_live_a_session_never_ends(desk: Desk) -> None:
    token = desk.by_secret()["access_token"]
    desk.now += timedelta(days=400)
    assert desk.sessions.touch(token)


def test_a_refresh_token_that_does_not_rotate_is_not_named_in_the_reply(desk: Desk) -> None:
    assert "refresh_token" not in refresh(desk, desk.app.refresh_token)
    assert "refresh_token" not in refresh(desk, desk.app.refresh_token)


def test_a_rotating_refresh_token_is_new_after_each_use(desk: Desk) -> None:
    desk.rotates = True
    first = refresh(desk, desk.app.refresh_token)["refresh_token"]
    second = refresh(desk, first)["refresh_token"]
    assert len({desk.app.refresh_token, first, second}) == 3


def test_an_old_refresh_token_used_again_ends_the_grant_and_its_sessions(desk: Desk) -> None:
    desk.rotates = True
    reply = refresh(desk, desk.app.refresh_token)
    assert refused(refresh, desk, desk.app.refresh_token) == "invalid_grant"
    assert refused(refresh, desk, reply["refresh_token"]) == "invalid_grant"
    assert not desk.sessions.touch(reply["access_token"])


def test_a_token_that_never_was_does_not_end_the_grant(desk: Desk) -> None:
    desk.rotates = True
    assert refused(refresh, desk, "nonsense") == "invalid_grant"
    assert refresh(desk, desk.app.refresh_token)["access_token"]
