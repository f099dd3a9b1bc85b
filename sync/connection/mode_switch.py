"""What a word about a whole connection does: observe only, go on, another mode, or belong to another org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from connectors.errors import WrongOrgError
from connectors.model import Org
from sync.connection.context import Connected, Run
from sync.store.store import Store


def refuse_other_org(one: Connected, store: Store, org: Org) -> None:
    """Stop before anything is read where the connection's name has led to another org so far.

    Raises:
        WrongOrgError: names both; a person must say that this is meant.
    """
    known = store.connections.org_of(one.name)
    if known is not None and known != org.org_id:
        raise WrongOrgError(
            f"{one.name} has been {known} so far, and now its credentials lead to {org.org_id} ({org.name}); "
            f"nothing was read. Mend the credentials, or, if that is meant: dealwarden rebind {one.name} --by NAME"
        )


_THE_FILE: Final = "the configuration"
"""Stands in the audit in the place of a person: who may write the file is beyond us."""


def as_switched(one: Connected, run: Run, store: Store, conn: int) -> tuple[Connected, Run]:
    """Give the connection as a person switched it; one switched to observe meanwhile stops between two writes.

    A mode that the configuration changed since the last cycle is noted in the audit first.
    """
    mode = one.mode if one.pilot_mode is None else f"{one.mode}, the pilot {one.pilot_mode}"
    store.switches.note_mode(conn, mode, one.name, _THE_FILE, run.host_now())
    if store.switches.observing(conn) is not None:
        return replace(one, mode="observe", pilot_mode=None), run
    return one, replace(run, stop_requested=lambda: run.stop_requested() or store.switches.observing(conn) is not None)


def switch_notes(one: Connected, store: Store, conn: int) -> Iterator[str]:
    """Say why a connection only observes, and how it goes on."""
    why = store.switches.observing(conn)
    if why is not None:
        yield f"It only observes, since {why}. To go on: dealwarden resume {one.name} --by NAME"
