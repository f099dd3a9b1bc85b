from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import MissingPermissionError, QuotaSpentError, RateLimitedError, TransientError
from connectors.hubspot.refusals import LockedError, Refusal, RefusedError, SessionRefusedError


def error(status: int, after: float | None = None, **body: Any) -> Exception:
    return Refusal.of(status, json.dumps(body)).error("GET /crm", after)


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING", "errorType": "RATE_LIMIT"}, 10.0),
        ({"message": "You have reached your ten_secondly_rolling limit."}, 10.0),
        ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, 1.0),
        ({"policyName": "SECONDLY", "errorType": "RATE_LIMIT"}, 1.0),
    ],
)
def test_every_shape_of_a_short_limit_says_how_long_to_wait(body: dict[str, str], wait: float) -> None:
    found = error(429, **body)

    assert isinstance(found, RateLimitedError)
    assert found.retry_after_s == wait


def test_hubspot_s_own_wait_goes_before_ours() -> None:
    found = error(429, 3.0, policyName="TEN_SECONDLY_ROLLING")

    assert isinstance(found, RateLimitedError)
    assert found.retry_after_s == 3.0


@pytest.mark.parametrize("body", [{"policyName": "DAILY"}, {"message": "You have reached your daily limit."}])
def test_a_spent_day_is_not_waited_for(body: dict[str, str]) -> None:
    assert isinstance(error(429, **body), QuotaSpentError)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"message": "x", "context": {"requiredGranularScopes": ["a.read", "b.read"]}}]},
        {"errors": [{"message": "x", "context": {"requiredScopes": ["a.read", "b.read"]}}]},
        {"context": {"missingScopes": ["a.read", "b.read"]}},
    ],
)
def test_missing_scopes_are_named_wherever_they_stand(body: dict[str, Any]) -> None:
    found = error(403, category="MISSING_SCOPES", **body)

    assert isinstance(found, MissingPermissionError)
    assert "a.read, b.read" in str(found)


@pytest.mark.parametrize("status", [401, 403, 500, 502, 521, 530])
def test_a_page_for_people_is_a_passing_failure(status: int) -> None:
    assert isinstance(Refusal.of(status, "<html>nginx</html>").error("GET /crm"), TransientError)


@pytest.mark.parametrize(("status", "kind"), [(401, SessionRefusedError), (423, LockedError), (400, RefusedError)])
def test_a_status_says_what_to_do_next(status: int, kind: type[Exception]) -> None:
    assert isinstance(error(status, category="X", message="m"), kind)


@pytest.mark.parametrize(
    ("body", "duplicate"),
    [
        ({"message": "dealwarden_key = dw:1: 51 already has that value", "category": "VALIDATION_ERROR"}, True),
        ({"message": "taken", "category": "OBJECT_ALREADY_EXISTS"}, True),
        ({"message": "owner 1 does not exist", "category": "VALIDATION_ERROR"}, False),
    ],
)
def test_a_duplicate_is_told_from_other_refusals(body: dict[str, str], duplicate: bool) -> None:
    assert Refusal.of_error(400, body).is_duplicate is duplicate
