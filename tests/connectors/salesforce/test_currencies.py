"""Amounts of an org with several currencies, where the integration user does not see all of their rates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.salesforce.rates import Rates

DATED = [
    {"IsoCode": "GBP", "ConversionRate": 0.5, "StartDate": "0001-01-01"},
    {"IsoCode": "GBP", "ConversionRate": 0.4, "StartDate": "2026-04-01"},
]


@pytest.fixture
def several(org: Any) -> Any:
    """Return an org of several currencies with a deal in its own and one in another."""
    org.quirks(multicurrency=True)
    org.box.org.load(
        "CurrencyType",
        [
            {"Id": "01L000000000001AAA", "IsoCode": "USD", "ConversionRate": 1.0, "IsCorporate": True},
            {"Id": "01L000000000002AAA", "IsoCode": "EUR", "ConversionRate": 0.8},
        ],
    )
    own, other = org.rows("Opportunity")[:2]
    org.edit("Opportunity", own["Id"], CurrencyIsoCode="USD", Amount=80_000)
    org.edit("Opportunity", other["Id"], CurrencyIsoCode="EUR", Amount=80_000)
    org.own, org.other = own["Id"], other["Id"]
    return org


def read(org: Any, mirror: Any) -> tuple[float | None, float | None, str]:
    """Return the amounts of the two deals, and what the operator is told."""
    connector = org.connected()
    mirror.pull(connector)
    deals = mirror.tables["deals"]
    return deals[org.own]["amount"], deals[org.other]["amount"], "\n".join(connector.capabilities.problems)


def test_without_rates_amounts_in_the_org_s_own_currency_stay_known(several: Any, mirror: Any) -> None:
    several.quirks(hide_objects=["CurrencyType"])
    own, other, told = read(several, mirror)

    assert (own, other) == (80_000.0, None)
    assert "our user does not see CurrencyType: amounts in other currencies than USD are unknown" in told
    assert "View Setup and Configuration" in told


def test_a_hidden_rate_ends_no_pull(several: Any, mirror: Any) -> None:
    several.quirks(hide_fields=["CurrencyType.ConversionRate"])
    own, other, told = read(several, mirror)

    assert (own, other) == (80_000.0, None)
    assert "CurrencyType.ConversionRate: amounts in other currencies than USD are unknown" in told


def test_a_hidden_end_of_a_dated_rate_is_the_next_one_s_begin(several: Any, mirror: Any) -> None:
    several.box.org.load(
        "DatedConversionRate",
        [{"Id": f"04w00000000000{at}AAA", **row, "IsoCode": "EUR"} for at, row in enumerate(DATED, 1)],
    )
    several.edit("Opportunity", several.other, CloseDate="2026-05-01")
    several.quirks(hide_fields=["DatedConversionRate.NextStartDate"])
    own, other, told = read(several, mirror)

    assert (own, other) == (80_000.0, pytest.approx(200_000.0))
    assert "DatedConversionRate.NextStartDate: each dated rate counts until the next one begins" in told


def test_hidden_dates_of_dated_rates_leave_other_currencies_unknown(several: Any, mirror: Any) -> None:
    several.box.org.load("DatedConversionRate", [{"Id": "04w000000000001AAA", **DATED[1], "IsoCode": "EUR"}])
    several.quirks(hide_fields=["DatedConversionRate.StartDate"])
    own, other, told = read(several, mirror)

    assert (own, other) == (80_000.0, None)
    assert "DatedConversionRate.StartDate" in told


def test_amounts_whose_currency_is_hidden_are_unknown(several: Any, mirror: Any) -> None:
    several.quirks(hide_fields=["Opportunity.CurrencyIsoCode"])
    own, other, told = read(several, mirror)

    assert (own, other) == (None, None)
    assert "our user does not see Opportunity.CurrencyIsoCode: all amounts are unknown" in told


def test_rates_that_are_shown_again_count_on_the_same_day(several: Any, mirror: Any) -> None:
    several.quirks(hide_objects=["CurrencyType"])
    read(several, mirror)
    several.quirks(hide_objects=[])

    assert read(several, mirror)[1] == pytest.approx(100_000.0)


def test_one_currency_tells_of_no_rates(org: Any) -> None:
    assert "urrency" not in "\n".join(org.connected().capabilities.problems)


def test_the_org_s_own_currency_is_known_from_either_object() -> None:
    marked = Rates.of([{"IsoCode": "CHF", "IsCorporate": True}], [])

    assert marked.in_org_currency(5.0, "CHF", None) == 5.0
    assert Rates.of([], [], "CHF").in_org_currency(5.0, "CHF", None) == 5.0
    assert Rates.of([], []).in_org_currency(5.0, "CHF", None) is None


def test_periods_may_begin_before_any_deal() -> None:
    rates = Rates.of([], DATED, "USD")

    assert rates.in_org_currency(100.0, "GBP", date(2025, 1, 1)) == 200.0
    assert rates.in_org_currency(100.0, "GBP", date(2026, 4, 1)) == pytest.approx(250.0)
