"""What the connector contract needs of a CRM under test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from connectors.base import Connector

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Touch:
    """A touch with everyone and everything that it is linked to."""

    kind: str
    at: datetime
    deals: frozenset[str]
    contacts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the CRM holds at this moment, in canonical words, read past the connector.

    *deals* and *contacts* give canonical columns by id; which of them, the bench decides. Of deals *is_closed* and
    *close_date* must be among them, of contacts *name*. *roles* are (deal, contact, role), role None for a contact of
    whom nothing is said. Nothing deleted is in it.
    """

    deals: Mapping[str, Row]
    contacts: Mapping[str, Row]
    roles: frozenset[tuple[str, str, str | None]]
    touches: Mapping[str, Touch]

    def open_deals(self) -> list[str]:
        """Return the ids of open deals in a stable order."""
        return sorted(deal_id for deal_id, row in self.deals.items() if not row["is_closed"])


class Bench(ABC):
    """One CRM with a pipeline of at least eight open deals, made afresh for each check.

    What is changed through it is changed by a person, never by the connector's user. *overlap* is how long after its
    stamp a row may be committed and still come with the next pull; *stamp_step* is how coarse stamps are.
    *reading_faults* are the kinds of faults that a pull must outlive, *paging_faults* those of them that only a list of
    several pages can meet, *lost_answers* those that leave a write unknown.
    """

    overlap: ClassVar[timedelta]
    stamp_step: ClassVar[timedelta]
    reading_faults: ClassVar[Sequence[str]]
    paging_faults: ClassVar[Sequence[str]]
    lost_answers: ClassVar[Sequence[str]]

    @abstractmethod
    def connector(self, *, renewing: bool = False) -> Connector:
        """Return a fresh connector, opened; *renewing* asks for one whose token can run out and be renewed."""

    @abstractmethod
    def truth(self) -> Truth:
        """Read what the CRM holds."""

    @abstractmethod
    def tasks_with(self, key: str) -> int:
        """Count the living tasks that carry a key."""

    @abstractmethod
    def add_deal(self, name: str) -> str:
        """Create an open deal."""

    @abstractmethod
    def change_deal(self, deal_id: str, next_step: str) -> None:
        """Change a deal's next step."""

    @abstractmethod
    def add_contact(self, name: str) -> str:
        """Create a contact."""

    @abstractmethod
    def add_role(self, deal_id: str, contact_id: str, role: Literal["champion", "procurement"]) -> None:
        """Assign a role on a deal to a contact."""

    @abstractmethod
    def drop_role(self, deal_id: str, contact_id: str) -> None:
        """Take a contact off a deal for good, leaving nothing in any bin."""

    @abstractmethod
    def add_call(self, deal_id: str, contact_id: str) -> str:
        """Log a call that just took place, giving the id of its touch."""

    @abstractmethod
    def delete(self, table: Literal["deals", "contacts", "own_tasks"], record_id: str) -> None:
        """Delete a record."""

    @abstractmethod
    def merge(self, table: Literal["deals", "contacts"], winner: str, loser: str) -> str | None:
        """Merge two records, giving the id that remains; None where the CRM cannot merge these."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the CRM's time."""

    @abstractmethod
    def hold_clock(self) -> None:
        """Stop the CRM's clock at a whole second."""

    @abstractmethod
    def later(self, seconds: float) -> None:
        """Move the CRM's clock on."""

    @abstractmethod
    def commit_late(self, seconds: float) -> None:
        """Delay when people's writes become visible; their stamps stay those of when they were made."""

    @abstractmethod
    def lag_index(self, seconds: float) -> None:
        """Delay the search index; nothing where the CRM has none."""

    @abstractmethod
    def small_pages(self, rows: int) -> None:
        """Limit every page to so many rows, lists of associations too."""

    @abstractmethod
    def refuse_subject(self, word: str) -> None:
        """Make the CRM refuse tasks with this word in their subject."""

    @abstractmethod
    def spend_quota(self) -> None:
        """Use up nearly all of the day's calls, as other apps would."""

    @abstractmethod
    def fault(self, kind: str, *, nth: int = 1, on: Literal["any", "create"] = "any") -> None:
        """Play one fault at the *nth* call from now on, of all or of those that create tasks; earlier ones go."""

    @abstractmethod
    def fault_fired(self) -> bool:
        """Whether the fault was played."""

    @abstractmethod
    def calls(self, kind: Literal["total", "write"]) -> int:
        """Count the calls that reached the CRM so far."""
