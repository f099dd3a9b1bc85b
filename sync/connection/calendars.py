"""Business days by country: what the configuration says, with the public holidays that the `holidays` package knows.

That package is loaded only where a country is configured, or where owners have one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import metadata
from typing import Final

from rules.days.business_days import PLAIN, Calendar, Calendars
from sync.config.calendar import CalendarSettings
from sync.config.countries import code_of

_YEARS_BACK: Final = 10
"""Holidays longer ago than this count as business days: no deal is that old."""


def calendars_on(settings: CalendarSettings, owner_countries: Iterable[str], today: date) -> Calendars:
    """Return the calendar of a connection, and of its owners' countries, as far as holidays of those are known."""
    connection = _with_days_off(_calendar(settings.country, today), settings)
    by_country = {}
    for country in owner_countries if settings.owners else ():
        code = settings.countries.get(country) or code_of(country)
        # Of a whole country the connection may know the part that its people work in.
        if code is not None and code != (settings.country or "").partition("-")[0]:
            by_country[country] = _with_days_off(_calendar(code, today), settings)
    return Calendars(connection, {country: days for country, days in by_country.items() if days != connection})


def unknown_countries(settings: CalendarSettings, owner_countries: Iterable[str]) -> list[str]:
    """Return the owners' countries for which no calendar is known, and the connection's is used."""
    listed = owner_countries if settings.owners else ()
    return [country for country in listed if country not in settings.countries and code_of(country) is None]


def fingerprint(settings: CalendarSettings) -> str:
    """Return a text that changes whenever the same day could be counted otherwise."""
    return json.dumps([settings.model_dump(mode="json"), _holidays_version()], sort_keys=True)


@cache
def _holidays_version() -> str:
    return metadata.version("holidays")


def _calendar(code: str | None, today: date) -> Calendar:
    return PLAIN if code is None else _holidays_of(code, today.year)


@cache
def _holidays_of(code: str, year: int) -> Calendar:
    from holidays import country_holidays  # noqa: PLC0415  # see above

    country, _, part = code.partition("-")
    holidays = country_holidays(country, subdiv=part or None, years=range(year - _YEARS_BACK, year + 2))
    return Calendar(frozenset(holidays.weekend), frozenset(holidays))


def _with_days_off(calendar: Calendar, settings: CalendarSettings) -> Calendar:
    return replace(calendar, days_off=calendar.days_off | frozenset(settings.days_off))
