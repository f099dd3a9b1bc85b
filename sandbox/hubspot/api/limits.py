"""The limits of a portal: calls in ten seconds, searches in a second, calls in a day."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.api.errors import ApiError, too_many

_TEN_SECONDS = timedelta(seconds=10)
_SECOND = timedelta(seconds=1)


class Window:
    """Calls in any *span* of the portal's time. A call that is refused takes no place in it."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._made: deque[datetime] = deque()
        self.peak = 0
        self.refused = 0

    def used(self, now: datetime) -> int:
        """Calls inside the span that ends *now*; where the clock went back, those of its old future are forgotten."""
        while self._made and not now - self._span < self._made[0]:
            self._made.popleft()
        while self._made and self._made[-1] > now:
            self._made.pop()
        return len(self._made)

    def spend(self, now: datetime) -> None:
        """Take a place."""
        self._made.append(now)
        self.peak = max(self.peak, len(self._made))


class Limits:
    """The limits of one portal; their heights are quirks, so that a test can lower them.

    Searches have a window of their own, associations one inside that of all calls. The quirk `daily_used` puts a number
    in place of the calls that were counted before; a day ends at midnight in the portal's zone.
    """

    def __init__(self, now: Callable[[], datetime], quirks: Mapping[str, Any], *, portal: str, zone: ZoneInfo) -> None:
        self._now, self._quirks, self._portal, self._zone = now, quirks, portal, zone
        self._lock = threading.Lock()
        self._windows = {
            "ten_secondly": Window(_TEN_SECONDS),
            "associations_ten_secondly": Window(_TEN_SECONDS),
            "search_secondly": Window(_SECOND),
        }
        self._day: date | None = None
        self._spent = 0
        self._preset: int | None = None

    def spend(self, area: str) -> None:
        """Count a call to *area* (`search`, `associations` or any other), or refuse it."""
        with self._lock:
            now = self._now()
            # The day goes before the window: a portal that is out of calls says DAILY, however slow the client is.
            if self._today(now) >= self._most("daily"):
                raise self.refusal("DAILY")
            names = _WINDOWS.get(area, ("ten_secondly",))
            # A call that is refused takes no place in the window: clients that wait are not punished further.
            full = [name for name in names if self._windows[name].used(now) >= self._most(name)]
            for name in full:
                self._windows[name].refused += 1
            if full:
                raise self.refusal(policy_of(area))
            self._spent += 1
            for name in names:
                self._windows[name].spend(now)

    def refusal(self, policy: str) -> ApiError:
        """The 429 of the limit called *policy*, as this portal words it."""
        return too_many(policy, portal=self._portal, named=bool(self._quirks["search_limit_names_policy"]))

    def headers(self, *, keyed: bool) -> dict[str, str]:
        """The headers that every answer but a search's carries; the day's are missing from an OAuth app's."""
        with self._lock:
            now = self._now()
            most = self._most("ten_secondly")
            left = max(0, most - self._windows["ten_secondly"].used(now))
            per_second = most // 10
            headers = {
                "x-hubspot-ratelimit-max": str(most),
                "x-hubspot-ratelimit-remaining": str(left),
                "x-hubspot-ratelimit-interval-milliseconds": "10000",
                "x-hubspot-ratelimit-secondly": str(per_second),
                "x-hubspot-ratelimit-secondly-remaining": str(min(left, max(0, per_second - 1))),
            }
            if keyed:
                daily = self._most("daily")
                headers["x-hubspot-ratelimit-daily"] = str(daily)
                headers["x-hubspot-ratelimit-daily-remaining"] = str(max(0, daily - self._today(now)))
            return headers

    def usage(self) -> dict[str, dict[str, int]]:
        """What was used of each limit: the most calls that a window ever held, and how many it refused."""
        with self._lock:
            windows = {
                name: {"max": self._most(name), "peak": window.peak, "refused": window.refused}
                for name, window in self._windows.items()
            }
            return windows | {"daily": {"max": self._most("daily"), "used": self._today(self._now())}}

    def resets_at(self) -> datetime:
        """When the day's count begins anew: the next midnight of the portal."""
        local = self._now().astimezone(self._zone)
        return datetime(local.year, local.month, local.day, tzinfo=self._zone) + timedelta(days=1)

    def _most(self, name: str) -> int:
        return int(self._quirks[f"{name}_max"])

    def _today(self, now: datetime) -> int:
        day, preset = now.astimezone(self._zone).date(), self._quirks["daily_used"]
        if preset != self._preset:
            self._preset, self._day, self._spent = preset, day, int(preset or 0)
        if day != self._day:
            self._day, self._spent = day, 0
        return self._spent


def policy_of(area: str) -> str:
    """What HubSpot calls the limit of short windows that calls of *area* fall under."""
    return "SECONDLY" if area == "search" else "TEN_SECONDLY_ROLLING"


_WINDOWS = {"search": ("search_secondly",), "associations": ("ten_secondly", "associations_ten_secondly")}
"""Which windows a call takes a place in, by area; all other calls only that of ten seconds."""
