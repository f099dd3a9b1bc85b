"""The part of a config that says which days are business days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rules.language.errors import nearest
from sync.config.countries import countries, parts
from sync.config.types import Section


def _country(value: str) -> str:
    """Accept the code of a country whose holidays are known, or of a part of one."""
    code, _, part = value.partition("-")
    if code not in countries():
        close = nearest(code, countries())
        suggestion = f'; did you mean "{close}"?' if close else ""
        raise ValueError(f'found "{value}", expected an ISO 3166 code as in "DE" or "DE-BY"{suggestion}')
    if part and part not in parts(code):
        known = ", ".join(parts(code)) or "none"
        raise ValueError(f'found "{value}", expected "{code}" or one of its parts ({known}), as in "DE-BY"')
    return value


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f'found "{value}", expected a day as in 2026-12-24') from None


Country = Annotated[str, AfterValidator(_country)]
Day = Annotated[date, BeforeValidator(_day)]


class CalendarSettings(Section):
    """Which days are business days: Monday to Friday, unless a country has another weekend, without its holidays."""

    country: Country | None = Field(
        default=None, description='whose holidays and weekend count, as in "DE" or "DE-BY"; none, when left out'
    )
    owners: bool = Field(
        default=True, strict=True, description="those of the deal owner's country instead, where the CRM knows it"
    )
    days_off: tuple[Day, ...] = Field(default=(), description="further days off, for everybody")
    countries: Mapping[str, Country] = Field(
        default_factory=dict, description="a country as the CRM writes it, to its code"
    )
