"""Business days by country: what the configuration says, with the public holidays that the `holidays` package knows.

That package is loaded only where a country is configured, or where owners have one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import metadata
from typing import Final

from rules.days.business_days import PLAIN, Calendar, Calendars
from sync.config.calendar import CalendarSettings

_YEARS_BACK: Final = 10
"""Holidays longer ago than this count as business days: no deal is that old."""


def calendars_on(settings: CalendarSettings, owner_countries: Iterable[str], today: date) -> Calendars:
    """Give the calendar of a connection, and of its owners' countries, as far as holidays of those are known."""
    connection = _with_days_off(_calendar(settings.country, today), settings)
    theirs = {}
    for country in owner_countries if settings.owners else ():
        code = settings.countries.get(country) or code_of(country)
        # Of a whole country the connection may know the part that its people work in.
        if code is not None and code != (settings.country or "").partition("-")[0]:
            theirs[country] = _with_days_off(_calendar(code, today), settings)
    return Calendars(connection, {country: one for country, one in theirs.items() if one != connection})


def fingerprint(settings: CalendarSettings) -> str:
    """Give a text that changes whenever the same day could be counted otherwise."""
    return json.dumps([settings.model_dump(mode="json"), _holidays_version()], sort_keys=True)


@cache
def _holidays_version() -> str:
    return metadata.version("holidays")


@cache
def countries() -> Sequence[str]:
    """Give the code of every country whose holidays are known."""
    return sorted(_parts_by_country())


def parts(country: str) -> Sequence[str]:
    """Give the codes of a country's parts that have holidays of their own."""
    return _parts_by_country()[country]


@cache
def code_of(country: str) -> str | None:
    """Give the code of a country by its code or English name, however it is written; None if it is not known."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # see above

    meant = _letters(country)
    for name, (_, *codes) in COUNTRIES.items():
        if meant == _letters(name) or meant in map(_letters, codes):
            return str(codes[0])
    return None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@cache
def _parts_by_country() -> dict[str, list[str]]:
    from holidays import list_supported_countries  # noqa: PLC0415  # see above

    return list_supported_countries(include_aliases=False)


def _calendar(code: str | None, today: date) -> Calendar:
    return PLAIN if code is None else _holidays_of(code, today.year)


@cache
def _holidays_of(code: str, year: int) -> Calendar:
    from holidays import country_holidays  # noqa: PLC0415  # see above

    country, _, part = code.partition("-")
    found = country_holidays(country, subdiv=part or None, years=range(year - _YEARS_BACK, year + 2))
    return Calendar(frozenset(found.weekend), frozenset(found))


def _with_days_off(calendar: Calendar, settings: CalendarSettings) -> Calendar:
    return replace(calendar, days_off=calendar.days_off | frozenset(settings.days_off))
