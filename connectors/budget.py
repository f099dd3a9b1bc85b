"""Our share of a CRM's daily calls, and the CRM's own clock, both observed in its answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors.errors import InvalidResponseError, QuotaSpentError
from connectors.host import utc_now
from connectors.limits import check_date

_LONGEST_QUOTE: Final = 60

KEPT_FOR_OTHERS: Final = 0.1
"""The part of the org's calls below which we stop, whoever used them."""


class Budget:
    """Counts calls against our share of the day, and stops before others are harmed."""

    def __init__(self, share: float, spent_today: int = 0) -> None:
        self._share = share
        self._spent = spent_today
        self._day: date | None = None
        self._used: int | None = None
        self._maximum: int | None = None

    @property
    def spent(self) -> int:
        """How many calls we took today, those of earlier processes included."""
        return self._spent

    @property
    def known(self) -> bool:
        """Whether the CRM has said how many calls there are."""
        return self._maximum is not None

    def observe(self, used: int, maximum: int) -> None:
        """Take note of what the CRM says of the whole org: calls used in the last day, and how many there are."""
        self._used, self._maximum = used, maximum

    def take(self, day: date | None) -> None:
        """Count one call that is about to be sent on this *day* of the CRM; None while no answer has carried a date.

        Raises:
            QuotaSpentError: our share is used up, or too little is left for others; nothing was sent.
        """
        self.ensure_room(1, day)
        self._spent += 1

    def ensure_room(self, calls: int, day: date | None) -> None:
        """Refuse work that takes so many *calls* where not all of them could be sent; counts none of them.

        Raises:
            QuotaSpentError: our share is used up, or too little is left for others.
        """
        # The CRM's day, not the host's: its counter is what other apps share with us.
        if day != self._day:
            # The first day seen is the day that *spent_today* was counted on, so it resets nothing.
            self._spent = 0 if self._day else self._spent
            self._day = day
        if self._maximum is not None and self._used is not None:
            left = self._maximum - self._used
            # Both limits are checked before the first call, so that work of several calls is not left half done.
            if left - (calls - 1) < KEPT_FOR_OTHERS * self._maximum:
                raise QuotaSpentError(
                    f"the org has {left} of {self._maximum} daily API calls left: under {KEPT_FOR_OTHERS:.0%} they are "
                    "others'; see in the org's system overview who uses them, or wait until the window frees"
                )
            if self._spent + calls - 1 >= self._share * self._maximum:
                raise QuotaSpentError(
                    f"our share of {100 * self._share:g}% of {self._maximum} daily API calls is used up "
                    f"({self._spent} calls); raise [quota] share, or wait for tomorrow"
                )


class ServerClock:
    """The CRM's own time, as its newest answer gave it, and as many whole seconds later as have passed since."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, host_now: Callable[[], datetime] = utc_now
    ) -> None:
        self._now: datetime | None = None
        self._monotonic, self._observed_at = monotonic, 0.0
        self._host_now = host_now
        self._unreadable: str | None = None

    def observe(self, date_header: str | None) -> None:
        """Take the time from an answer's Date header; one that cannot be read is passed over.

        Raises:
            LimitError: the time is out of range; the former one stays.
        """
        if date_header is None:
            return
        try:
            observed = parsedate_to_datetime(date_header)
            # RFC 9110 dates are GMT; a proxy that drops the zone must not shift the day.
            moment = observed.replace(tzinfo=observed.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            self._unreadable = date_header[:_LONGEST_QUOTE]
            return
        check_date(moment, self._host_now())
        self._now, self._observed_at = moment, self._monotonic()

    @property
    def day(self) -> date | None:
        """The CRM's day in UTC, None before its first answer."""
        return self._now.date() if self._now else None

    def day_in(self, zone: ZoneInfo | None) -> date | None:
        """Return the CRM's day in a zone, UTC if it is not known, None before the first answer."""
        return self._now.astimezone(zone or UTC).date() if self._now else None

    def now(self) -> datetime:
        """Return the time: that of the newest answer would be the last cycle's when a cycle begins.

        Raises:
            InvalidResponseError: no answer has carried a time yet.
        """
        if self._now is None and self._unreadable is not None:
            raise InvalidResponseError(
                f"the CRM's answers carry no Date header that can be read, but {self._unreadable!r}; look for a proxy "
                "that changes it"
            )
        if self._now is None:
            raise InvalidResponseError("the CRM's answers carry no Date header; look for a proxy that removes it")
        # Whole seconds, since the Date header has no finer part.
        return self._now + timedelta(seconds=int(self._monotonic() - self._observed_at))
