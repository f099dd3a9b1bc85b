"""Exchange rates of an org with several currencies: dated ones by a deal's close date, else the org's current ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.columns import number

Dated = tuple[date, date, float]


@dataclass(frozen=True, slots=True)
class Rates:
    """Units of a currency per unit of the org's currency.

    *several* is False in an org with one currency, where an amount is what it is. An amount in *corporate*, the org's
    own currency, needs no rate. *unreadable* says that dated rates exist whose periods or rates our user does not see:
    then the current ones would be wrong, and amounts in other currencies are unknown.
    """

    several: bool = False
    corporate: str | None = None
    unreadable: bool = False
    current: Mapping[str, float] = field(default_factory=dict)
    dated: Mapping[str, Sequence[Dated]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        current: Sequence[Mapping[str, Any]],
        dated: Sequence[Mapping[str, Any]],
        corporate: str | None = None,
    ) -> Rates:
        """Read CurrencyType and DatedConversionRate records, with whichever of their fields our user sees.

        *corporate* is the org's currency as its own record has it; CurrencyType marks it too.
        """
        marked = next((str(record["IsoCode"]) for record in current if record.get("IsCorporate") is True), None)
        now = {str(record["IsoCode"]): rate for record in current if (rate := number(record.get("ConversionRate")))}
        spans = _spans(dated)
        return cls(True, corporate or marked, bool(dated) and not spans, now, spans)

    def in_org_currency(self, amount: float | None, currency: str | None, closing: date | None) -> float | None:
        """Convert an amount; None where there is no rate."""
        if amount is None or not self.several:
            return amount
        rate = self._rate(currency, closing)
        # A rate counts units of the currency per unit of the corporate one, hence the division.
        return amount / rate if rate else None

    def _rate(self, currency: str | None, closing: date | None) -> float | None:
        if currency is None:
            return None
        if currency == self.corporate:
            return 1.0
        if self.unreadable:
            return None
        spans = self.dated.get(currency)
        # Where dated rates exist, Salesforce itself converts opportunities by close date.
        if spans and closing:
            return next((rate for start, end, rate in spans if start <= closing < end), None)
        return self.current.get(currency)

    def as_json(self) -> str:
        """Return the rates as one text that differs whenever a rate has changed."""
        spans = {
            code: [[str(a), str(b), rate] for a, b, rate in spans_of] for code, spans_of in sorted(self.dated.items())
        }
        body = {"several": self.several, "corporate": self.corporate, "unreadable": self.unreadable}
        return json.dumps({**body, "current": dict(sorted(self.current.items())), "dated": spans})

    @classmethod
    def from_json(cls, text: str) -> Rates:
        """Read what ``as_json`` wrote."""
        body = json.loads(text)
        spans = {
            code: [(date.fromisoformat(a), date.fromisoformat(b), rate) for a, b, rate in spans_of]
            for code, spans_of in body["dated"].items()
        }
        return cls(body["several"], body.get("corporate"), body.get("unreadable", False), body["current"], spans)


def _spans(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Dated]]:
    """Return the periods of each currency's dated rates; one without an end lasts until the next one begins."""
    begun: dict[str, list[tuple[date, date | None, float]]] = {}
    for record in records:
        rate, start = number(record.get("ConversionRate")), _day(record.get("StartDate"))
        if rate and start:
            begun.setdefault(str(record.get("IsoCode")), []).append((start, _day(record.get("NextStartDate")), rate))
    spans: dict[str, list[Dated]] = {}
    for code, listed in begun.items():
        ordered = sorted(listed, key=lambda span: span[0])
        following = [start for start, _, _ in ordered[1:]] + [date.max]
        spans[code] = [
            (start, end or next_start, rate) for (start, end, rate), next_start in zip(ordered, following, strict=True)
        ]
    return spans


def _day(value: Any) -> date | None:
    """Return a day of whatever year: the first period may begin, and the last one end, beyond what a deal could."""
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        return None
