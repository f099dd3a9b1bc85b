"""Effects that an earlier run left open: found out, then planned afresh."""

from __future__ import annotations

from connectors.model import WriteKind
from sync.cycle.apply import Applier
from sync.model.effect import Effect


def settle_leftovers(applier: Applier) -> list[Effect]:
    """Learn what became of effects that a killed, stopped or cut-off run left behind; give those still open.

    A create is looked up by its key in the CRM: what is there is done. The plan of this cycle wants the others again,
    under the same key, if their reason still holds. Changes of tasks and scores set absolute values, so planning them
    afresh from what the CRM holds now is exact.
    """
    left = applier.store.ledger.open_effects(applier.conn)
    if not left:
        return []
    applier.read_back([one for one in left if one.kind is WriteKind.CREATE_TASK])
    return applier.store.ledger.open_effects(applier.conn)
