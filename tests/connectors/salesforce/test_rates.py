"""Amounts of an org with several currencies."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.salesforce.rates import Rates

RATES = Rates.of(
    [{"IsoCode": "USD", "ConversionRate": 1.0}, {"IsoCode": "EUR", "ConversionRate": 0.8}],
    [
        {"IsoCode": "GBP", "ConversionRate": 0.5, "StartDate": "2026-01-01", "NextStartDate": "2026-04-01"},
        {"IsoCode": "GBP", "ConversionRate": 0.4, "StartDate": "2026-04-01", "NextStartDate": "9999-12-31"},
    ],
)


def test_a_dated_rate_goes_by_the_close_date() -> None:
    assert RATES.in_org_currency(100.0, "GBP", date(2026, 3, 31)) == 200.0
    assert RATES.in_org_currency(100.0, "GBP", date(2026, 4, 1)) == 250.0


def test_without_dated_rates_the_current_one_counts() -> None:
    assert RATES.in_org_currency(80.0, "EUR", date(2026, 4, 1)) == pytest.approx(100.0)


def test_without_a_rate_the_amount_is_unknown() -> None:
    assert RATES.in_org_currency(100.0, "JPY", date(2026, 4, 1)) is None
    assert RATES.in_org_currency(100.0, "GBP", date(2025, 4, 1)) is None
    assert RATES.in_org_currency(100.0, None, None) is None


def test_one_currency_needs_no_rate() -> None:
    assert Rates().in_org_currency(100.0, None, None) == 100.0


def test_rates_survive_being_stored() -> None:
    assert Rates.from_json(RATES.as_json()).as_json() == RATES.as_json()
