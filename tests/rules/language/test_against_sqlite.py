"""Conditions mean what SQL means: generated ones agree with SQLite on rows full of nulls.

Where the two differ on purpose (docs/rules.md lists it) the generated SQL says what is meant. A soak run tries
thousands: ``pytest -m soak tests/rules/language/test_against_sqlite.py``, with DEALWARDEN_CONDITION_SEEDS=1-8 and
DEALWARDEN_CONDITIONS=1000 for each seed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from connectors.model import PHASES
from rules.language.compile import to_polars
from rules.language.condition import parse
from rules.language.location import Location
from rules.language.signal import Signal

FIRST, LAST = (int(seed) for seed in os.environ.get("DEALWARDEN_CONDITION_SEEDS", "1-8").split("-"))
EACH = int(os.environ.get("DEALWARDEN_CONDITIONS", "1000"))

Pair = tuple[str, str]
"""The same thing in our words and in SQLite's."""

_COMPARISONS = ["=", "<>", "<", "<=", ">", ">="]


def _rank(sql: str) -> str:
    return f"(CASE {sql} {' '.join(f'WHEN {phase!r} THEN {rank}' for rank, phase in enumerate(PHASES))} END)"


def _both(form: str, *parts: Pair) -> Pair:
    return form.format(*(ours for ours, _ in parts)), form.format(*(sql for _, sql in parts))


_number_leaf = st.one_of(
    st.sampled_from(["amount", "whole", "other_whole"]).map(lambda name: (name, name)),
    st.integers(0, 6).map(lambda value: (str(value), f"{value}.0")),
    st.sampled_from(["0.5", "2.25", "1_000"]).map(
        lambda text: (text, text.replace("_", "") + ("" if "." in text else ".0"))
    ),
)
_days = st.builds(
    lambda a, b: (f"({a} - {b})", f"(julianday({a}) - julianday({b}))"),
    st.sampled_from(["close_date", "created_on"]),
    st.sampled_from(["close_date", "created_on"]),
)
_remainders = st.builds(
    lambda a, b: (f"{a} % {b}", f"CAST({a} % {b} AS REAL)"),
    st.sampled_from(["whole", "other_whole"]),
    st.sampled_from(["whole", "other_whole", "3"]),
)


def _divided(left: Pair, right: Pair) -> Pair:
    ours = "(1 + 1)" if right[0] in {"0", "0.0"} else right[0]
    sql = "(1.0 + 1)" if right[0] in {"0", "0.0"} else right[1]
    return f"({left[0]} / {ours})", f"({left[1]} / {sql})"


_numbers: st.SearchStrategy[Pair] = st.recursive(
    st.one_of(_number_leaf, _days, _remainders.map(lambda pair: (f"({pair[0]})", f"({pair[1]})"))),
    lambda inner: st.one_of(
        st.builds(lambda a, op, b: _both(f"({{}} {op} {{}})", a, b), inner, st.sampled_from("+-*"), inner),
        st.builds(
            lambda a, op, b, c: _both(f"({{}} {op} {{}} + {{}})", a, b, c), inner, st.sampled_from("+-*"), inner, inner
        ),
        st.builds(_divided, inner, inner),
        st.builds(lambda a: _both("(- {})", a), inner),
        st.builds(lambda a: _both("ABS({})", a), inner),
        st.builds(lambda a, b: _both("COALESCE({}, {})", a, b), inner, inner),
    ),
    max_leaves=4,
)
_text_values = st.sampled_from(["'a'", "'Ab'", "'it''s'", "'100% x'", "'x_y'", "''"]).map(lambda text: (text, text))
_texts: st.SearchStrategy[Pair] = st.recursive(
    st.one_of(st.sampled_from(["segment", "next_step"]).map(lambda name: (name, name)), _text_values),
    lambda inner: st.one_of(
        st.builds(_both, st.sampled_from(["LOWER({})", "UPPER({})", "TRIM({})"]), inner),
        st.builds(lambda a, b: _both("COALESCE({}, {})", a, b), inner, inner),
    ),
    max_leaves=3,
)
_dates: st.SearchStrategy[Pair] = st.one_of(
    st.sampled_from(["close_date", "created_on"]).map(lambda name: (name, name)),
    st.dates(date(2025, 12, 1), date(2026, 2, 1)).map(lambda day: (f"DATE '{day}'", f"'{day}'")),
    st.builds(
        lambda name, sign, n: (f"({name} {sign} INTERVAL '{n} days')", f"date({name}, '{sign}{n} days')"),
        st.sampled_from(["close_date", "created_on"]),
        st.sampled_from("+-"),
        st.integers(0, 40),
    ),
)
_phases: st.SearchStrategy[Pair] = st.sampled_from(["phase", "last_phase"]).map(lambda name: (name, _rank(name)))
_phase_words: st.SearchStrategy[Pair] = st.sampled_from(PHASES).map(lambda word: (f"'{word}'", str(PHASES.index(word))))
_patterns = st.lists(st.sampled_from(["a", "B", "%", "_", "x", "''", " "]), max_size=5).map("".join)


