"""What a made-up pipeline consists of, in the playbook's words and without any CRM's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

Outcome = Literal["open", "won", "lost"]
TouchKind = Literal["meeting", "call", "email"]


class Phase(StrEnum):
    """How far an open deal is in the playbook, in order."""

    DISCOVERY = "discovery"
    QUALIFICATION = "qualification"
    EVALUATION = "evaluation"
    BUSINESS_CASE = "business_case"
    PROCUREMENT = "procurement"
    CLOSE = "close"

    @property
    def rank(self) -> int:
        """Count the phases before this one."""
        return list(Phase).index(self)


PHASE_DAYS: Mapping[Phase, tuple[int, int]] = {
    Phase.DISCOVERY: (14, 28),
    Phase.QUALIFICATION: (7, 14),
    Phase.EVALUATION: (28, 56),
    Phase.BUSINESS_CASE: (14, 28),
    Phase.PROCUREMENT: (28, 84),
    Phase.CLOSE: (14, 28),
}
"""Shortest and longest stay that the playbook expects, in days."""


class Element(StrEnum):
    """The eight elements of MEDDPICC."""

    METRICS = "metrics"
    ECONOMIC_BUYER = "economic_buyer"
    DECISION_CRITERIA = "decision_criteria"
    DECISION_PROCESS = "decision_process"
    PAPER_PROCESS = "paper_process"
    IMPLICATE_PAIN = "implicate_pain"
    CHAMPION = "champion"
    COMPETITION = "competition"


class BuyingRole(StrEnum):
    """What a contact is to a deal; the order is that in which a committee fills."""

    CHAMPION = "champion"
    ECONOMIC_BUYER = "economic_buyer"
    TECHNICAL = "technical"
    USER = "user"
    PROCUREMENT = "procurement"
    LEGAL = "legal"
    SECURITY = "security"
    EXEC_SPONSOR = "exec_sponsor"
    INFLUENCER = "influencer"
    BLOCKER = "blocker"
    OTHER = "other"


class Trouble(StrEnum):
    """What is wrong with a deal by design; a healthy deal has none."""

    NO_CONTACTS = "no contacts"
    SINGLE_THREADED = "single-threaded"
    CHAMPION_MISSING = "champion missing"
    CHAMPION_QUIET = "champion quiet"
    CHAMPION_LEFT = "champion left"
    BUYER_MISSING = "economic buyer missing"
    BUYER_QUIET = "economic buyer quiet"
    SILENT = "silent"
    GAPS = "qualification gaps"
    FILLER = "filler instead of answers"
    PAST_CLOSE = "close date past"
    PUSHED = "close date pushed"
    STALLED = "stalled in its phase"
    OWNER_LEFT = "owner inactive"
    NO_NEXT_STEP = "no next step"
    NO_AMOUNT = "no amount"


@dataclass(frozen=True, slots=True)
class Owner:
    """One of the seller's people. *manager* is another owner's index."""

    index: int
    first_name: str
    last_name: str
    email: str
    active: bool
    is_manager: bool
    manager: int | None
    team: str
    country: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Account:
    """A buying company. ``contact_count`` people work there."""

    index: int
    name: str
    domain: str
    industry: str
    employees: int
    country: str
    parent: int | None
    owner: int
    created_at: datetime
    contact_count: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at an account; *bounced_at* says that mail no longer arrives."""

    index: int
    account: int
    first_name: str
    last_name: str
    title: str
    email: str
    created_at: datetime
    bounced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Role:
    """A contact on a deal. A role of None is a contact whose role nobody chose."""

    contact: int
    role: BuyingRole | None
    is_primary: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Touch:
    """A logged meeting, call or e-mail; an *at* after now is planned.

    *inbound* counts for calls and e-mails, *connected* for calls. *linked* is False where a person logged it on the
    contacts alone.
    """

    at: datetime
    kind: TouchKind
    attendees: tuple[int, ...]
    subject: str
    minutes: int
    inbound: bool = False
    connected: bool = True
    linked: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """How the deal stood from *at* on, until the next step."""

    at: datetime
    phase: Phase
    outcome: Outcome
    amount: int | None
    close_date: date


@dataclass(frozen=True, slots=True)
class ToDo:
    """A task that a person made for themselves."""

    subject: str
    created_at: datetime
    due: date | None
    completed_at: datetime | None
    contact: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the deal's record says of one element. *level* is 0 to 3."""

    text: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity with everything around it, as of *now*."""

    index: int
    name: str
    account: int
    owner: int
    outcome: Outcome
    deal_type: str
    lead_source: str
    partner: str | None
    next_step: str | None
    troubles: frozenset[Trouble]
    people: tuple[Contact, ...]  # everyone at the account, on the deal or not
    answers: Mapping[Element, Answer]
    roles: tuple[Role, ...]
    steps: tuple[Step, ...]  # oldest first; the last one is the current state
    touches: tuple[Touch, ...]
    to_dos: tuple[ToDo, ...]

    @property
    def created_at(self) -> datetime:
        """When the deal was created."""
        return self.steps[0].at

    @property
    def current_step(self) -> Step:
        """The state that the deal is in now."""
        return self.steps[-1]

    @property
    def stage_entered_at(self) -> datetime:
        """Since when the deal has been in its present stage."""
        entered = self.steps[-1].at
        for step in reversed(self.steps):
            if (step.phase, step.outcome) != (self.current_step.phase, self.current_step.outcome):
                break
            entered = step.at
        return entered

    def contact_in(self, role: BuyingRole) -> int | None:
        """Find the first contact that holds *role*."""
        return next((held.contact for held in self.roles if held.role is role), None)
