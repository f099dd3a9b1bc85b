"""What is known of earlier episodes: the managed tasks in the CRM, and the ledger's own memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.model.origin import Origin
from sync.model.own_task import TasksByReason


@dataclass(frozen=True, slots=True)
class History:
    """What is known of earlier episodes: the managed tasks in the CRM, and the ledger's own memory.

    *reached* is the highest episode that the ledger saw done; *released* are (deal, family, episode) that a person
    ended and that were clear once since, so that the family may have a task again. *looked_up* are the origins of tasks
    that had to be looked for among all deals, by key.
    """

    tasks: TasksByReason
    reached: Mapping[tuple[str, str], int]
    released: frozenset[tuple[str, str, int]]
    looked_up: Mapping[str, Origin] = field(default_factory=dict)
    _families: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Note the families that have tasks, deal by deal."""
        families: dict[str, set[str]] = defaultdict(set)
        for deal_id, family in self.tasks:
            families[deal_id].add(family)
        frozen = {deal_id: frozenset(names) for deal_id, names in families.items()}
        object.__setattr__(self, "_families", frozen)

    def families_on(self, deal_id: str) -> frozenset[str]:
        """Return the families that have tasks on a deal, whether or not a rule is of them now."""
        return self._families.get(deal_id, frozenset())