def _compared(kind: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    return st.one_of(
        st.builds(lambda a, op, b: _both(f"{{}} {op} {{}}", a, b), kind, st.sampled_from(_COMPARISONS), kind),
        st.builds(lambda a, b, c, no: _both(f"{{}} {no}BETWEEN {{}} AND {{}}", a, b, c), kind, kind, kind, _not),
        st.builds(lambda a, no: _both(f"{{}} IS {no}NULL", a), kind, _not),
    )


_not = st.sampled_from(["", "NOT "])
_predicates: st.SearchStrategy[Pair] = st.one_of(
    _compared(_numbers),
    _compared(_texts),
    _compared(_dates),
    st.builds(
        lambda a, op, b: _both(f"{{}} {op} {{}}", a, b),
        _phases,
        st.sampled_from(_COMPARISONS),
        st.one_of(_phases, _phase_words),
    ),
    st.builds(lambda a, op, b: _both(f"{{}} {op} {{}}", a, b), _phase_words, st.sampled_from(_COMPARISONS), _phases),
    st.sampled_from(["has_champion", "owner_active"]).map(lambda name: (name, name)),
    st.builds(
        lambda a, no, p: _both(f"{{}} {no}IN ({p})", a),
        _numbers,
        _not,
        st.sampled_from(["1, 2", "0, -1, 2.5", "1_0"]).map(lambda s: s.replace("1_0", "10")),
    ),
    st.builds(lambda a, no: _both(f"{{}} {no}IN ('a', 'Ab', 'it''s')", a), _texts, _not),
    st.builds(lambda a, no, p: _both(f"{{}} {no}LIKE '{p}'", a), _texts, _not, _patterns),
    st.builds(
        lambda a, no, p: (f"{a[0]} {no}ILIKE '{p}'", f"LOWER({a[1]}) {no}LIKE LOWER('{p}')"), _texts, _not, _patterns
    ),
    st.builds(lambda a, b: (f"CONTAINS({a[0]}, {b[0]})", f"(instr({a[1]}, {b[1]}) > 0)"), _texts, _texts),
    st.builds(
        lambda a, b: (f"STARTS_WITH({a[0]}, {b[0]})", f"(substr({a[1]}, 1, length({b[1]})) = {b[1]})"), _texts, _texts
    ),
    st.builds(lambda a, n: _both(f"LENGTH({{}}) >= {n}", a), _texts, st.integers(0, 6)),
    st.builds(lambda a, n: _both(f"ROUND({{}}) > {n}", a), st.sampled_from([("amount", "amount")]), st.integers(0, 3)),
)
_conditions: st.SearchStrategy[Pair] = st.recursive(
    _predicates,
    lambda inner: st.one_of(
        st.builds(
            lambda parts, word: _both(f" {word} ".join(["{}"] * len(parts)), *parts),
            st.lists(inner, min_size=2, max_size=4),
            st.sampled_from(["AND", "OR"]),
        ),
        st.builds(lambda a: _both("NOT ({})", a), inner),
        st.builds(lambda a: _both("NOT {}", a), _predicates),
        st.builds(lambda a: _both("({})", a), inner),
        st.builds(lambda a, b: _both("COALESCE({}, {})", a, b), inner, inner),
    ),
    max_leaves=6,
)

_COLUMNS: Mapping[str, tuple[str, Any, st.SearchStrategy[Any]]] = {
    "amount": ("REAL", pl.Float64, st.sampled_from([0.0, 0.5, -1.5, 2.5, 1000.0])),
    "whole": ("INTEGER", pl.Int8, st.integers(-7, 7)),
    "other_whole": ("INTEGER", pl.UInt32, st.integers(0, 4)),
    "segment": ("TEXT", pl.String, st.sampled_from(["a", "Ab", "it's", "", " a "])),
    "next_step": ("TEXT", pl.String, st.sampled_from(["x_y", "100% x", "aB", "a\nb"])),
    "close_date": ("TEXT", pl.Date, st.dates(date(2025, 12, 1), date(2026, 2, 1))),
    "created_on": ("TEXT", pl.Date, st.dates(date(2025, 12, 1), date(2026, 2, 1))),
    "has_champion": ("INTEGER", pl.Boolean, st.booleans()),
    "owner_active": ("INTEGER", pl.Boolean, st.booleans()),
    "phase": ("TEXT", pl.String, st.sampled_from(PHASES)),
    "last_phase": ("TEXT", pl.String, st.sampled_from(PHASES)),
}
_rows = st.lists(
    st.tuples(*(st.one_of(st.none(), values) for _, _, values in _COLUMNS.values())), min_size=1, max_size=6
)


def _by_sqlite(sql: str, rows: list[tuple[Any, ...]]) -> list[bool | None]:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("PRAGMA case_sensitive_like = ON")
        database.execute(
            f"CREATE TABLE deals ({', '.join(f'{name} {kind}' for name, (kind, _, _) in _COLUMNS.items())})"
        )
        marks = ", ".join("?" * len(_COLUMNS))
        stored = [tuple(str(v) if isinstance(v, date) else v for v in row) for row in rows]
        database.executemany(f"INSERT INTO deals VALUES ({marks})", stored)
        answers = database.execute(f"SELECT {sql} FROM deals ORDER BY rowid").fetchall()
    finally:
        database.close()
    return [None if value is None else bool(value) for (value,) in answers]


@settings(max_examples=250, deadline=None)
@given(pair=_conditions, rows=_rows)
def test_a_condition_gives_what_sqlite_gives(
    pair: Pair, rows: list[tuple[Any, ...]], catalogue: Mapping[str, Signal]
) -> None:
    agree(pair, rows, catalogue)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(FIRST, LAST + 1))
def test_thousands_of_conditions_give_what_sqlite_gives(number: int, catalogue: Mapping[str, Signal]) -> None:
    tried: list[str] = []

    @seed(number)
    @settings(max_examples=EACH, deadline=None, database=None)
    @given(pair=_conditions, rows=_rows)
    def try_it(pair: Pair, rows: list[tuple[Any, ...]]) -> None:
        tried.append(pair[0])
        agree(pair, rows, catalogue)

    try_it()
    print(f"seed {number}: {len(tried):,} rows of deals, {len(set(tried)):,} different conditions")
    assert len(tried) >= EACH


def agree(pair: Pair, rows: list[tuple[Any, ...]], catalogue: Mapping[str, Signal]) -> None:
    """Judge *rows* by our condition and by SQLite's, which must come to the same."""
    ours, sql = pair
    frame = pl.DataFrame(rows, schema={name: dtype for name, (_, dtype, _) in _COLUMNS.items()}, orient="row")
    condition = parse(f"({ours}) OR has_champion IS NULL AND FALSE", catalogue, Location("rules.toml"))

    assert frame.select(to_polars(condition)).to_series().to_list() == _by_sqlite(sql, rows)
