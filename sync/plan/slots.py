"""One cap for a person in two CRMs: what owners have in other connections, and what this one's cycle claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from connectors.model import WriteKind
from rules.model import Facts
from sync.connection.context import Cycle
from sync.model.change import PlannedChange
from sync.model.own_task import OwnTask
from sync.model.slots import Ask, Claims, Taken, person_of
from sync.model.task_key import DIGESTS
from sync.plan.capacity import load_here
from sync.plan.caps import CRITICAL_BEYOND


def claims_of(
    cycle: Cycle, facts: Facts, tasks: pl.DataFrame, latest: Iterable[OwnTask], planned: Iterable[PlannedChange]
) -> Claims | None:
    """Return what the cycle says of its people and asks for; None without caps on people.

    *tasks* are all managed ones as rows, *latest* those of the newest episodes.
    """
    people = {owner: person_of(email) for owner, email in cycle.store.slots.people(cycle.conn).items()}
    caps = cycle.connection.caps
    if not people or not (caps.open_per_owner or caps.new_per_owner_per_day or caps.pause_owner_at):
        return None
    load = load_here(cycle, facts, tasks, latest)
    taken = {
        person: Taken(load.of_owner[owner], load.made_today[owner], load.overdue[owner])
        for owner, person in people.items()
        if person is not None and (load.of_owner[owner] or load.made_today[owner])
    }
    return Claims(
        at=cycle.run.host_now(),
        taken=taken,
        asks=tuple(_asks(planned, people)),
        open_per_owner=caps.open_per_owner,
        new_per_day=caps.new_per_owner_per_day,
        beyond=CRITICAL_BEYOND,
    )


def _asks(planned: Iterable[PlannedChange], people: Mapping[str, str | None]) -> Iterable[Ask]:
    for change in planned:
        person = people.get(str(change.values.get("owner_id")))
        of_deal = change.kind is WriteKind.CREATE_TASK and change.change.family not in DIGESTS
        if of_deal and person is not None:
            critical = change.values.get("priority") == "high"
            yield Ask(change.change.key or "", change.change.deal_id, person, critical)
