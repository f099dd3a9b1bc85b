"""Made-up deals as a frame of signals, the same for the same seed: what every engine is given."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, Final

import polars as pl

from connectors.model import ELEMENTS

TODAY: Final = date(2026, 3, 1)
FILLER: Final = ("tbd", "n/a", "unknown", "")

_ROLES: Final = {
    "champion": 20,
    "economic_buyer": 12,
    "technical": 18,
    "user": 14,
    "procurement": 8,
    "legal": 6,
    "it_security": 5,
    "": 17,
}
_SEGMENTS: Final = {"SMB": 40, "Mid-Market": 30, "Enterprise": 20, "Strategic": 7, None: 3}
_RIVALS: Final = ("Incumbent vendor", "vs incumbent ACME", "none", "Globex", "Initech", "build in-house")
_NOTES: Final = tuple(f"Agreed with the buyer in call {number}" for number in range(20))
_PLACEHOLDERS: Final = ("TBD", "n/a", "N/A ", "unknown", "")

SIGNALS: Final = pl.Schema(
    {
        "deal_id": pl.String(),
        "pipeline": pl.String(),
        "created": pl.Date(),
        "close_date": pl.Date(),
        "amount": pl.Float64(),
        "segment": pl.String(),
        "stage_rank": pl.Int64(),
        "champion": pl.String(),
        "competition": pl.String(),
        "meddpicc_missing_count": pl.Int64(),
        "days_to_close": pl.Int64(),
        "age_days": pl.Int64(),
        "days_in_stage": pl.Int64(),
        "contact_count": pl.Int64(),
        "bounced_contacts": pl.Int64(),
        "engaged_contacts": pl.Int64(),
        "days_since_champion_contact": pl.Int64(),
        "days_since_economic_buyer_contact": pl.Int64(),
        "days_since_last_contact": pl.Int64(),
        **{f"has_{role}": pl.Boolean() for role in ("economic_buyer", "legal", "procurement", "it_security")},
    }
)
"""What the rules and their translations may name, beside the deal's id and pipeline."""


def deals(count: int, seed: int = 7) -> pl.DataFrame:
    """Give *count* deals by id, each with an amount, dates, texts and about three contacts, some of it unknown."""
    random = Random(seed)
    rows = [_deal(number, random) for number in range(count)]
    return pl.DataFrame(rows, schema=SIGNALS, orient="row")


def _deal(number: int, random: Random) -> tuple[Any, ...]:
    age = random.randrange(1, 500)
    to_close = None if random.random() < 0.03 else random.randrange(-40, 200)
    texts = {element: _text(element, random) for element in ELEMENTS}
    missing = sum(text is None or text.strip().lower() in FILLER for text in texts.values())
    return (
        f"D{number:07}",
        "Sales",
        TODAY - timedelta(days=age),
        None if to_close is None else TODAY + timedelta(days=to_close),
        None if random.random() < 0.04 else round(random.lognormvariate(10.8, 1.1), 2),
        random.choices(list(_SEGMENTS), list(_SEGMENTS.values()))[0],
        random.randrange(1, 8),
        texts["champion"],
        texts["competition"],
        missing,
        to_close,
        age,
        min(age, random.randrange(160)),
        *_contacts(random),
    )


def _text(element: str, random: Random) -> str | None:
    place = random.random()
    if place < 0.2:
        return None
    if place < 0.4:
        return random.choice(_PLACEHOLDERS)
    return random.choice(_RIVALS if element == "competition" else _NOTES)


def _contacts(random: Random) -> tuple[Any, ...]:
    """Give what the deal's contacts come to, in the order of SIGNALS."""
    held = random.choices(list(_ROLES), list(_ROLES.values()), k=_poisson(random))
    last = [None if random.random() < 0.1 else random.randrange(120) for _ in held]
    bounced = [random.random() < 0.08 for _ in held]
    engaged = sum(days is not None and days <= 30 and not bad for days, bad in zip(last, bounced, strict=True))

    def days_since(*roles: str) -> int | None:
        known = (days for role, days in zip(held, last, strict=True) if days is not None and role in roles)
        return min(known, default=None)

    roles = ("economic_buyer", "legal", "procurement", "it_security")
    silences = (days_since("champion"), days_since("economic_buyer"), days_since(*_ROLES))
    return (len(held), sum(bounced), engaged, *silences, *(role in held for role in roles))


def _poisson(random: Random, mean: float = 3.0, most: int = 12) -> int:
    """Count the arrivals of unit time at that rate, no more than *most*."""
    count, at = 0, random.expovariate(mean)
    while at < 1 and count < most:
        count, at = count + 1, at + random.expovariate(mean)
    return count
