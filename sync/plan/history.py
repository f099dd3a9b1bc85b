"""What is known of earlier episodes: the managed tasks in the CRM, and the ledger's own memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.model.own_task import TasksByReason


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier episodes: the managed tasks in the CRM, and the ledger's own memory.

    *reached* is the highest episode that the ledger saw done; *released* are (deal, family, episode) that a person
    ended and that were clear once since, so that the family may have a task again.
    """

    tasks: TasksByReason
    reached: Mapping[tuple[str, str], int]
    released: frozenset[tuple[str, str, int]]
