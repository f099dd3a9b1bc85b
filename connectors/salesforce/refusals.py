"""What Salesforce's refusals mean for the caller: by HTTP status first, then by error code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import (
    ConnectorError,
    CursorExpiredError,
    LimitError,
    MissingPermissionError,
    OutcomeUnknownError,
    QuotaSpentError,
    RateLimitedError,
    TransientError,
)
from connectors.http_status import Action, action

_PASSING: Final = frozenset(
    {
        "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE",
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "ORG_IN_MAINTENANCE",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "TOO_MANY_APEX_REQUESTS",
        "TXN_SECURITY_METERING_ERROR",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
_SHORT_WINDOWS: Final = ("ConcurrentRequests", "ConcurrentPerOrgLongTxn")
_LONGEST_QUOTE: Final = 300


class RefusedError(ConnectorError):
    """Salesforce refused a request for a reason that another attempt does not fix; *code* is its error code."""

    def __init__(self, message: str, code: str | None, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class SchemaChangedError(RefusedError):
    """A field or object that was there is gone or hidden: ask the org again what can be read."""


class SessionRefusedError(ConnectorError):
    """The session is not valid, or no longer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer reduced to what matters: *code* is None where the body was no Salesforce error."""

    status: int
    code: str | None
    reason: str

    @classmethod
    def of(cls, status: int, content: Any) -> Refusal:
        """Read an error body, which may be an array, an object, or a page for people."""
        # REST answers with an array, OAuth and gateways with an object, maintenance with HTML.
        first = content[0] if isinstance(content, list) and content else content
        if not isinstance(first, dict):
            return cls(status, None, "")
        code = first.get("errorCode") or first.get("statusCode") or first.get("error")
        reason = first.get("message") or first.get("error_description") or ""
        return cls(status, str(code) if code else None, " ".join(str(reason).split())[:_LONGEST_QUOTE])

    def error(self, where: str, retry_after_s: float | None = None, *, is_write: bool = False) -> ConnectorError:
        """Return the error that tells the caller what to do next; *where* names the request."""
        text = f"Salesforce answered {where} with {self.status}"
        text += f" {self.code}" if self.code else ""
        text += f": {self.reason}" if self.reason else ""
        if self.code is None and self.status in (401, 403):
            # Salesforce names a code in both; a page without one comes from a proxy or a gateway.
            return TransientError(f"{text}; something between us and Salesforce answered in its place")
        if self.status == 401:
            return SessionRefusedError(text)
        # One code, two meanings: the day's calls, or too many long requests at once. Only the message says which.
        if self.code == "REQUEST_LIMIT_EXCEEDED" and not any(word in self.reason for word in _SHORT_WINDOWS):
            return QuotaSpentError(f"{text}; the org's daily API calls are used up, the next cycle tries again")
        if self.code == "REQUEST_LIMIT_EXCEEDED":
            return RateLimitedError(f"{text}; the next cycle tries again", retry_after_s)
        following = action(self.status, is_write=is_write)
        if following is Action.UNKNOWN:
            return OutcomeUnknownError(f"{text}; whether it was done is read back")
        if self.code in _PASSING:
            return TransientError(f"{text}; the next cycle tries again")
        if self.code in ("INVALID_QUERY_LOCATOR", "INVALID_REPLICATION_DATE"):
            return CursorExpiredError(f"{text}; that read begins again")
        return self._by_status(following, text, retry_after_s)

    def _by_status(self, following: Action, text: str, retry_after_s: float | None) -> ConnectorError:
        match following:
            case Action.PAUSE:
                return RateLimitedError(f"{text}; the next cycle tries again", retry_after_s)
            case Action.STOP:
                return MissingPermissionError(f"{text}; an admin must grant the integration user what this needs")
            case Action.END:
                return LimitError(f"{text}; redirects are not followed: correct the connection's address")
            case Action.RETRY:
                return TransientError(f"{text}; the next cycle tries again")
        kind = SchemaChangedError if self.code in ("INVALID_FIELD", "INVALID_TYPE") else RefusedError
        return kind(text, self.code, self.reason)
