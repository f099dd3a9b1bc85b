"""Business days as a config gives them, and as they come out by country."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date

import pytest

from rules.days.business_days import PLAIN, Calendar
from sync.app.connect import connect
from sync.config.calendar import CalendarSettings
from sync.config.config import Config
from sync.config.countries import code_of
from sync.connection.calendars import calendars_on, fingerprint
from tests.sync.builders import small_policy

Parsed = Callable[..., Config]
Problems = Callable[..., list[str]]
With = Callable[[str], str]
TODAY = date(2026, 6, 15)
EPIPHANY, LABOUR_DAY, INDEPENDENCE = date(2026, 1, 6), date(2026, 5, 1), date(2026, 7, 3)


def of(country: str | None, owner: str | None = None, **keys: object) -> Calendar:
    """The calendar of somebody in *owner* on a connection of that country."""
    settings = CalendarSettings.model_validate({"country": country} | keys)
    return calendars_on(settings, [owner] if owner else [], TODAY).of(owner)


def test_business_days_are_monday_to_friday_unless_told_otherwise() -> None:
    assert of(None) == PLAIN


def test_a_country_s_public_holidays_are_days_off() -> None:
    assert [of("DE").is_business_day(day) for day in (LABOUR_DAY, EPIPHANY, INDEPENDENCE)] == [False, True, True]


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    assert not of("DE-BY").is_business_day(EPIPHANY)


def test_a_country_may_have_another_weekend() -> None:
    assert of("IL").weekend == {4, 5}


@pytest.mark.parametrize("owner", ["United States", "US", "usa", "united-states"])
def test_an_owner_s_country_goes_before_the_connection_s_however_it_is_written(owner: str) -> None:
    assert [of("DE", owner).is_business_day(day) for day in (LABOUR_DAY, INDEPENDENCE)] == [True, False]


def test_an_owner_in_the_connection_s_country_has_the_holidays_of_its_part() -> None:
    assert of("DE-BY", "Germany") == of("DE-BY")


def test_a_country_that_nobody_knows_says_nothing() -> None:
    assert (of("DE", "Ruritania"), code_of("Ruritania")) == (of("DE"), None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Czech Republic", "CZ"),
        ("Korea, Republic of", "KR"),
        ("UAE", "AE"),
        ("Deutschland", "DE"),
        ("Türkiye", "TR"),
        ("United States of America", "US"),
        ("EE.UU.", "US"),
        ("États-Unis", "US"),
        ("Royaume-Uni", "GB"),
        ("Holland", "NL"),
        ("Viet Nam", "VN"),
        ("Russian Federation", "RU"),
        ("Tanzania, United Republic of", "TZ"),
        ("Bolivia, Plurinational State of", "BO"),
        ("Taiwan, Province of China", "TW"),
        ("Korea (South)", "KR"),
        ("The Netherlands", "NL"),
        ("Republic of Ireland", "IE"),
        ("Bosnia & Herzegovina", "BA"),
        ("Österreich", "AT"),
        ("España", "ES"),
        ("Suisse", "CH"),
        ("日本", "JP"),
        ("대한민국", "KR"),
        ("Ελλάδα", "GR"),
        ("GBR", "GB"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_as_crms_and_people_write_it(written: str, code: str | None) -> None:
    assert code_of(written) == code


def test_a_country_in_the_org_s_own_words_can_be_translated() -> None:
    assert of(None, "Deutschland", countries={"Deutschland": "DE-BY"}) == of("DE-BY")


def test_owners_can_be_left_to_the_connection_s_calendar() -> None:
    assert of("DE", "United States", owners=False) == of("DE")


@pytest.mark.parametrize("owner", [None, "United States"])
def test_days_off_of_the_company_are_for_everybody(owner: str | None) -> None:
    assert not of("DE", owner, days_off=["2026-06-16"]).is_business_day(date(2026, 6, 16))


def test_a_connection_lays_its_keys_over_the_shared_ones(parsed: Parsed, connection_with: With) -> None:
    config = parsed(
        '[calendar]\ncountry = "DE"\ndays_off = [2026-12-24]\n', connection_with('calendar = { country = "AT" }')
    )
    calendar = connect(config, "acme", small_policy().ruleset).calendar
    assert (calendar.country, calendar.days_off) == ("AT", (date(2026, 12, 24),))


def test_a_changed_calendar_judges_everything_anew() -> None:
    assert fingerprint(CalendarSettings()) != fingerprint(CalendarSettings(country="DE"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('country = "Germany"', 'found "Germany", expected an ISO 3166 code as in "DE" or "DE-BY"'),
        ('country = "DE-XX"', 'found "DE-XX", expected "DE" or one of its parts (BB, BE, BW, BY, '),
        ('days_off = ["24.12.2026"]', 'found "24.12.2026", expected a day as in 2026-12-24'),
        ('owners = "yes"', "expected true or false"),
        ('holidays = "DE"', "unknown key"),
    ],
)
def test_a_mistake_in_a_calendar_is_told_with_what_was_expected(problems: Problems, line: str, told: str) -> None:
    (problem,) = problems(f"[calendar]\n{line}\n")
    assert problem.startswith("2: [calendar.")
    assert told in problem


def test_nothing_is_loaded_for_who_has_no_country(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert of(None) == PLAIN
