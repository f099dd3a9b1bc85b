"""The limits of a connection as the configuration sets them: caps suppress, guards hold until a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.model.change import ChangeIdentity


@dataclass(frozen=True, slots=True)
class Caps:
    """How many at most; 0 means no limit."""

    open_per_deal: int = 0
    open_per_owner: int = 0
    new_per_owner_per_day: int = 0
    pause_owner_at: int = 0
    ramp: int = 0  # business days from the first enforcing cycle on in which critical findings alone make tasks
    new_only: bool = False  # findings from before the first task never become one, unless they get worse

    @property
    def any(self) -> bool:
        """Whether anything can be suppressed at all."""
        return bool(
            self.open_per_deal
            or self.open_per_owner
            or self.new_per_owner_per_day
            or self.pause_owner_at
            or self.ramp
            or self.new_only
        )


NO_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Guards:
    """How much a plan may do before a person is asked; 0 means no limit."""

    new_tasks_per_cycle: int = 0
    new_tasks_per_day: int = 0
    share_of_deals: float = 0.0
    share_closed: float = 0.0
    share_scored: float = 0.0
    rewrites_per_day: int = 0


NO_GUARDS: Final = Guards()


@dataclass(frozen=True, slots=True)
class Decided:
    """What people said of changes that were held."""

    approved: frozenset[ChangeIdentity] = frozenset()
    rejected: frozenset[ChangeIdentity] = frozenset()
