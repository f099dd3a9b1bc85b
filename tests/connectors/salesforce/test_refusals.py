"""What each refusal means for the caller."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import errors
from connectors.salesforce.refusals import Refusal, RefusedError, SchemaChangedError, SessionRefusedError


def answer(code: str, message: str = "why") -> list[dict[str, str]]:
    return [{"errorCode": code, "message": message}]


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (401, answer("INVALID_SESSION_ID"), SessionRefusedError),
        (401, "<html>", errors.TransientError),
        (403, "<html>", errors.TransientError),
        (403, answer("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), errors.QuotaSpentError),
        (403, answer("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests limit exceeded"), errors.RateLimitedError),
        (403, answer("API_DISABLED_FOR_ORG"), errors.MissingPermissionError),
        (403, answer("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE"), errors.TransientError),
        (400, answer("QUERY_TIMEOUT"), errors.TransientError),
        (400, answer("INVALID_QUERY_LOCATOR"), errors.CursorExpiredError),
        (400, answer("INVALID_FIELD"), SchemaChangedError),
        (400, answer("INVALID_TYPE"), SchemaChangedError),
        (400, answer("MALFORMED_QUERY"), RefusedError),
        (404, {"error": "not_found"}, RefusedError),
        (302, "", errors.LimitError),
        (420, "", errors.RateLimitedError),
        (429, "", errors.RateLimitedError),
        (500, answer("UNKNOWN_EXCEPTION"), errors.TransientError),
        (503, "<html>We are down for maintenance</html>", errors.TransientError),
    ],
)
def test_a_refusal_is_told_by_status_then_code(status: int, content: Any, kind: type[Exception]) -> None:
    error = Refusal.of(status, content).error("GET query")
    assert type(error) is kind


def test_a_refusal_names_the_request_and_quotes_one_line() -> None:
    error = Refusal.of(400, answer("MALFORMED_QUERY", "unexpected\n  token " + "x" * 1000)).error("GET query")
    assert str(error).startswith("Salesforce answered GET query with 400 MALFORMED_QUERY: unexpected token x")
    assert "\n" not in str(error)
    assert len(str(error)) < 450


def test_the_wait_that_was_asked_for_is_kept() -> None:
    error = Refusal.of(429, "").error("GET query", 12.0)
    assert isinstance(error, errors.RateLimitedError)
    assert error.retry_after_s == 12.0
