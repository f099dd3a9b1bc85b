"""Refusals as they go over the wire; what the data refuses is a `RecordError`, what the wire refuses an `ApiError`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.refusals import RecordError


class ApiError(Exception):
    """A call is refused before the data is asked; *body* is what its error body has beyond status and correlation."""

    def __init__(self, status: int, message: str, **body: Any) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.body = {"message": message} | body


def correlation_id(now: datetime) -> str:
    """A correlation id as today's portals give: a version 7 UUID, which begins with the time of the call."""
    # The body repeats the header's correlation id; support asks for it.
    head = f"{int(now.timestamp() * 1000):012x}7{secrets.randbits(12):03x}"
    text = head + f"{0b10 << 62 | secrets.randbits(62):016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def refusal_body(error: ApiError | RecordError, correlation: str) -> dict[str, Any]:
    """The body of a call that is refused as a whole."""
    if isinstance(error, ApiError):
        return {"status": "error", "correlationId": correlation} | error.body
    return {"status": "error", "correlationId": correlation} | _details(error)


def item_error(error: RecordError, trace: str | None = None) -> dict[str, Any]:
    """*error* as one of the `errors` of a batch; *trace* is the input's objectWriteTraceId."""
    body = {"status": "error"} | _details(error)
    if trace is not None:
        body["context"] = body.get("context", {}) | {"objectWriteTraceId": [trace]}
    return body


def _details(error: RecordError) -> dict[str, Any]:
    body: dict[str, Any] = {"message": error.message, "category": error.category}
    if error.sub_category is not None:
        body["subCategory"] = error.sub_category
    if error.context:
        body["context"] = error.context
    if error.errors:
        body["errors"] = error.errors
    return body


def no_such_path() -> RecordError:
    """The refusal of a path that leads nowhere."""
    return RecordError(404, "OBJECT_NOT_FOUND", "resource not found")


def wrong_method(method: str) -> ApiError:
    """The refusal of a method that the resource does not know."""
    return ApiError(405, f"{method} is not supported by this resource", category="METHOD_NOT_ALLOWED")


def no_credentials() -> ApiError:
    """The 401 of a token that is missing or unknown."""
    message = "Authentication credentials not found. This API supports OAuth 2.0 and private app access tokens."
    return ApiError(401, message, category="INVALID_AUTHENTICATION")


def expired(at: datetime, now: datetime) -> ApiError:
    """The 401 of a token whose time is over; the key of its context really has a space in it."""
    message = f"The token of this call expired {max(0, int((now - at).total_seconds()))} second(s) ago."
    return ApiError(401, message, category="EXPIRED_AUTHENTICATION", context={"expire time": [stamp(at)]})


def missing_scopes(scopes: Sequence[str]) -> ApiError:
    """The 403 of a call that the token's scopes do not allow; any of *scopes* would."""
    detail = {"message": "One or more scopes are missing.", "context": {"requiredGranularScopes": list(scopes)}}
    message = "This app hasn't been granted all required scopes to make this call."
    return ApiError(403, message, errors=[detail], category="MISSING_SCOPES", links={})


def too_many(policy: str, *, portal: str, named: bool = False) -> ApiError:
    """The 429 of the limit called *policy*, one of `TEN_SECONDLY_ROLLING`, `DAILY` and `SECONDLY`.

    The three have three shapes: that of searches has a category and no policy, unless it is *named* like the others.
    """
    message = f"You have reached your {policy.lower().removesuffix('_rolling')} limit."
    if policy == "SECONDLY" and not named:
        return ApiError(429, message, category="RATE_LIMITS")
    words: dict[str, Any] = {"errorType": "RATE_LIMIT", "policyName": policy}
    match policy:
        case "DAILY":
            words["requestId"] = secrets.token_hex(16)
        case "SECONDLY":
            words["groupName"] = f"publicapi:crm:search:oauth:{portal}"
        case _:
            message = "You have reached your ten_secondly_rolling limit."
            words["groupName"] = f"publicapi:private_app-api-calls-ten-secondly:1:{portal}"
    return ApiError(429, message, **words)


_WHOLE = {
    409: ("CONFLICT", "The request conflicts with another one; nothing was done."),
    423: ("LOCKED", "The resource is locked by another request; wait two seconds."),
    477: ("MIGRATION_IN_PROGRESS", "This account is moving to another data centre."),
    500: (None, "internal error"),
    503: (None, "Service temporarily unavailable."),
}


def whole(status: int) -> ApiError:
    """What the portal says when it fails as a whole with *status*."""
    category, message = _WHOLE[status]
    return ApiError(status, message, **({"category": category} if category else {}))
