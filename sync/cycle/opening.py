"""The beginning of a cycle: which org this is, what it lets us do, and what a person or the file said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.base import CallCount, Capabilities
from connectors.errors import MissingPermissionError
from connectors.model import Org
from sync.connection.context import Cycle, ReadyConnection, Run
from sync.connection.fallback_owner import Person, resolve
from sync.connection.mode_switch import as_switched, refuse_other_org
from sync.cycle.at_least_once import check_key
from sync.store.store import Store


@dataclass(frozen=True, slots=True)
class Opened:
    """An org that a connector reached; *before* is what it let us do when it was asked last, if it ever was."""

    org: Org
    capabilities: Capabilities
    before: Capabilities | None
    calls_before: CallCount


def open_connection(connection: ReadyConnection, store: Store) -> Opened:
    """Log in and ask what the org lets us do; nothing is read and nothing written yet.

    Raises:
        ConnectorError: another org than before, or less than the mode asks for.
    """
    calls_before = replace(connection.connector.calls)
    known = store.connections.known_capabilities(connection.name)
    org, capabilities = connection.connector.open(known[1] if known else None)
    # Before the lease, which is taken by the org's id: another org would get another lease, and all its tasks anew.
    refuse_other_org(connection, store, org)
    check_permissions(connection, capabilities)
    return Opened(org, capabilities, known[1] if known and known[0] == org.org_id else None, calls_before)


def begin(connection: ReadyConnection, store: Store, run: Run, opened: Opened) -> tuple[Cycle, bool]:
    """Begin a run of the connection, found by the org's own id, as a person switched it.

    Return the cycle, and whether the run before this one ended well.
    """
    conn = store.connections.register(opened.org, kind=connection.kind, name=connection.name, now=run.host_now())
    # Known to the next process, which then asks the CRM less.
    store.connections.save_capabilities(conn, opened.capabilities)
    connection, run = as_switched(connection, run, store, conn)
    trusted = store.runs.begin(conn, run.run_id, run.command, run.host_now())
    return Cycle(connection, run, store, conn, opened.calls_before), trusted


def check_permissions(connection: ReadyConnection, capabilities: Capabilities) -> None:
    """Stop before anything is read or written where the mode asks for more than the CRM lets us do."""
    problems = " ".join(capabilities.problems)
    if connection.furthest == "enforce":
        check_key(connection, capabilities)
    if connection.furthest == "enforce" and not capabilities.can_write_tasks:
        raise MissingPermissionError(problems or "The CRM user may not create and edit tasks.")
    if connection.furthest != "observe" and connection.write_scores and not capabilities.can_write_scores:
        raise MissingPermissionError(problems or "The CRM user may not edit the score fields.")


def with_fallback_owner(cycle: Cycle) -> Cycle:
    """Return the cycle with its fallback owner as the CRM writes that person's id; owners must have been read.

    Raises:
        FallbackOwnerError: the configuration names nobody, several people, or somebody who is not active.
    """
    wanted = cycle.connection.fallback_owner
    if wanted is None:
        return cycle
    people = [Person(*row) for row in cycle.store.lookups.people(cycle.conn)]
    return replace(cycle, connection=replace(cycle.connection, fallback_owner=resolve(wanted, people)))
