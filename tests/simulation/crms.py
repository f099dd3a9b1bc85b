"""The simulated CRMs as a history acts on them and as the oracle reads them: in plain words, never over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sandbox.server.gateway import Gateway
from sandbox.written_config import Connection
from tests.simulation.clock import VirtualClock
from tests.simulation.records import Deal, Task

Fields = Mapping[str, Any]


class SimulatedCrm(Protocol):
    """One CRM: a history changes it as people do, the oracle reads its own tables."""

    name: str
    gateway: Gateway
    connection: Connection
    owners: tuple[str, ...]
    writes: str  # a glob on the paths that tasks and scores are written to
    creates: str  # the same for the paths that tasks are made by
    reads: tuple[str, ...]  # globs on the paths that deals and tasks are read from

    def deals(self) -> dict[str, Deal]:
        """Read every deal, deleted ones included."""

    def tasks(self) -> list[Task]:
        """Read every task of ours, deleted ones included."""

    def add_deal(self, fields: Fields) -> str:
        """Make a deal as a person does."""

    def edit_deal(self, deal_id: str, fields: Fields) -> None:
        """Change a deal as a person does: close_date, state, kind, muted_until, owner, name, and the marks."""

    def delete_deal(self, deal_id: str) -> None:
        """Delete a deal as a person does."""

    def edit_task(self, task_id: str, fields: Fields) -> None:
        """Change a task as a person does: subject, body, owner, priority, due, answer, and state."""

    def delete_task(self, task_id: str) -> None:
        """Delete a task as a person does."""

    def restore_task(self, task_id: str) -> None:
        """Take a task out of the bin as a person does."""

    def hide(self, marks: frozenset[str]) -> None:
        """Hide these fields of deals from our user, and show all others."""

    def narrow(self) -> None:
        """Let our user see hardly more than deals, tasks and people."""

    def quirks(self, values: Fields) -> None:
        """Set switches of the CRM."""


def open_crm(name: str, clock: VirtualClock) -> SimulatedCrm:
    """Open an empty CRM with our fields and those that the rules look at."""
    from tests.simulation.org import SimulatedOrg
    from tests.simulation.portal import SimulatedPortal

    return SimulatedOrg(clock) if name == "salesforce" else SimulatedPortal(clock)
