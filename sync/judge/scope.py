"""Which deals a cycle judges."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sync.connection.context import Cycle

CLOSED_DAYS: Final = 30
"""Rules about closed deals judge them for this many days."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The deals to judge: all open ones if *deal_ids* is None.

    *changed* are those that the CRM changed since the last judgement; None where that is not known. *closed* are the
    deals that closed not long ago, to be judged by the rules about such; *first* says that no judgement was committed.
    """

    deal_ids: frozenset[str] | None
    changed: frozenset[str] | None
    marks: int
    closed: frozenset[str] = frozenset()
    first: bool = False


def scope_of(cycle: Cycle, today: date, fingerprint: str, in_flight: Collection[str], *, trusted: bool) -> Scope:
    """Choose the deals to judge.

    Everything when the day turned, when rules, mapping or mode changed, on the first cycle, after one that did not
    end well (*trusted* is False), and for a plan, which is shown whole; else the deals that changed and the
    *in_flight* ones.
    """
    affected = cycle.store.dirty.affected_deals(cycle.conn)
    state = cycle.store.judgements.state(cycle.conn)
    known = state is not None and affected.deal_ids is not None
    current = state is not None and state.day == today and state.fingerprint == fingerprint
    # After a reset of the marks nothing is known to have changed, and no body is rewritten for its wording.
    changed = affected.changed if known else None
    closed = _closed(cycle, today)
    if cycle.run.command != "sync" or not trusted or not current or affected.deal_ids is None:
        return Scope(None, changed, affected.marks, closed, first=state is None)
    touched = cycle.store.dirty.affected_closed(cycle.conn) | frozenset(in_flight) if closed else closed
    return Scope(affected.deal_ids | frozenset(in_flight), changed, affected.marks, closed & touched)


def _closed(cycle: Cycle, today: date) -> frozenset[str]:
    """Find the deals that rules about closed deals judge, if there are any such rules."""
    if not cycle.connection.ruleset.judged("closed").rules:
        return frozenset()
    return cycle.store.lookups.closed_since(cycle.conn, today - timedelta(days=CLOSED_DAYS))
