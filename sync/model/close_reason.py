"""Why a task closes, as its reason field says it, and how earlier versions said the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RESOLVED: Final = "Resolved: the reason is gone."
"""All findings of the task are clear."""

RETIRED: Final = "The rule was retired."
"""None of its rules is active any more."""

REGROUPED: Final = "The rule belongs to another task now."
"""None of its rules belongs to its family any more, and some to another."""

MERGED: Final = "The deal was merged; another task covers the same reason."
DUPLICATE: Final = "Another managed task exists here for the same reason."

_EARLIER: Final[Mapping[str, str]] = {
    "The rule speaks in another task now.": REGROUPED,
    "The deal was merged; another task speaks for the same reason.": MERGED,
    "Another task of ours stands here for the same reason.": DUPLICATE,
}


def in_current_words(reason: str) -> str:
    """Return *reason* as this version words it.

    A task that a person opened again still has the reason that it was closed for, and held plans name reasons: in
    other words they would count as other reasons, and a task would be closed twice or asked about twice.
    """
    return _EARLIER.get(reason, reason)
