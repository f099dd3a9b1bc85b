"""Effects that an earlier run left in flight: found out, then planned afresh."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.model import WriteKind
from sync.cycle.apply import Applier
from sync.cycle.at_least_once import in_doubt, with_duplicates
from sync.model.effect import Effect


@dataclass(frozen=True, slots=True)
class InFlight:
    """The effects of earlier runs that are still open, and the deals that are to be judged for them.

    *doubtful* are creates that may still land: they may not be sent again yet. *settled* are all others.
    """

    doubtful: tuple[Effect, ...]
    settled: tuple[Effect, ...]
    deals: frozenset[str]


def settle_in_flight(applier: Applier) -> list[Effect]:
    """Find out what became of effects that a killed, stopped or cut-off run left behind; return those still open.

    A create is looked up by its key in the CRM: what is there is done. The plan of this cycle wants the others again,
    under the same key, if their reason still holds. Changes of tasks and scores set absolute values, so planning them
    afresh from what the CRM holds now is exact.
    """
    left = applier.store.ledger.open_effects(applier.conn)
    if not left:
        return []
    # Updates, closes and scores need no look: sent twice, they leave what they leave when sent once.
    applier.read_back([effect for effect in left if effect.kind is WriteKind.CREATE_TASK])
    return applier.store.ledger.open_effects(applier.conn)


def recover(applier: Applier) -> InFlight:
    """Settle what earlier runs left in flight, and choose the deals that this cycle must judge because of it."""
    effects = settle_in_flight(applier)
    doubtful = in_doubt(applier, effects)
    deals = {effect.deal_id for effect in effects} | with_duplicates(applier)
    settled = tuple(effect for effect in effects if effect not in doubtful)
    return InFlight(doubtful, settled, frozenset(deals))
