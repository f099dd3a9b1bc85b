"""What accepted conditions mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from connectors.model import PHASES
from rules.language.compile import to_polars
from rules.language.condition import Condition

Parsed = Callable[[str], Condition]

FRAME = pl.DataFrame(
    {
        "amount": [50_000.0, 0.0, None],
        "contacts": pl.Series([1, 0, None], dtype=pl.UInt32),
        "engaged_contacts": pl.Series([100, 2, None], dtype=pl.Int8),
        "segment": ["enterprise", "Mid", None],
        "next_step": ["50% of a_b", "ends\nhere", None],
        "close_date": [date(2026, 1, 31), date(2025, 12, 31), None],
        "created_on": [date(2026, 1, 1), date(2026, 1, 1), None],
        "has_champion": [True, False, None],
        "owner_active": [None, None, None],
        "phase": ["evaluation", "close", None],
        "last_phase": ["discovery", "close", None],
    },
    schema_overrides={"owner_active": pl.Boolean},
)

MEANINGS = [
    ("amount >= 50_000", [True, False, None]),
    ("amount == 50_000.0", [True, False, None]),
    ("amount != 0", [True, False, None]),
    ("amount in (1, 0, 50_000.5)", [False, True, None]),
    ("contacts NOT IN (1, -1)", [False, True, None]),
    ("contacts - 5 < 0", [True, True, None]),
    ("contacts >= -1", [True, True, None]),
    ("engaged_contacts * engaged_contacts > 9_999", [True, False, None]),
    ("amount / contacts > 1", [True, None, None]),
    ("amount % contacts = 0", [True, None, None]),
    ("(0 - 7) % engaged_contacts = -1", [False, True, None]),
    ("amount between 0 and 10", [False, True, None]),
    ("amount not between 0 and 10", [True, False, None]),
    ("amount * 2 > 1", [True, False, None]),
    ("segment = 'enterprise'", [True, False, None]),
    ("segment = 'mid'", [False, False, None]),
    ("lower(segment) = 'mid'", [False, True, None]),
    ("segment < 'a'", [False, True, None]),
    ("segment IS NULL", [False, False, True]),
    ("segment IS NOT NULL", [True, True, False]),
    ("segment like 'ent%e'", [True, False, None]),
    ("segment not like 'M_d'", [True, False, None]),
    ("segment like 'm_d'", [False, False, None]),
    ("segment like '___'", [False, True, None]),
    ("segment like 'Mid_'", [False, False, None]),
    ("segment ilike 'm_d'", [False, True, None]),
    ("next_step like '50\\% of a\\_b'", [True, False, None]),
    ("next_step like '%s\nh%'", [False, True, None]),
    ("next_step like '%'", [True, True, None]),
    ("next_step like 'a_b'", [False, False, None]),
    ("contains(next_step, '%')", [True, False, None]),
    ("starts_with(next_step, 'ends')", [False, True, None]),
    ("length(trim(segment)) = 3", [False, True, None]),
    ("round(amount / 3) = 16_667", [True, False, None]),
    ("round(amount / 3, 1) = 16_666.7", [True, False, None]),
    ("abs(amount - 50_001) = 1", [True, False, None]),
    ("close_date < DATE '2026-01-01'", [False, True, None]),
    ("close_date - created_on = 30", [True, False, None]),
    ("close_date - created_on < INTERVAL '0 days'", [False, True, None]),
    ("created_on + 30 = close_date", [True, False, None]),
    ("created_on - INTERVAL '1 day' = close_date", [False, True, None]),
    ("created_on + INTERVAL '2 weeks' < close_date", [True, False, None]),
    ("created_on + 900_000_000_000 IS NULL", [True, True, True]),
    ("created_on + contacts * 30 = close_date", [True, False, None]),
    ("close_date IN (DATE '2026-01-31')", [True, False, None]),
    ("phase >= 'evaluation'", [True, True, None]),
    ("'evaluation' < phase", [False, True, None]),
    ("phase between 'discovery' and 'procurement'", [True, False, None]),
    ("phase in ('close', 'onboarding')", [False, True, None]),
    ("phase <> last_phase", [True, False, None]),
    ("phase > last_phase", [True, False, None]),
    ("coalesce(phase, 'close') = 'close'", [False, True, True]),
    ("has_champion", [True, False, None]),
    ("NOT has_champion", [False, True, None]),
    ("has_champion = FALSE", [False, True, None]),
    ("has_champion AND owner_active", [None, False, None]),
    ("has_champion OR owner_active", [True, None, None]),
    ("coalesce(owner_active, amount > 1)", [True, False, None]),
    ("coalesce(amount > 1, false)", [True, False, False]),
    ("NOT has_champion OR amount > 1 AND segment = 'enterprise'", [True, True, None]),
    ("amount > 1\n  AND segment = 'enterprise'", [True, False, None]),
]


@pytest.mark.parametrize(("text", "expected"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_a_condition_means_what_sql_means_by_it(text: str, expected: list[bool | None], parsed: Parsed) -> None:
    condition = parsed(text)

    assert FRAME.select(to_polars(condition)).to_series().to_list() == expected


@pytest.mark.parametrize("sign", ["=", "<>", "<", "<=", ">", ">="])
@pytest.mark.parametrize("other", PHASES)
def test_phases_compare_by_their_order_and_not_by_their_names(sign: str, other: str, parsed: Parsed) -> None:
    frame = pl.DataFrame({"phase": PHASES, "last_phase": [other] * len(PHASES)})
    literal = to_polars(parsed(f"phase {sign} '{other}'"))
    column = to_polars(parsed(f"phase {sign} last_phase"))
    ranks = range(len(PHASES))
    python = {"=": "==", "<>": "!="}.get(sign, sign)
    expected = [eval(f"{rank} {python} {PHASES.index(other)}") for rank in ranks]

    assert frame.select(literal).to_series().to_list() == expected
    assert frame.select(column).to_series().to_list() == expected


def test_a_result_out_of_range_is_unknown_and_not_infinite(parsed: Parsed) -> None:
    big = " * ".join(["amount"] * 40)
    frame = pl.DataFrame({"amount": [9e15, 2.0]})

    assert frame.select(to_polars(parsed(f"{big} > 1"))).to_series().to_list() == [None, True]


@pytest.mark.parametrize("link", [" * ", " / ", " - ", " + "])
def test_a_long_or_deep_calculation_costs_no_more_than_its_length(link: str, parsed: Parsed) -> None:
    deep = "amount"
    for _ in range(45):
        deep = f"(amount{link}{deep})"
    chain = link.join(["amount"] * 50)

    for text in (deep, chain):
        assert len(str(to_polars(parsed(f"{text} > 1")))) < 20_000


def test_a_condition_knows_the_signals_that_it_names(parsed: Parsed) -> None:
    condition = parsed("coalesce(phase, last_phase) = 'close' AND amount / contacts IN (1) OR segment LIKE 'x'")

    assert condition.names == {"phase", "last_phase", "amount", "contacts", "segment"}


def test_a_long_chain_stays_flat(parsed: Parsed) -> None:
    condition = parsed(" OR ".join(f"amount = {number}" for number in range(120)))
    frame = pl.DataFrame({"amount": [119.0, 120.0, None]})

    assert frame.select(to_polars(condition)).to_series().to_list() == [True, False, None]
