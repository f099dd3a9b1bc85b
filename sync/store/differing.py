"""Which rows of a page differ from the mirror, and from what: in the database's values, the key first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from connectors.model import PRIMARY_KEY, TABLES
from sync.store.database.database import Row

_IGNORED: Final = {"deals": frozenset({"modified_at", "last_activity_on"})}
"""Columns that our own writes move: a difference in them alone is no change."""

VERSIONED: Final = frozenset({"deals", "own_tasks"})
"""Tables whose rows carry ``modified_at``: an older row never replaces a newer one."""


class Differing(NamedTuple):
    """A row that the mirror lacks or holds otherwise; *before* is what it holds, None if nothing."""

    row: Row
    before: Row | None


def differing(table: str, incoming: Iterable[Row], stored: Iterable[Row]) -> list[Differing]:
    """Return the rows of *incoming* that are not in *stored* as they are, without those that are older."""
    width = len(PRIMARY_KEY[table])
    known = {row[:width]: row for row in stored}
    found = [Differing(row, before) for row in incoming if (before := known.get(row[:width])) != row]
    if table not in VERSIONED:
        return found
    at = position(table, "modified_at")
    return [one for one in found if one.before is None or not is_older(one.row[at], one.before[at])]


def counting(table: str, found: Sequence[Differing]) -> list[Differing]:
    """Of what differs, give what differs in a column that counts."""
    if table not in _IGNORED:
        return list(found)
    counts = _counting(table)
    return [one for one in found if one.before is None or counts(one.row) != counts(one.before)]


def is_older(one: int | None, other: int | None) -> bool:
    """Whether the first of two moments is known to be the older one."""
    return one is not None and other is not None and one < other


@cache
def position(table: str, column: str) -> int:
    """Say where in a row of *table* a column stands."""
    return TABLES[table].names().index(column)


@cache
def _counting(table: str) -> Callable[[Row], Any]:
    return itemgetter(*(at for at, name in enumerate(TABLES[table].names()) if name not in _IGNORED[table]))
