"""A made-up pipeline: deterministic by size and seed, described without a CRM's words, streamed deal by deal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sandbox.story import words
from sandbox.story.deal import Setting, make_deal
from sandbox.story.model import Account, Contact, Deal, Outcome, Owner
from sandbox.story.time import working_time

CONTACTS_PER_ACCOUNT = 10
"""The span of contact numbers of an account: contact *j* of account *a* is ``a * 10 + j``."""

CLOSED_SHARE = 0.4
"""Closed deals on top, as a share of the open ones."""

_LARGE = 20_000
"""Pipelines above this many deals have less detail: recent touches of open deals only."""

_TITLES = (
    ("Director of Operations", "Head of Process Excellence", "Director of Transformation", "Head of Service Delivery"),
    ("Chief Financial Officer", "VP Finance", "Chief Operating Officer", "Managing Director"),
    ("Lead Architect", "Head of Integration", "Principal Engineer", "IT Director"),
    ("Team Lead", "Operations Analyst", "Shift Supervisor", "Key User"),
    ("Strategic Sourcing Lead", "Procurement Manager", "Category Buyer", "Head of Purchasing"),
    ("Corporate Counsel", "Contracts Manager", "Head of Legal", "Legal Adviser"),
    ("Information Security Officer", "Security Architect", "Data Protection Officer", "IT Risk Manager"),
    ("Chief Executive Officer", "Chief Information Officer", "Division President", "Chief Digital Officer"),
)
"""Titles by place on the account's list; a committee gives the places their roles in the order of BuyingRole."""


class Story:
    """*deals* open deals, the closed ones on top, and everyone around them, as of *now*.

    Everything is derived from (seed, kind, index), so any part can be generated alone, in any order, again and again.
    """

    def __init__(self, *, deals: int, seed: int, now: datetime) -> None:
        if deals < 0:
            raise ValueError(f"a pipeline has 0 deals or more, not {deals}")
        self.seed = seed
        self.now = now
        self.open_count = deals
        self.deal_count = deals + round(deals * CLOSED_SHARE)
        self.account_count = max(3, round(self.deal_count * 0.55)) if deals else 0
        self.owners = tuple(self._owner(index) for index in range(self._owner_count() if deals else 0))
        representatives = [owner for owner in self.owners if not owner.is_manager]
        self._active = [owner.index for owner in representatives if owner.active]
        self._left = [owner.index for owner in representatives if not owner.active]

    def accounts(self) -> Iterator[Account]:
        """Return every account."""
        return (self.account(index) for index in range(self.account_count))

    def deals(self) -> Iterator[Deal]:
        """Return every deal, the open ones first."""
        return (self.deal(index) for index in range(self.deal_count))

    def account(self, index: int) -> Account:
        """Return the account of this index."""
        rng = self._random("account", index)
        industry, suffixes = rng.choice(words.INDUSTRIES)
        stem = rng.choice(words.COMPANY_FIRST) + rng.choice(words.COMPANY_SECOND)
        return Account(
            index=index,
            name=f"{stem} {rng.choice(suffixes)}",
            domain=f"{stem.replace(' ', '').lower()}-{index}.example.com",
            industry=industry,
            employees=rng.choice((80, 240, 650, 1_200, 3_400, 9_000, 22_000)) + rng.randrange(60),
            country=rng.choice(words.COUNTRIES),
            parent=rng.randrange(index) if index and rng.random() < 0.06 else None,
            owner=rng.choice(self._active),
            created_at=working_time(rng, self.now - timedelta(days=rng.uniform(620, 1_500))),
            contact_count=rng.randrange(5, 9),
        )

    def contacts(self, account: Account) -> tuple[Contact, ...]:
        """Return the people at an account."""
        rng = self._random("contacts", account.index)
        return tuple(self._contact(rng, account, place) for place in range(account.contact_count))

    def deal(self, index: int) -> Deal:
        """Return the deal of this index; indexes below ``open_count`` are open."""
        rng = self._random("deal", index)
        account = self.account(rng.randrange(self.account_count))
        outcome: Outcome = "open" if index < self.open_count else rng.choice(("won", "lost"))
        setting = Setting(
            index=index,
            account=account,
            contacts=self.contacts(account),
            active_owner=rng.choice(self._active),
            former_owner=rng.choice(self._left),
            outcome=outcome,
            now=self.now,
            reach_days=self._reach_days(outcome),
        )
        return make_deal(rng, setting)

    def _random(self, kind: str, index: int) -> Random:
        return Random(f"{self.seed}:{kind}:{index}")

    def _reach_days(self, outcome: Outcome) -> int:
        if self.open_count <= _LARGE:
            return 120
        return 35 if outcome == "open" else 0

    def _owner_count(self) -> int:
        return len(words.TEAMS) + min(max(self.open_count // 25, 10), 2_000)

    def _owner(self, index: int) -> Owner:
        rng = self._random("owner", index)
        managers = len(words.TEAMS)
        team, country, time_zone = words.TEAMS[index % managers]
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        # One representative has always left, so that even the smallest pipeline has somebody to inherit from.
        left = index == managers or (index > managers + 1 and rng.random() < 0.06)
        return Owner(
            index=index,
            first_name=first,
            last_name=last,
            email=f"{first}.{last}.{index}@seller.example.com".lower(),
            active=not left,
            is_manager=index < managers,
            manager=None if index < managers else index % managers,
            team=team,
            country=country,
            time_zone=time_zone,
        )

    def _contact(self, rng: Random, account: Account, place: int) -> Contact:
        first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
        bounced = rng.random() < 0.015
        return Contact(
            index=account.index * CONTACTS_PER_ACCOUNT + place,
            account=account.index,
            first_name=first,
            last_name=last,
            title=rng.choice(_TITLES[place]),
            email=f"{first}.{last}@{account.domain}".lower(),
            created_at=working_time(rng, account.created_at + timedelta(days=rng.uniform(2, 60))),
            bounced_at=working_time(rng, self.now - timedelta(days=rng.uniform(3, 60))) if bounced else None,
        )
