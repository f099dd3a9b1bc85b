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
        """Whether *day* is a business day."""
        return day.weekday() not in self.weekend and day not in self.days_off


PLAIN: Final = Calendar()
"""Monday to Friday, without holidays."""


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of a connection, and those of its owners by *country*, as the CRM writes it, where they differ."""

    connection: Calendar = PLAIN
    country: Mapping[str, Calendar] = field(default_factory=dict)

    def of(self, country: str | None) -> Calendar:
        """Return the calendar of a person in that country; the connection's where it has none of its own."""
        return self.connection if country is None else self.country.get(country, self.connection)

    def elsewhere(self) -> Mapping[Calendar, list[str]]:
        """Return the calendars that differ from the connection's, each with its countries."""
        countries: dict[Calendar, list[str]] = {}
        for country in sorted(self.country):
            countries.setdefault(self.country[country], []).append(country)
        return countries
