"""Creating tasks where the CRM keeps no key unique: at least once, and twice only if both looks before it missed one.

There a second task with the same key is refused by nobody, so nothing is sent again at once. A create without an answer
is looked up by its key in the CRM's primary store, again and again; only when two looks so many minutes apart found
nothing is it planned afresh. What such a look finds is adopted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Capabilities
from connectors.errors import KeyFieldError
from connectors.model import WriteKind
from sync.connection.context import ReadyConnection
from sync.cycle.apply import Applier
from sync.model.effect import Effect
from sync.model.task_key import DIGESTS
from sync.plan.cycle_plan import CyclePlan

WAIT: Final = timedelta(minutes=15)
"""So far apart, by the CRM's own clock, are the two looks that must miss a task before it is sent again."""

PROMISE: Final = (
    "Tasks are made at least once, not exactly once: the CRM does not keep their key unique, and the configuration "
    'allows it (key_not_unique = "at-least-once"). A create without an answer waits for two looks 15 minutes apart; '
    "no digests are made"
)


def check_key(connection: ReadyConnection, capabilities: Capabilities) -> None:
    """Stop where tasks are to be written and the CRM will not refuse a second one, unless the operator allowed it.

    Raises:
        KeyFieldError: says what to fix, or what to allow.
    """
    if capabilities.key_enforced or (connection.at_least_once and capabilities.key_usable):
        return
    problems = " ".join(capabilities.problems) or "The unique key field of managed tasks cannot be used."
    if capabilities.key_usable:
        problems += ' Or allow it, having read docs/reliability.md: key_not_unique = "at-least-once".'
    raise KeyFieldError(problems)


def in_doubt(applier: Applier, in_flight: Sequence[Effect]) -> tuple[Effect, ...]:
    """Return the creates among the *in_flight* that may still land, and so may not be sent again yet.

    They were just looked up, and not found; the first time that happens is remembered.
    """
    if applier.key_enforced:
        return ()
    now = applier.connector.now()
    sent = [
        effect
        for effect in in_flight
        if effect.kind is WriteKind.CREATE_TASK and effect.state in ("sending", "unknown")
    ]
    applier.store.ledger.note_absent(applier.conn, [effect.effect_id for effect in sent], now)
    return tuple(effect for effect in sent if _may_land(effect.absent_at, now))


def _may_land(absent_at: datetime | None, now: datetime) -> bool:
    return absent_at is None or now - absent_at < WAIT


def with_duplicates(applier: Applier) -> frozenset[str]:
    """Return the deals that are to be judged because they hold two tasks under one key, so that one is closed."""
    return frozenset() if applier.key_enforced else applier.store.tasks.deals_with_duplicates(applier.conn)


def leave_out(plan: CyclePlan, doubtful: Sequence[Effect]) -> CyclePlan:
    """Return *plan* without the creates in doubt, and without digests, which hang on no deal to find them by."""
    keys = {effect.key for effect in doubtful}
    kept = [
        planned
        for planned in plan.planned
        if planned.kind is not WriteKind.CREATE_TASK
        or (planned.change.key not in keys and planned.change.family not in DIGESTS)
    ]
    return replace(plan, planned=tuple(kept))


def notes(doubtful: Sequence[Effect]) -> tuple[str, ...]:
    """Return what the operator should know in each cycle."""
    if not doubtful:
        return (f"{PROMISE}.",)
    waiting = f"{len(doubtful):,} tasks wait for that second look: the CRM gave no answer when they were made."
    return (f"{PROMISE}.", waiting)
