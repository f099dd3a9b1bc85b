"""The token endpoint, and the sessions that it opens."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.server.refresh import RefreshGrant
from sandbox.server.wire import Request

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LONGEST_ASSERTION_S = 300
_SIGNATURE_ONLY: jwt.types.Options = {
    "verify_exp": False,
    "verify_aud": False,
    "verify_iat": False,
    "verify_nbf": False,
}
_AUDIENCES = {"https://login.salesforce.com", "https://test.salesforce.com"}


class GrantError(Exception):
    """A token is refused; always a 400, with an object and not an array."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description}


def new_refresh_token() -> str:
    """Return a token of the shape that Salesforce's refresh tokens have."""
    return "5Aep861" + secrets.token_urlsafe(40)


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """The one app that may log in, and the password of its user: made anew at each start, so no secret is shipped."""

    client_id: str = field(default_factory=lambda: "3MVG9" + secrets.token_urlsafe(48))
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32).upper())
    refresh_token: str = field(default_factory=new_refresh_token)
    user_password: str = field(default_factory=lambda: secrets.token_urlsafe(24))  # with the security token behind it

    @property
    def private_key_pem(self) -> str:
        """The key that signs assertions of the JWT flow; the app itself uses the public half only."""
        pem = _signing_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode("ascii")


class Sessions:
    """Open sessions. A session ends when it was idle for `token_ttl_s` seconds of the org's time, or is revoked."""

    def __init__(self, org_id: str, now: Callable[[], datetime], ttl_s: Callable[[], float | None]) -> None:
        self._prefix = org_id[:15]
        self._now, self._ttl_s = now, ttl_s
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def open(self) -> str:
        """A new access token."""
        token = f"{self._prefix}!{secrets.token_urlsafe(72)}"
        with self._lock:
            self._used[token] = self._now()
        return token

    def touch(self, token: str) -> bool:
        """Whether *token* is good; a use keeps it so."""
        now, ttl_s = self._now(), self._ttl_s()
        with self._lock:
            used = self._used.get(token)
            if used is None:
                return False
            if ttl_s is not None and now - used > timedelta(seconds=ttl_s):
                del self._used[token]
                return False
            self._used[token] = now
            return True

    def revoke(self, token: str) -> None:
        """End the session of *token*."""
        with self._lock:
            self._used.pop(token, None)

    def revoke_all(self) -> None:
        """End every session."""
        with self._lock:
            self._used.clear()


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Trades credentials for tokens. *host_time* judges assertions; stamps in replies are the org's time."""

    app: ConnectedApp
    sessions: Sessions
    org_id: str
    user_id: str
    username: str
    url: str
    now: Callable[[], datetime]
    host_time: Callable[[], float]
    refreshes: RefreshGrant

    def grant(self, request: Request) -> dict[str, Any]:
        """The token reply to *request*, or `GrantError`. No reply says how long the token lives."""
        if request.method != "POST":
            raise GrantError("invalid_request", "must use HTTP POST")
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        match form.get("grant_type"):
            case "client_credentials":
                self._check_client(form, request.headers)
                return self._stamped(self._token()) | {"scope": "api", "api_instance_url": self.url}
            case "refresh_token":
                self._check_client(form, request.headers)
                given = form.get("refresh_token", "")
                current = self.refreshes.use(given)
                if current is None:
                    raise GrantError("invalid_grant", "expired access/refresh token")
                # The reply names the refresh token only where it is a new one.
                rotated = {} if current == given else {"refresh_token": current}
                return self._stamped(self._token()) | {"scope": "api refresh_token"} | rotated
            # No refresh token and no issued_at here: recorded replies of the JWT flow have only the scope on top.
            case grant if grant == _JWT_GRANT:
                self._check_assertion(form.get("assertion", ""))
                return self._token() | {"scope": "api"}
            case _:
                raise GrantError("unsupported_grant_type", "grant type not supported")

    def _check_client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            client_id, secret = _basic(encoded)
        if client_id != self.app.client_id:
            raise GrantError("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest((secret or "").encode(), self.app.client_secret.encode()):
            raise GrantError("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        """An assertion's own clock is the host's: its signer knows no other."""
        try:
            claims = jwt.decode(assertion, _signing_key().public_key(), algorithms=["RS256"], options=_SIGNATURE_ONLY)
            expires = float(claims["exp"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise GrantError("invalid_grant", "invalid assertion") from None
        if claims.get("iss") != self.app.client_id:
            raise GrantError("invalid_client_id", "client identifier invalid")
        audience = claims.get("aud")
        # The audience is the login host; My Domain and site addresses are accepted too.
        if str(audience).rstrip("/").removesuffix("/services/oauth2/token") not in _AUDIENCES | {self.url}:
            raise GrantError("invalid_grant", "audience validation failed")
        if claims.get("sub") != self.username:
            raise GrantError("invalid_grant", "user hasn't approved this consumer")
        if not 0 < expires - self.host_time() <= _LONGEST_ASSERTION_S:
            raise GrantError("invalid_grant", "expired authorization code")

    def _token(self) -> dict[str, Any]:
        return {
            "access_token": self.sessions.open(),
            "instance_url": self.url,
            "id": f"{self.url}/id/{self.org_id}/{self.user_id}",
            "token_type": "Bearer",
        }

    def _stamped(self, token: dict[str, Any]) -> dict[str, Any]:
        issued_at = str(int(self.now().timestamp() * 1000))
        digest = hmac.digest(self.app.client_secret.encode(), (token["id"] + issued_at).encode(), hashlib.sha256)
        return token | {"issued_at": issued_at, "signature": base64.b64encode(digest).decode("ascii")}


@functools.cache
def _signing_key() -> rsa.RSAPrivateKey:
    """One for the process, made when first needed: it takes longer than all the rest of a start."""
    return rsa.generate_private_key(65537, 2048)


def _basic(encoded: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(user), unquote(password)
