"""The origin of a managed task: the deal and family that it was made for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

UNTOLD: Final = "?"
"""Stands for a family that no key tells, once it was looked for among all deals; a rule set has none of this name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The deal and family that a task was made for, as far as they are known.

    *family* is None where only the key can tell it, and `UNTOLD` where that was looked for in vain. *lives* says that
    the deal is still known, open or closed. *rules* are the ids that its body last named, between commas. *made* says
    that the ledger created the task; else its deal is the one that it was first seen on.
    """

    deal_id: str
    family: str | None
    lives: bool
    rules: str | None = None
    made: bool = False


class Origins(Protocol):
    """What one connection's store knows of where tasks come from."""

    def of(self, keys: Sequence[str]) -> Mapping[str, Origin]:
        """Return the origins of the tasks with these keys, as far as they are known."""

    def merged_into(self, deal_ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Return the deals that went into each of these."""

    def known_deals(self) -> Sequence[str]:
        """Return the ids of all deals, open and closed."""
