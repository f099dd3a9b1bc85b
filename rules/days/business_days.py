"""Which days are business days: a connection's calendar, and those of its owners' countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are no business days: those of the *weekend*, where Monday is 0, and single *days_off*."""

    weekend: frozenset[int] = frozenset({5, 6})
    days_off: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Say whether *day* is a business day."""
        return day.weekday() not in self.weekend and day not in self.days_off


PLAIN: Final = Calendar()
"""Monday to Friday, without holidays."""


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of a connection, and those of its owners by *country*, as the CRM writes it, where they differ."""

    connection: Calendar = PLAIN
    country: Mapping[str, Calendar] = field(default_factory=dict)

    def of(self, country: str | None) -> Calendar:
        """Give the calendar of a person in that country; the connection's where the country says nothing."""
        return self.connection if country is None else self.country.get(country, self.connection)

    def elsewhere(self) -> Mapping[Calendar, list[str]]:
        """Give the calendars that differ from the connection's, each with its countries."""
        found: dict[Calendar, list[str]] = {}
        for country in sorted(self.country):
            found.setdefault(self.country[country], []).append(country)
        return found
