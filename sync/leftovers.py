"""Effects that an earlier run left open: found out, then planned afresh."""

from __future__ import annotations

from connectors.model import WriteKind
from sync.apply import Applier


def settle_leftovers(applier: Applier) -> frozenset[str]:
    """Learn what became of effects that a killed, stopped or cut-off run left behind; name their deals.

    A create is looked up by its key in the CRM: what is there is done. Everything else is dropped, and the plan of this cycle
    wants it again, under the same key, if its reason still holds. Changes of tasks and scores set absolute values, so planning
    them afresh from what the CRM holds now is exact.
    """
    left = applier.store.open_effects(applier.conn)
    creates = [one for one in left if one.kind is WriteKind.CREATE_TASK]
    applier.read_back(creates)
    still_open = applier.store.open_effects(applier.conn)
    applier.store.drop(applier.conn, [one.effect_id for one in still_open], "not confirmed by the CRM; planned afresh")
    return frozenset(one.deal_id for one in left)
