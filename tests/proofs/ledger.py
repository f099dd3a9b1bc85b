"""What the ledger says against what stands in the CRM."""

from __future__ import annotations

from collections.abc import Sequence

from tests.proofs.world import World

_OPEN = "SELECT kind, state FROM effects WHERE state IN ('planned', 'sending', 'unknown') ORDER BY 1, 2"
_MADE = "SELECT key, remote_id FROM effects WHERE kind = 'create' AND state = 'done' ORDER BY 1, 2"


def disagreements(world: World) -> Sequence[object]:
    """Give what the ledger leaves open, says to have made twice, or says otherwise than the CRM does; best nothing."""
    said = world.place.ask(_MADE)
    stands = sorted((key, task_id) for task_id, key in world.keys_by_id().items())
    return [
        *world.place.ask(_OPEN),
        *sorted(set(said) ^ set(stands)),
        *(["made twice"] if len(said) != len(stands) else []),
    ]


def leases_left(world: World) -> list[tuple[object, ...]]:
    """Give the leases that stand in the database; on SQLite they are the kernel's and never stand anywhere."""
    return world.place.ask("SELECT connection, host, pid FROM leases")


def on_its_way(world: World) -> frozenset[str]:
    """Give the effects that were sent and of which nobody knows yet what became of them."""
    if "effects" not in world.place.tables():
        return frozenset()
    return frozenset(row[0] for row in world.place.ask("SELECT effect_id FROM effects WHERE state = 'sending'"))


def ended_runs(world: World) -> int:
    """Count the runs that came to an end by themselves."""
    if "runs" not in world.place.tables():
        return 0
    ((count,),) = world.place.ask("SELECT count(*) FROM runs WHERE ended_at IS NOT NULL AND report IS NOT NULL")
    return int(str(count))
