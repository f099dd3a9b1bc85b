"""Who calls: service keys, and access tokens that an OAuth app trades its refresh token for."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

from sandbox.hubspot.api.errors import expired, no_credentials
from sandbox.hubspot.api.scopes import SCOPES
from sandbox.server.refresh import RefreshGrant
from sandbox.server.wire import Request

Credential = Literal["service-key", "oauth"]

_WELL_FORMED = re.compile(r"(pat-[a-z0-9]+-[0-9a-f-]{36}|C[A-Za-z0-9_-]{100,})")


class GrantError(Exception):
    """A token is refused; always a 400, which says it in OAuth's words and in HubSpot's own."""

    def __init__(self, error: str, status: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.body = {"error": error, "error_description": message, "status": status, "message": message}


def new_refresh_token() -> str:
    """Return a token of the shape that HubSpot's refresh tokens have."""
    return f"na1-{uuid.uuid4()}"


@dataclass(frozen=True, slots=True)
class App:
    """The one app that is installed, with a service key beside it: made anew at each start, so no secret is shipped."""

    service_key: str = field(default_factory=lambda: f"pat-na1-{uuid.uuid4()}")
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_secret: str = field(default_factory=lambda: str(uuid.uuid4()))
    refresh_token: str = field(default_factory=new_refresh_token)


@dataclass(slots=True)
class _Access:
    opened: datetime
    ended: datetime | None = None


class Tokens:
    """The access tokens of the OAuth app; each is good for `token_ttl_s` seconds of the portal's time."""

    def __init__(self, app: App, now: Callable[[], datetime], ttl_s: Callable[[], float]) -> None:
        self._app, self._now, self._ttl_s = app, now, ttl_s
        self._open: dict[str, _Access] = {}
        self._lock = threading.Lock()

    def issue(self) -> tuple[str, int]:
        """A new access token and the seconds that it is good for."""
        token = "C" + secrets.token_urlsafe(210)
        with self._lock:
            self._open[token] = _Access(self._now())
        return token, int(self._ttl_s())

    def check(self, authorization: str, *, expire: Callable[[], bool]) -> Credential:
        """Who sends *authorization*, or the 401.

        *expire* tells whether the token is to end now: an access token for good, a service key for this one call, since
        there is no way to get another.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise no_credentials()
        now = self._now()
        if hmac.compare_digest(token.encode(), self._app.service_key.encode()):
            if expire():
                raise expired(now, now)
            return "service-key"
        with self._lock:
            access = self._open.get(token)
            if access is None:
                raise no_credentials()
            if access.ended is None and expire():
                access.ended = now
            ends = self._end(access)
        if ends <= now:
            raise expired(ends, now)
        return "oauth"

    def end_all(self) -> None:
        """End every access token of the OAuth app."""
        with self._lock:
            now = self._now()
            for access in self._open.values():
                access.ended = access.ended or now

    def left_s(self, token: str) -> int | None:
        """For how many more seconds *token* is good; None for one that is not."""
        with self._lock:
            access = self._open.get(token)
        left = (self._end(access) - self._now()).total_seconds() if access else 0.0
        return int(left) if left > 0 else None

    def _end(self, access: _Access) -> datetime:
        natural = access.opened + timedelta(seconds=self._ttl_s())
        return natural if access.ended is None else min(access.ended, natural)


def well_formed(authorization: str) -> bool:
    """Whether the token of *authorization* looks like one at all; the network in front may refuse one that does not."""
    return _WELL_FORMED.fullmatch(authorization.partition(" ")[2]) is not None


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Trades the refresh token for access tokens, and tells what a token is."""

    app: App
    tokens: Tokens
    portal_id: int
    refreshes: RefreshGrant

    def answer(self, request: Request, version: str, rest: tuple[str, ...]) -> tuple[int, Any]:
        """The status and body of a call below `/oauth/{version}`; None for no such path."""
        match (request.method, *rest):
            case ("POST", "token"):
                return 200, self._grant(_form(request, from_query=version == "v1"), version)
            case ("POST", "token", "introspect") if version != "v1":
                return 200, self._introspect(_form(request))
            case ("GET", "access-tokens", token) if version == "v1":
                return self._described(token)
            case ("GET", "refresh-tokens", token) if version == "v1" and self.refreshes.is_current(token):
                owner = self._owner() | {"client_id": self.app.client_id, "token_type": "refresh"}
                return 200, {"token": token} | owner
        return 404, None

    def _grant(self, form: Mapping[str, str], version: str) -> dict[str, Any]:
        grant = form.get("grant_type")
        if grant not in {"refresh_token", "authorization_code"}:
            raise GrantError("unsupported_grant_type", "BAD_GRANT_TYPE", "unknown or missing grant type")
        self._check_client(form)
        if grant == "authorization_code":
            raise GrantError("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        current = self.refreshes.use(form.get("refresh_token", ""))
        if current is None:
            raise GrantError("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        token, expires_in = self.tokens.issue()
        body = {
            "token_type": "bearer",
            "refresh_token": current,
            "access_token": token,
            "expires_in": expires_in,
        }
        if version == "v1":
            return body
        # The scopes of the token are in the later versions of the endpoint only.
        return body | {"hub_id": self.portal_id, "scopes": list(SCOPES), "token_use": "access_token", "user_id": 1}

    def _check_client(self, form: Mapping[str, str]) -> None:
        if form.get("client_id") != self.app.client_id:
            raise GrantError("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
        if not hmac.compare_digest(form.get("client_secret", "").encode(), self.app.client_secret.encode()):
            raise GrantError("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")

    def _introspect(self, form: Mapping[str, str]) -> dict[str, Any]:
        self._check_client(form)
        left = self.tokens.left_s(form.get("token", ""))
        if left is None:
            return {"active": False}
        return {"active": True, "expires_in": left, "token_use": "access_token", "token_type": "access"} | self._owner()

    def _described(self, token: str) -> tuple[int, Any]:
        left = self.tokens.left_s(token)
        if left is None:
            return 404, None
        return 200, {"token": token, "expires_in": left, "token_type": "access", "app_id": 1} | self._owner()

    def _owner(self) -> dict[str, Any]:
        return {"hub_id": self.portal_id, "user_id": 1, "scopes": list(SCOPES)}


def _form(request: Request, *, from_query: bool = False) -> dict[str, str]:
    """The form of the body; only the oldest version reads the query too."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return request.query | form if from_query else form
