"""Bearer tokens: a service key as it is, or OAuth tokens renewed before they run out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from connectors.errors import AuthError, InvalidResponseError
from connectors.hubspot.settings import HubSpotSettings

_MARGIN_S: Final = 60.0
"""How long before its end a token is renewed: HubSpot counts from its own sending of it."""

Post = Callable[[str], Any]
"""Sends a form to the token endpoint and gives the JSON of the answer."""


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def current(self) -> str:
        """Return a token that should be valid."""

    def renew(self, refused: str) -> str | None:
        """Return another token than the *refused* one; None where there is no other."""


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A token that a person made in the portal; read again each time, so that a rotated one is taken up."""

    settings: HubSpotSettings

    def current(self) -> str:
        """Return the token of the configuration."""
        token = self.settings.token() if self.settings.token else ""
        if not token or not token.isascii() or any(character.isspace() for character in token):
            raise AuthError("the HubSpot token is empty or holds blanks; put the whole key where token points to")
        return token

    def renew(self, refused: str) -> str | None:
        """Return the configured token if it changed meanwhile."""
        now = self.current()
        return now if now != refused else None


class OAuthTokens:
    """Access tokens got for a refresh token; they live half an hour."""

    def __init__(self, settings: HubSpotSettings, post: Post, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._post = post
        self._clock = clock
        self._refresh_token: str | None = None
        self._token: str | None = None
        self._ends_at = 0.0

    def current(self) -> str:
        """Return the token at hand, or a new one shortly before that one ends."""
        if self._token is None or self._clock() >= self._ends_at:
            self._token = self._fetch()
        return self._token

    def renew(self, refused: str) -> str | None:
        """Fetch a token in place of a refused one, unless that was done already."""
        if self._token == refused:
            self._token = self._fetch()
        return self._token

    def _fetch(self) -> str:
        settings = self._settings
        if settings.client_id is None or settings.client_secret is None or settings.refresh_token is None:
            raise AuthError('auth = "oauth" needs client_id, client_secret and refresh_token')
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id(),
            "client_secret": settings.client_secret(),
        }
        rotating = settings.rotating_token
        asked = self._clock()
        if rotating is None:
            answer = self._exchange(form, self._refresh_token or settings.refresh_token())
        else:
            with rotating.turn() as refresh_token:
                # The turn may have been waited for.
                asked = self._clock()
                answer = self._exchange(form, refresh_token)
                # Before the access token is used: the former refresh token works no more.
                if self._refresh_token not in (None, refresh_token):
                    rotating.keep(str(self._refresh_token))
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise InvalidResponseError("HubSpot's token endpoint answered without a token")
        lives_s = answer.get("expires_in")
        # Counted from before the call, so that the time of the answer's way is never taken for life of the token.
        self._ends_at = asked + (lives_s if isinstance(lives_s, int | float) else 0.0) - _MARGIN_S
        return token

    def _exchange(self, form: Mapping[str, str], refresh_token: str) -> Mapping[str, Any]:
        """Ask for tokens, and remember the refresh token that is good from now on."""
        answer = self._post(urlencode({**form, "refresh_token": refresh_token}))
        body: dict[str, Any] = answer if isinstance(answer, dict) else {}
        following = body.get("refresh_token")
        self._refresh_token = following if isinstance(following, str) and following else refresh_token
        return body


def refused_token(status: int, content: str | bytes | None) -> AuthError:
    """Return the error for a refusal of the token endpoint: wrong app data, or consent withdrawn in the portal."""
    try:
        body = json.loads(content or "")
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    # HubSpot mixes the RFC 6749 field with fields of its own; both occur alone.
    error, code = str(body.get("error") or ""), str(body.get("status") or "")
    said = " ".join(part for part in (error, code, str(body.get("message") or "")) if part)
    if error == "invalid_client" or code in ("BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_REDIRECT_URI"):
        return AuthError(f"HubSpot refused the app itself ({said}); correct client_id or client_secret")
    return AuthError(
        f"HubSpot gave no token ({status} {said}); install the app in the portal again, for a new refresh_token"
    )
