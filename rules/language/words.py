"""The language that reps read: names of days, phases, roles and elements, and how a date is written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}


@dataclass(frozen=True, slots=True, eq=False)  # one value a language: compared, and cached, by identity
class Language:
    """One language of task texts.

    *months* are the twelve names as dates show them; *date_format* and *day_format* are filled in with ``{day}``,
    ``{month}`` and ``{year}``, *amount* with ``{number}`` and ``{currency}``. *words* translates what signals name
    (phases, roles, elements); what it lacks is shown as it is, with spaces for underscores. *labels* are the fixed
    words of a task's body.
    """

    code: str
    months: tuple[str, ...]
    date_format: str
    day_format: str
    words: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    thousands: str = ","
    amount: str = "{currency}{number}"
    decimal: str = "."

    def dated(self, value: date) -> str:
        """Return *value* in full."""
        return self.date_format.format(day=value.day, month=self.months[value.month - 1], year=value.year)

    def in_short(self, value: date) -> str:
        """Return *value* without its year."""
        return self.day_format.format(day=value.day, month=self.months[value.month - 1])

    def number(self, value: float, digits: int) -> str:
        """Return a number with so many *digits* behind the decimal sign, and its thousands set apart."""
        return f"{value:,.{digits}f}".translate({ord(","): self.thousands, ord("."): self.decimal})

    def money(self, amount: float, currency: str | None) -> str:
        """Return an amount in whole units, with the sign of its currency, or its code, as the language writes them."""
        number = self.number(amount, 0)
        if not currency:
            return number
        sign = _SIGNS.get(currency.upper(), "")
        return self.amount.format(number=number, currency=sign or f"{currency.upper()} ").strip()

    def label(self, name: str) -> str:
        """Return a fixed word of task texts, English where the language lacks it."""
        return self.labels.get(name) or ENGLISH.labels[name]

    def word(self, name: str) -> str:
        """Return what people call *name*, whether it is written with underscores or with spaces."""
        return self.words.get(name) or self.words.get(name.replace(" ", "_"), name.replace("_", " "))


ENGLISH: Final = Language(
    "en",
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "{day} {month} {year}",
    "{day} {month}",
    {
        "Metrics": "what it is worth",
        "Economic Buyer": "who pays",
        "Decision Criteria": "what they compare",
        "Decision Process": "how they decide",
        "Paper Process": "paperwork",
        "Implicate Pain": "pain",
        "Champion": "champion",
        "Competition": "who else is in it",
    },
    {
        "why": "Why",
        "do": "Do",
        "ask": "Ask",
        "done": "Done when",
        "also": "Also",
        "closes": "closes {}",
        "risk": "risk {}, {}",
        "written": "written {}",
        "digest": "Weekly digest: {:,} deals to look at",
        "digest_of_one": "Weekly digest: 1 deal to look at",
        "digest_today": "Critical, and no room for a task: {:,} deals to look at today",
        "digest_today_of_one": "Critical, and no room for a task: 1 deal to look at today",
        "waiting": "no task yet, others come first",
        "disputed": "completed twice, and still so",
        "escalated": "open since {}, {}",
        "nobody": "nobody in particular",
        "owner": "owner {}",
        "more": "Not shown: {:,} more (deals: {:,}); see the risk fields of your deals.",
        "weekly": "This list is made anew every week; the next one closes it.",
        "daily": "The owners of these deals have as many tasks as they may have, or let too many fall due.",
        "answer": "Closes itself when done. Or answer in the field Deal check answer: "
        '"#snooze 30d", "#notrisk why", "#wrongdata what".',
    },
)
"""What task texts are written in where nothing else is chosen."""
