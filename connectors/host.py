"""What a connector takes from the machine that it runs on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the host's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Host:
    """The host's clocks, and how to wait on it; another one makes time pass as a rehearsal wants it.

    *monotonic* counts seconds and is never set back; *now* is what the host believes to be the time, and right only as
    far as anybody looks after it.
    """

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
