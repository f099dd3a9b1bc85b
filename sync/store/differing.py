"""Which rows of a page differ from the mirror, and from what: in the database's values, the key first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from connectors.model import PRIMARY_KEY, TABLES
from sync.store.database.database import Row

_IGNORED: Final = {"deals": frozenset({"modified_at", "last_activity_on"})}
"""Columns that our own writes change: a difference in them alone is no change of the deal."""

VERSIONED: Final = frozenset({"deals", "own_tasks"})
"""Tables whose rows carry ``modified_at``: an older row never replaces a newer one."""


class Differing(NamedTuple):
    """A row that the mirror lacks or holds otherwise; *before* is what it holds, None if nothing."""

    row: Row
    before: Row | None


def differing(table: str, incoming: Iterable[Row], stored: Iterable[Row], *, by_stamp: bool = True) -> list[Differing]:
    """Return the rows of *incoming* that *stored* lacks or holds otherwise, without those older *by_stamp*."""
    width = len(PRIMARY_KEY[table])
    known = {row[:width]: row for row in stored}
    changed = [Differing(row, before) for row in incoming if (before := known.get(row[:width])) != row]
    if table not in VERSIONED or not by_stamp:
        return changed
    at = position(table, "modified_at")
    return [pair for pair in changed if pair.before is None or not is_older(pair.row[at], pair.before[at])]


def counting(table: str, changed: Sequence[Differing]) -> list[Differing]:
    """Return those of *changed* that differ in a column that counts."""
    if table not in _IGNORED:
        return list(changed)
    counts = _counting(table)
    return [pair for pair in changed if pair.before is None or counts(pair.row) != counts(pair.before)]


def is_older(moment: int | None, other: int | None) -> bool:
    """Whether *moment* is known to be before *other*."""
    return moment is not None and other is not None and moment < other


@cache
def position(table: str, column: str) -> int:
    """Return the index of a column in a row of *table*."""
    return TABLES[table].names().index(column)


@cache
def _counting(table: str) -> Callable[[Row], Any]:
    return itemgetter(*(at for at, name in enumerate(TABLES[table].names()) if name not in _IGNORED[table]))
