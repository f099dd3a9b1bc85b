"""Our own pace: at most half of any short window, so that the portal's other apps are never the ones refused."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from connectors.hubspot.api import Window

_TEN_SECONDS: Final = 10.0
_LOWEST_MAXIMUM: Final = 100
_SEARCHES_A_SECOND: Final = 5


class _Window:
    """Lets *limit* calls be under way or over for less than *length_s* seconds.

    Counted from the end of a call, since the portal counted it at some moment between its beginning and its end: two
    calls that we began a second apart may reach it closer together than that.
    """

    def __init__(self, limit: int, length_s: float) -> None:
        self.limit = limit
        self._length_s = length_s
        self._ended: deque[float] = deque()

    def free_at(self, now: float) -> float:
        """Return the moment from which one more call may begin."""
        while self._ended and self._ended[0] <= now - self._length_s:
            self._ended.popleft()
        # The call that must leave the window is the one *limit* calls ago.
        return now if len(self._ended) < self.limit else self._ended[-self.limit] + self._length_s

    def end(self, at: float) -> None:
        """Note a call."""
        self._ended.append(at)


class Limiter:
    """Holds calls back until every window that counts them has capacity left in our half of it.

    Until an answer has shown the portal's own maximum, the lowest maximum of any portal is assumed.
    """

    def __init__(
        self, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        half = _LOWEST_MAXIMUM // 2
        self._all = _Window(half, _TEN_SECONDS)
        self._narrow: dict[Window, _Window] = {
            # Five searches a second are shared by all apps of the account, and answered without any limit header.
            "search": _Window(_SEARCHES_A_SECOND // 2, 1.0),
            # The associations API has a lower ceiling of its own than the portal's general one.
            "associations": _Window(half, _TEN_SECONDS),
        }

    def observe(self, maximum: int) -> None:
        """Take note of how many calls the portal allows us in ten seconds."""
        self._all.limit = max(1, maximum // 2)

    @contextmanager
    def turn(self, kind: Window) -> Iterator[None]:
        """Wait until a call of this *kind* may begin, and count it when the block, which makes it, is left.

        Calls come one after the other: whoever calls holds the transport's lock.
        """
        windows = [self._all, *([self._narrow[kind]] if kind in self._narrow else [])]
        now = self._clock()
        at = max(window.free_at(now) for window in windows)
        if at > now:
            self._sleep(at - now)
        try:
            yield
        finally:
            over = max(at, self._clock())
            for window in windows:
                window.end(over)
