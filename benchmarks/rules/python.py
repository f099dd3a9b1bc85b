"""The same fifteen conditions as Python: compiled into one function, and one by one for simpleeval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from benchmarks.rules.ours import Counts

Record = dict[str, Any]

CONDITIONS: Final[Mapping[str, str]] = {
    "r01": "engaged_contacts < 3 and amount is not None and amount >= 50000",
    "r02": "stage_rank >= 3 and days_since_champion_contact is not None and days_since_champion_contact > 14",
    "r03": "stage_rank >= 4 and not has_economic_buyer",
    "r04": "stage_rank >= 4 and days_since_economic_buyer_contact is not None"
    " and days_since_economic_buyer_contact > 21",
    "r05": "meddpicc_missing_count >= 4 and stage_rank >= 3",
    "r06": "days_to_close is not None and days_to_close < 0 and stage_rank < 6",
    "r07": "days_to_close is not None and days_to_close <= 30 and (not has_legal or not has_procurement)",
    "r08": "days_in_stage > 45 and 2 <= stage_rank <= 5",
    "r09": "segment in ('Enterprise', 'Strategic') and engaged_contacts < 2",
    "r10": "champion is None or champion.strip().lower() in ('tbd', 'n/a', 'unknown', '')",
    "r11": "amount is not None and amount > 250000 and not has_it_security and segment == 'Enterprise'",
    "r12": "bounced_contacts * 2 > contact_count",
    "r13": "days_to_close is not None and days_to_close <= 14 and age_days > 180 and stage_rank <= 4",
    "r14": "competition is not None and stage_rank >= 5 and 'incumbent' in competition.lower()",
    "r15": "(days_since_last_contact is None or days_since_last_contact > 21) and amount is not None"
    " and (amount / contact_count if contact_count > 0 else amount) > 20000",
}
"""Python has no unknown: each nullable value is asked for first."""


def records(deals: pl.DataFrame, count: int) -> list[Record]:
    """Give the first *count* deals as dicts of what the conditions name, made before any clock starts."""
    return deals.head(count).drop("deal_id", "pipeline", "created", "close_date").to_dicts()


def generated(records: list[Record]) -> Callable[[], Counts]:
    """Count by one function made of all fifteen conditions: the most that Python does, with no isolation at all."""
    names = sorted(records[0])
    lines = ["def count(records):", f"    {' = '.join(CONDITIONS)} = 0", "    for record in records:"]
    lines += [f"        {name} = record['{name}']" for name in names]
    lines += [f"        if {condition}: {rule} += 1" for rule, condition in CONDITIONS.items()]
    lines += [f"    return {{{', '.join(f'{rule!r}: {rule}' for rule in CONDITIONS)}}}"]
    space: dict[str, Any] = {}
    exec("\n".join(lines), space)  # noqa: S102  # our own constants
    count: Callable[[list[Record]], Counts] = space["count"]
    return lambda: count(records)
