"""Tokens: three OAuth flows against the org's own token endpoint, renewed by one caller at a time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
import requests

from connectors.bounded_http import parse_json
from connectors.errors import (
    AuthError,
    ConnectorError,
    InvalidResponseError,
    LimitError,
    RateLimitedError,
    TransientError,
)
from connectors.http_status import Action, action
from connectors.salesforce.audience import audience_of
from connectors.salesforce.refusals import Refusal
from connectors.salesforce.session import unreachable
from connectors.salesforce.settings import SalesforceSettings, Secret

_IDENTITY: Final = re.compile(r"/id/(00D\w{12}(?:\w{3})?)/(005\w{12}(?:\w{3})?)/?$")
_ASSERTION_LIFE_S: Final = 180
_LOGIN_RATE_PAUSE_S: Final = 300.0
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Login:
    """A session, and whose it is; ids have 18 characters where Salesforce gave them so."""

    token: str = field(repr=False)
    instance_url: str
    org_id: str
    user_id: str


class Tokens:
    """Holds the current login of one org.

    A caller whose session was refused asks for a renewal naming the token that failed; when several do, one logs in and
    the others get its result.
    """

    def __init__(self, settings: SalesforceSettings, session: requests.Session) -> None:
        self._settings = settings
        self._session = session
        self._lock = threading.Lock()
        self._login: Login | None = None
        self._rotated: str | None = None
        self.requests = 0

    def current(self) -> Login:
        """Return the login, made on first use.

        Raises:
            AuthError: the org refuses our credentials.
            TransientError: it could not be asked.
        """
        with self._lock:
            if self._login is None:
                self._login = self._log_in()
            return self._login

    def renew(self, refused: Login) -> Login:
        """Return a login that is not *refused*, made now unless someone else just did."""
        with self._lock:
            if self._login is None or self._login.token == refused.token:
                self._login = self._log_in()
            return self._login

    def _log_in(self) -> Login:
        rotating = self._settings.rotating_token
        if self._settings.auth != "refresh-token" or rotating is None:
            return self._read(self._ask(self._form()))
        with rotating.turn() as token:
            body = self._ask(self._form(token))
            following = body.get("refresh_token") if isinstance(body, dict) else None
            # Before the session is used, or even looked at: the former token works no more.
            if isinstance(following, str) and following not in ("", token):
                rotating.keep(following)
        return self._read(body)

    def _ask(self, form: Mapping[str, str]) -> Any:
        url = f"{self._settings.login_url}/services/oauth2/token"
        self.requests += 1
        try:
            answer = self._session.post(url, data=form)
        except requests.RequestException as error:
            raise unreachable(error, f"login at {self._settings.login_url}") from error
        try:
            body = parse_json(answer.content, self._settings.limits, f"login at {self._settings.login_url}")
        except ValueError:
            body = None
        if answer.status_code != 200:
            raise self._refusal(answer.status_code, body)
        return body

    def _form(self, refresh_token: str | None = None) -> dict[str, str]:
        settings = self._settings
        form = {"client_id": settings.client_id()}
        if settings.auth == "jwt":
            return {"grant_type": _JWT_GRANT, "assertion": self._assertion(form["client_id"])}
        if settings.auth == "refresh-token":
            form |= {
                "grant_type": "refresh_token",
                "refresh_token": refresh_token or self._rotated or _needed(settings.refresh_token, "refresh_token")(),
            }
            return form | ({"client_secret": settings.client_secret()} if settings.client_secret else {})
        return form | {
            "grant_type": "client_credentials",
            "client_secret": _needed(settings.client_secret, "client_secret")(),
        }

    def _assertion(self, client_id: str) -> str:
        claims = {
            "iss": client_id,
            "sub": self._settings.username or "",
            "aud": audience_of(self._settings.login_url, self._settings.audience),
            "exp": int(time.time()) + _ASSERTION_LIFE_S,
        }
        try:
            return jwt.encode(claims, _needed(self._settings.private_key, "private_key")(), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise AuthError("private_key is no RSA key in PEM form; export the key of the app's certificate") from error

    def _refusal(self, status: int, body: Any) -> ConnectorError:
        refusal = Refusal.of(status, body)
        text = f"login at {self._settings.login_url} failed with {status} {refusal.code or ''}".rstrip()
        text += f": {refusal.reason}" if refusal.reason else ""
        # Logins have a rate of their own; the session is shared, so waiting minutes is cheap.
        if refusal.code == "rate_limit_exceeded" or status in (420, 429):
            return RateLimitedError(f"{text}; too many logins, the next cycle tries again", _LOGIN_RATE_PAUSE_S)
        if action(status, is_write=False) is Action.END:
            return LimitError(f"{text}; redirects are not followed: correct domain or login_url")
        if status >= 500 or refusal.code in (None, "server_error"):
            return TransientError(f"{text}; the next cycle tries again")
        return AuthError(
            f"{text}; check the connection's credentials (client_id, and its secret or key), and that the "
            f"app admits its user (flow {self._settings.auth})"
        )

    def _read(self, body: Any) -> Login:
        if not isinstance(body, dict) or not all(
            isinstance(body.get(k), str) for k in ("access_token", "instance_url", "id")
        ):
            raise InvalidResponseError(
                f"login at {self._settings.login_url}: the answer holds no token; check the address"
            )
        identity = _IDENTITY.search(body["id"])
        if identity is None:
            raise InvalidResponseError(f"login at {self._settings.login_url}: the answer names no org and user")
        # Salesforce itself answers with https alone, so another address was put there on the way.
        if urlsplit(body["instance_url"]).scheme != "https":
            raise InvalidResponseError("the login leads to an address that is not https; nothing was sent there")
        # With rotation switched on, using the former refresh token again revokes the grant.
        self._rotated = body.get("refresh_token") or self._rotated
        return Login(body["access_token"], body["instance_url"].rstrip("/"), identity[1], identity[2])


def _needed(secret: Secret | None, key: str) -> Secret:
    if secret is None:
        raise AuthError(f"{key} is not set, but this connection's auth needs it")
    return secret
