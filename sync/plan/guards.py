"""Guards: a plan that does too much at once waits for a person. Only the kind that does is held, the rest goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.model import WriteKind
from sync.model.change import PlannedChange
from sync.model.limits import Decided, Guards

LEAST: Final = 20
"""Below so many deals, open tasks or scores a share says nothing, and its guard keeps out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a plan is measured by: deals in scope, open managed tasks, tasks created today without an approval, and
    deals whose score the CRM holds.
    """

    deals: int
    open_tasks: int
    made_today: int
    scored: int = 0


@dataclass(frozen=True, slots=True)
class Guarded:
    """A plan's changes by what becomes of them; *why* names each guard that holds, with its numbers."""

    released: tuple[PlannedChange, ...]
    held: tuple[PlannedChange, ...] = ()
    rejected: tuple[PlannedChange, ...] = ()
    why: tuple[str, ...] = ()


def guard(sendable: Sequence[PlannedChange], guards: Guards, measured: Measured, decided: Decided) -> Guarded:
    """Hold the changes of each kind of which *sendable* has more than *guards* allow.

    What a person approved goes out and counts for no guard; what a person rejected stays back and counts neither.
    """
    wanted = [planned for planned in sendable if planned.change.identity not in decided.rejected]
    asked = [planned for planned in wanted if planned.change.identity not in decided.approved]
    breaches = dict(_breaches(asked, guards, measured))
    held = tuple(planned for planned in asked if planned.kind in breaches)
    waiting = {planned.change.identity for planned in held}
    return Guarded(
        released=tuple(planned for planned in wanted if planned.change.identity not in waiting),
        held=held,
        rejected=tuple(planned for planned in sendable if planned.change.identity in decided.rejected),
        why=tuple(breaches.values()),
    )


def _breaches(asked: Iterable[PlannedChange], guards: Guards, measured: Measured) -> Iterator[tuple[WriteKind, str]]:
    new = [planned for planned in asked if planned.kind is WriteKind.CREATE_TASK]
    deals = len({planned.change.deal_id for planned in new})
    closed = sum(planned.kind is WriteKind.CLOSE_TASK for planned in asked)
    if 0 < guards.new_tasks_per_cycle < len(new):
        counted = f"{len(new):,} new tasks in one cycle"
        yield WriteKind.CREATE_TASK, _line(counted, "new_tasks_per_cycle", f"{guards.new_tasks_per_cycle:,}")
    elif new and 0 < guards.new_tasks_per_day < measured.made_today + len(new):
        counted = f"{len(new):,} new tasks after {measured.made_today:,} of today"
        yield WriteKind.CREATE_TASK, _line(counted, "new_tasks_per_day", f"{guards.new_tasks_per_day:,}")
    elif _too_large(deals, measured.deals, guards.share_of_deals):
        counted = f"new tasks on {deals:,} of {measured.deals:,} deals"
        yield WriteKind.CREATE_TASK, _line(counted, "share_of_deals", f"{100 * guards.share_of_deals:g}%")
    if _too_large(closed, measured.open_tasks, guards.share_closed):
        counted = f"closing {closed:,} of {measured.open_tasks:,} open tasks"
        yield WriteKind.CLOSE_TASK, _line(counted, "share_closed", f"{100 * guards.share_closed:g}%")
    replaced = sum(planned.replaces for planned in asked)
    if _too_large(replaced, measured.scored, guards.share_scored):
        counted = f"replacing {replaced:,} of {measured.scored:,} scores"
        yield WriteKind.WRITE_SCORE, _line(counted, "share_scored", f"{100 * guards.share_scored:g}%")


def _too_large(part: int, whole: int, share: float) -> bool:
    return share > 0 and whole >= LEAST and part > share * whole


def _line(counted: str, key: str, limit: str) -> str:
    return f"{counted}, where {key} allows {limit}"
