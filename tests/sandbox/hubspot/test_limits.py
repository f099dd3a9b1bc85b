from __future__ import annotations

from typing import Any

import pytest
import requests

DEALS = "/crm/v3/objects/deals"
RATE = {"x-hubspot-ratelimit-max", "x-hubspot-ratelimit-remaining", "x-hubspot-ratelimit-interval-milliseconds"}


def until_refused(caller: Any, **quirks: int) -> requests.Response:
    caller.control("quirks", quirks)
    replies = [caller.get(DEALS) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    last: requests.Response = replies[-1]
    return last


def test_too_many_calls_in_ten_seconds_name_a_policy_and_no_category(caller: Any) -> None:
    body = until_refused(caller, ten_secondly_max=3).json()
    assert (body["policyName"], body["errorType"]) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert "ten_secondly_rolling limit" in body["message"]
    assert "category" not in body
    assert body["groupName"].endswith(caller.portal.portal_id)


def test_the_window_rolls(caller: Any) -> None:
    until_refused(caller, ten_secondly_max=3)
    caller.clock.advance(10)
    assert caller.get(DEALS).status_code == 200


def test_too_many_calls_in_a_day_say_so_and_end_at_the_portals_midnight(caller: Any) -> None:
    body = until_refused(caller, daily_max=3).json()
    assert (body["policyName"], "requestId" in body) == ("DAILY", True)
    caller.control("clock", {"now": "2026-06-16T03:59:00Z"})
    assert caller.get(DEALS).status_code == 429
    caller.control("clock", {"now": "2026-06-16T04:00:00Z"})
    assert caller.get(DEALS).status_code == 200


def test_searches_have_a_limit_of_their_own_with_a_category_and_no_policy(caller: Any) -> None:
    replies = [caller.search("deals") for _ in range(6)]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert replies[-1].json()["category"] == "RATE_LIMITS"
    assert "policyName" not in replies[-1].json()
    assert caller.get(DEALS).status_code == 200
    caller.clock.advance(1)
    assert caller.search("contacts").status_code == 200


def test_the_limit_of_searches_may_name_its_policy(caller: Any) -> None:
    caller.control("quirks", {"search_limit_names_policy": True, "search_secondly_max": 0})
    assert caller.search("deals").json()["policyName"] == "SECONDLY"


def test_associations_have_a_lower_ceiling_inside_that_of_all_calls(caller: Any) -> None:
    caller.control("quirks", {"associations_ten_secondly_max": 1})
    read = {"inputs": [{"id": "1"}]}
    path = "/crm/associations/2026-09/deals/contacts/batch/read"
    assert [caller.post(path, read).status_code for _ in range(2)] == [207, 429]
    assert caller.get(DEALS).status_code == 200


def test_every_answer_but_a_searchs_tells_what_is_left(caller: Any) -> None:
    listed, searched = caller.get(DEALS), caller.search("deals")
    assert {name.lower() for name in listed.headers} >= RATE
    assert listed.headers["X-HubSpot-RateLimit-Remaining"] == "189"
    assert listed.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "649999"
    assert not any(name.lower().startswith("x-hubspot-ratelimit") for name in searched.headers)


def test_an_oauth_app_is_not_told_of_the_day(caller: Any) -> None:
    app = caller.service.app
    form = {"grant_type": "refresh_token", "refresh_token": app.refresh_token, "client_id": app.client_id}
    token = requests.post(
        f"{caller.server.url}/oauth/v1/token", data=form | {"client_secret": app.client_secret}, timeout=10
    ).json()["access_token"]
    reply = caller.get(DEALS, headers={"Authorization": f"Bearer {token}"})
    assert "X-HubSpot-RateLimit-Max" in reply.headers
    assert "X-HubSpot-RateLimit-Daily" not in reply.headers


@pytest.mark.parametrize(("seconds", "header"), [(None, None), (3, "3")])
def test_retry_after_is_not_sent_unless_switched_on(caller: Any, seconds: int | None, header: str | None) -> None:
    caller.control("quirks", {"retry_after_on_429": seconds})
    assert until_refused(caller, ten_secondly_max=3).headers.get("Retry-After") == header


def test_the_control_port_tells_peaks_and_refusals(caller: Any) -> None:
    until_refused(caller, ten_secondly_max=3)
    counted = caller.control("calls")
    assert counted["by_status"] == {"200": 3, "429": 1}
    assert counted["limits"]["ten_secondly"] == {"max": 3, "peak": 3, "refused": 1}
    assert counted["limits"]["daily"]["used"] == 3


def test_the_usage_of_the_day_is_asked_for(caller: Any) -> None:
    caller.control("quirks", {"daily_used": 400})
    (usage,) = caller.get("/account-info/v3/api-usage/daily/private-apps").json()["results"]
    assert (usage["currentUsage"], usage["usageLimit"]) == (401, 650_000)
    assert usage["resetsAt"] == "2026-06-16T04:00:00.000Z"
