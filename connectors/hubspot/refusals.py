"""What HubSpot's refusals mean for the caller: by HTTP status first, then by what the body says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.errors import (
    ConnectorError,
    LimitError,
    MissingPermissionError,
    OutcomeUnknownError,
    QuotaSpentError,
    RateLimitedError,
    TransientError,
)
from connectors.http_status import Action, action

_LONGEST_QUOTE: Final = 300
_SCOPE_KEYS: Final = ("requiredGranularScopes", "requiredScopes", "missingScopes")
_TEN_SECONDS: Final = 10.0
_LOCK_S: Final = 2.0
_ONE_SECOND: Final = 1.0


class RefusedError(ConnectorError):
    """HubSpot refused a request for a reason that another attempt does not fix, and did nothing of it."""

    def __init__(self, message: str, refusal: Refusal) -> None:
        super().__init__(message)
        self.refusal = refusal


class LockedError(RateLimitedError):
    """Another write holds the same unique value, for two seconds at most."""


class SessionRefusedError(ConnectorError):
    """The token is not valid, or no longer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer reduced to what matters; *category* is None where the body was no HubSpot error."""

    status: int
    category: str | None
    reason: str
    policy: str | None = None
    scopes: tuple[str, ...] = ()
    codes: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, status: int, content: str | bytes | None) -> Refusal:
        """Read an error body, which may be JSON of several shapes, or a page for people."""
        try:
            body = json.loads(content or "")
        except (ValueError, RecursionError):
            return cls(status, None, "")
        if not isinstance(body, dict):
            return cls(status, None, "")
        return cls.of_error(status, body)

    @classmethod
    def of_error(cls, status: int, body: Mapping[str, Any]) -> Refusal:
        """Read an error object, of a whole answer or of one record of a batch."""
        category = body.get("category") or body.get("errorType") or body.get("error")
        reason = body.get("message") or body.get("error_description") or ""
        details = [detail for detail in body.get("errors") or () if isinstance(detail, dict)]
        return cls(
            status,
            str(category) if category else None,
            " ".join(str(reason).split()),
            policy=body.get("policyName"),
            scopes=tuple(dict.fromkeys(_scopes(body))),
            codes=frozenset(str(detail["code"]) for detail in details if detail.get("code")),
        )

    @property
    def is_duplicate(self) -> bool:
        """Whether another record has the unique value that was sent."""
        # Since 2024 OBJECT_ALREADY_EXISTS beside CONFLICT; unique properties give VALIDATION_ERROR with these words.
        return "already has that value" in self.reason or self.category in ("CONFLICT", "OBJECT_ALREADY_EXISTS")

    def error(self, where: str, retry_after_s: float | None = None, *, is_write: bool = False) -> ConnectorError:
        """Return the error that tells the caller what to do next; *where* names the request."""
        text = f"HubSpot answered {where} with {self.status}"
        text += f" {self.category}" if self.category else ""
        text += f": {self.reason[:_LONGEST_QUOTE]}" if self.reason else ""
        following = action(self.status, is_write=is_write)
        match self.status:
            case 401 if self.category is None:
                return TransientError(f"{text}; something between us and HubSpot answered in its place")
            case 403:
                return self._forbidden(text)
            # A lock on a unique value lasts two seconds; asking sooner meets it again.
            case 423:
                return LockedError(f"{text}; the next cycle tries again", max(retry_after_s or 0.0, _LOCK_S))
            case 429:
                return self._too_many(text, retry_after_s)
            # Cloudflare's answer to a malformed token, without any JSON.
            case 530 if not is_write:
                return TransientError(
                    f"{text}; the next cycle tries again; if it stays so, check that the token is whole"
                )
        return self._by_status(following, text, retry_after_s)

    def _by_status(self, following: Action, text: str, retry_after_s: float | None) -> ConnectorError:
        match following:
            case Action.UNKNOWN:
                return OutcomeUnknownError(f"{text}; whether it was done is read back")
            case Action.RENEW:
                return SessionRefusedError(text)
            case Action.PAUSE:
                return RateLimitedError(f"{text}; the next cycle tries again", retry_after_s)
            case Action.END:
                return LimitError(f"{text}; redirects are not followed: correct base_url")
            case Action.RETRY:
                return TransientError(f"{text}; the next cycle tries again")
        return RefusedError(text, self)

    def _forbidden(self, text: str) -> ConnectorError:
        if self.category is None:
            return TransientError(f"{text}; something between us and HubSpot answered in its place")
        if self.category == "REQUEST_LIMIT_EXCEEDED":
            return QuotaSpentError(f"{text}; the next cycle tries again")
        needed = f"one of the scopes {', '.join(self.scopes)}" if self.scopes else "what this needs"
        return MissingPermissionError(f"{text}; grant {needed} to the key or app in the portal's settings")

    def _too_many(self, text: str, retry_after_s: float | None) -> ConnectorError:
        # Three shapes of 429 are known; only two of them carry policyName, so the message counts too.
        if self.policy == "DAILY" or "daily limit" in self.reason.casefold():
            return QuotaSpentError(f"{text}; the portal's daily calls are used up until its midnight")
        ten = self.policy == "TEN_SECONDLY_ROLLING" or "ten_secondly" in self.reason.casefold()
        wait = retry_after_s if retry_after_s is not None else _TEN_SECONDS if ten else _ONE_SECOND
        return RateLimitedError(f"{text}; the next cycle tries again", wait)


def _scopes(body: Mapping[str, Any]) -> Iterator[str]:
    """Find the scopes that a refusal names; HubSpot has put them in three places over the years."""
    contexts = [
        body.get("context"),
        *(detail.get("context") for detail in body.get("errors") or () if isinstance(detail, dict)),
    ]
    for context in contexts:
        if not isinstance(context, dict):
            continue
        for key in _SCOPE_KEYS:
            scopes = context.get(key) or ()
            yield from (str(scope) for scope in (scopes if isinstance(scopes, list) else [scopes]))
