"""Exchange rates of an org with several currencies: dated ones by a deal's close date, else the org's current ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.columns import day, number

Dated = tuple[date, date, float]


@dataclass(frozen=True, slots=True)
class Rates:
    """Units of a currency per unit of the org's currency.

    *several* is False in an org with one currency, where an amount is what it is.
    """

    several: bool = False
    current: Mapping[str, float] = field(default_factory=dict)
    dated: Mapping[str, Sequence[Dated]] = field(default_factory=dict)

    @classmethod
    def of(cls, current: Sequence[Mapping[str, Any]], dated: Sequence[Mapping[str, Any]]) -> Rates:
        """Read CurrencyType and DatedConversionRate records."""
        spans: dict[str, list[Dated]] = {}
        for record in dated:
            rate, start, end = (
                number(record.get("ConversionRate")),
                day(record.get("StartDate")),
                day(record.get("NextStartDate")),
            )
            if rate and start:
                spans.setdefault(str(record.get("IsoCode")), []).append((start, end or date.max, rate))
        now = {str(record["IsoCode"]): rate for record in current if (rate := number(record.get("ConversionRate")))}
        return cls(True, now, {code: sorted(spans_of) for code, spans_of in spans.items()})

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
        return json.dumps({"several": self.several, "current": dict(sorted(self.current.items())), "dated": spans})

    @classmethod
    def from_json(cls, text: str) -> Rates:
        """Read what ``as_json`` wrote."""
        body = json.loads(text)
        spans = {
            code: [(date.fromisoformat(a), date.fromisoformat(b), rate) for a, b, rate in spans_of]
            for code, spans_of in body["dated"].items()
        }
        return cls(body["several"], body["current"], spans)
