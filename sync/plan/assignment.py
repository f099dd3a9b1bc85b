"""Who gets a task of a deal, and which day it is for that person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from rules.days.business_days import PLAIN, Calendar
from rules.model import USER_FIELD, Facts


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets a task, which day it is for that person, and which days are business days there."""

    owner_id: str | None
    today: date
    calendar: Calendar = PLAIN


class Assignments:
    """Who gets a task: the deal's owner if active, else the manager if active, else the configured fallback."""

    def __init__(self, owners: pl.DataFrame, facts: Facts, fallback: str | None) -> None:
        self._owners = {row["owner_id"]: row for row in owners.iter_rows(named=True)}
        self._facts, self._fallback = facts, fallback

    def of(self, owner_id: str | None) -> Assignment:
        """Find the person for a deal of *owner_id*, with that person's own date and calendar."""
        owner = self._owners.get(owner_id) if owner_id else None
        if owner_id and owner is None:
            # An owner that we cannot see is unknown, not inactive: the CRM decides whether the task may be theirs.
            return self._assignment(owner_id)
        for candidate in (owner, self._owners.get(owner["manager_id"]) if owner else None):
            if candidate is not None and candidate["active"] is not False:
                return self._assignment(candidate["owner_id"], candidate["time_zone"], candidate["country"])
        return self._assignment(self._fallback)

    def to(self, receiver: str, row: Mapping[str, Any]) -> Assignment:
        """Find who gets a task by a family's ``to``; where that is nobody, it is as for the deal's owner."""
        owner_id: str | None = row["owner_id"]
        if receiver == "manager":
            owner = self._owners.get(owner_id or "")
            manager = self._owners.get(owner["manager_id"]) if owner else None
            return self.of(manager["owner_id"] if manager else owner_id)
        if receiver.startswith(USER_FIELD):
            return self.of(row.get(receiver.removeprefix(USER_FIELD)) or owner_id)
        return self._assignment(self._fallback) if self._fallback else self.of(owner_id)

    def _assignment(self, owner_id: str | None, zone: str | None = None, country: str | None = None) -> Assignment:
        return Assignment(owner_id, self._local_day(zone), self._facts.calendars.of(country))

    def _local_day(self, zone: str | None) -> date:
        if not zone:
            return self._facts.today
        try:
            return self._facts.now.astimezone(ZoneInfo(zone)).date()
        except (ZoneInfoNotFoundError, ValueError):
            return self._facts.today
