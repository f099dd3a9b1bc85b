"""What the CRM refused before: left out of plans until it is tried again, told as long as it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.model import WriteKind
from sync.connection.context import Cycle
from sync.judge.scope import Scope
from sync.model.change import PlannedChange, WriteContent
from sync.model.refused import RefusedEffect
from sync.model.suppressed import Suppressed
from sync.model.task_key import DIGESTS


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The refused effects of a connection, oldest first; while *retrying* they are planned like everything else."""

    effects: tuple[RefusedEffect, ...]
    retrying: bool = False

    @property
    def by_content(self) -> Mapping[WriteContent, RefusedEffect]:
        """The refused effects by what they would write."""
        return {refused.effect.content: refused for refused in self.effects}

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the tasks that the CRM refused to make."""
        creates = (refused.effect for refused in self.effects if refused.effect.kind is WriteKind.CREATE_TASK)
        return frozenset(effect.key for effect in creates if effect.key)

    def sendable(self, wanted: Iterable[PlannedChange]) -> tuple[PlannedChange, ...]:
        """Return what of the *wanted* changes may be sent."""
        refused = {} if self.retrying else self.by_content
        return tuple(change for change in wanted if change.content not in refused)

    def unwanted(
        self, wanted: Iterable[PlannedChange], suppressed: Iterable[Suppressed], looked_at: Collection[str] | None
    ) -> tuple[str, ...]:
        """Return the ids of refused effects that nobody wants any more.

        *looked_at* are the deals whose wants are known to be among the *wanted* changes and the *suppressed* ones; all
        if that is None.
        """
        subjects = {(change.content.subject, change.kind) for change in wanted}
        waiting = {(entry.want.deal_id, entry.want.family) for entry in suppressed}
        return tuple(
            refused.effect.effect_id
            for refused in self.effects
            if (looked_at is None or refused.effect.deal_id in looked_at)
            and (refused.effect.content.subject, refused.effect.kind) not in subjects
            and (refused.effect.deal_id, refused.effect.family) not in waiting
        )


def quarantine_of(cycle: Cycle, *, retrying: bool) -> Quarantine:
    """Return what the CRM of the cycle's connection refused."""
    return Quarantine(tuple(cycle.store.ledger.refused(cycle.conn)), retrying)


def looked_at(cycle: Cycle, scope: Scope, refused: Sequence[RefusedEffect]) -> frozenset[str] | None:
    """Return the deals that a plan looks at: those that it judges, and of the *refused* ones those that ended."""
    if scope.deal_ids is None:
        return None
    endings = cycle.store.lookups.endings(cycle.conn, {entry.effect.deal_id for entry in refused}) if refused else {}
    ended = frozenset(deal_id for deal_id, ending in endings.items() if ending is not None)
    # The person of a digest is no deal.
    known = frozenset(entry.effect.deal_id for entry in refused if entry.effect.family not in DIGESTS)
    return scope.deal_ids | scope.closed | (ended & known)
