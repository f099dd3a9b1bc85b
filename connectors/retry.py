"""The one retry policy: reads are tried again, writes only where the refusal says that nothing was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from connectors.errors import InvalidResponseError, LimitError, QuotaSpentError, RateLimitedError, TransientError
from connectors.host import utc_now

ATTEMPTS: Final = 4
LONGEST_WAIT_S: Final = 60.0

_backoff: Final = wait_random_exponential(multiplier=0.5, max=8.0)

Sleep = Callable[[float], None]


def reads(sleep: Sleep = time.sleep) -> Retrying:
    """Return the policy for calls that change nothing: a few tries with jitter, as long as the CRM asks for.

    A wait that would be longer than a minute is not waited for: the error is raised, and the next cycle tries again.
    """
    return Retrying(
        retry=retry_if_exception(_is_worth_another_try),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )


def refused_writes(sleep: Sleep = time.sleep) -> Retrying:
    """Return the policy for writes: tried again only where the CRM refused them for coming too fast, so did nothing."""
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, RateLimitedError) and _is_worth_another_try(error)),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )


def seconds_asked(retry_after: str | None, now: Callable[[], datetime] = utc_now) -> float | None:
    """Read a Retry-After header, which counts seconds or names a moment."""
    if retry_after is None:
        return None
    try:
        # HubSpot sends seconds where it sends the header at all; Salesforce documents none.
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds())


def _is_worth_another_try(error: BaseException) -> bool:
    # What broke a bound took all the time or memory that there is for it, and would again.
    if isinstance(error, QuotaSpentError | LimitError):
        return False
    if isinstance(error, RateLimitedError):
        return (error.retry_after_s or 0.0) <= LONGEST_WAIT_S
    return isinstance(error, TransientError | InvalidResponseError)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, RateLimitedError) else None
    # Jitter even on a wait that was asked for would end it too early: the longer of the two.
    return max(asked or 0.0, _backoff(state))
