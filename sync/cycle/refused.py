"""Refused records: when they are tried again, in which order, and how they are told meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.model import WriteKind
from sync.connection.context import Cycle
from sync.cycle.pull import Pulled
from sync.model.change import WriteContent
from sync.model.effect import Effect
from sync.model.refused import Refused, RefusedEffect, grouped
from sync.plan.approval import ALLOWED


def tries_again(cycle: Cycle, pulled: Pulled) -> bool:
    """Whether this cycle tries again what the CRM refused: once a day with the sweep, and where a person asks."""
    asked = cycle.run.retrying or cycle.run.command == "approve"
    return (asked or (pulled.swept and cycle.run.command != "plan")) and bool(cycle.store.ledger.refused(cycle.conn))


def again_of(
    effects: Sequence[Effect], refused: Mapping[WriteContent, RefusedEffect]
) -> dict[str, tuple[str, WriteKind]]:
    """Return the *effects* that were refused before, by id, oldest first, each with the message and kind of that."""
    before = [effect for effect in effects if effect.content in refused]
    before.sort(key=lambda effect: (refused[effect.content].since, effect.key or effect.deal_id))
    return {effect.effect_id: refused[effect.content].group for effect in before}


def still_refused(cycle: Cycle) -> tuple[Refused, ...]:
    """Return what the CRM refuses and the connection may write, grouped by what it says."""
    allowed = ALLOWED[cycle.connection.furthest]
    return grouped(refused for refused in cycle.store.ledger.refused(cycle.conn) if refused.effect.kind in allowed)


def refused_notes(name: str, refused: Sequence[Refused]) -> tuple[str, ...]:
    """Return what the operator reads of refused records."""
    return tuple(
        f"{group.count:,} {group.kind.value} refused since {group.since:%Y-%m-%d %H:%M} UTC: {group.message}; tried "
        f"again when what is wanted changes, with the daily sweep, and at once by dealwarden retry {name}"
        for group in refused
    )
