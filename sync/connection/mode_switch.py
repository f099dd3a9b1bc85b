"""What a word about a whole connection does: observe only, go on, another mode, or belong to another org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from connectors.errors import WrongOrgError
from connectors.model import Org
from sync.connection.context import ReadyConnection, Run
from sync.store.store import Store


def refuse_other_org(connection: ReadyConnection, store: Store, org: Org) -> None:
    """Stop before anything is read where the connection's name has led to another org so far.

    Raises:
        WrongOrgError: names both; a person must say that this is meant.
    """
    known = store.connections.org_of(connection.name)
    if known is not None and known != org.org_id:
        name = connection.name
        raise WrongOrgError(
            f"{name} has been {known} so far, and now its credentials lead to {org.org_id} ({org.name}); "
            f"nothing was read. Correct the credentials, or, if that is meant: dealwarden rebind {name} --by NAME"
        )


_THE_FILE: Final = "the configuration"
"""Named in the audit in the place of a person: who may write the file is beyond us."""


def as_switched(connection: ReadyConnection, run: Run, store: Store, conn: int) -> tuple[ReadyConnection, Run]:
    """Return the connection as a person switched it; one switched to observe meanwhile stops between two writes.

    A mode that the configuration changed since the last cycle is noted in the audit first.
    """
    mode = connection.mode if connection.pilot_mode is None else f"{connection.mode}, the pilot {connection.pilot_mode}"
    store.switches.note_mode(conn, mode, connection.name, _THE_FILE, run.host_now())
    if store.switches.observing(conn) is not None:
        return replace(connection, mode="observe", pilot_mode=None), run
    return connection, replace(
        run, stop_requested=lambda: run.stop_requested() or store.switches.observing(conn) is not None
    )


def switch_notes(connection: ReadyConnection, store: Store, conn: int) -> Iterator[str]:
    """Return why a connection only observes, and how it goes on."""
    why = store.switches.observing(conn)
    if why is not None:
        yield f"It only observes, since {why}. To go on: dealwarden resume {connection.name} --by NAME"
