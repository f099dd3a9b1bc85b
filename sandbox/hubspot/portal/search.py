"""Search: over an index that may lag behind the records, in pages, to a depth of 10,000."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.hubspot.portal.objects import ObjectType
from sandbox.hubspot.portal.refusals import invalid
from sandbox.hubspot.portal.schema import Schema
from sandbox.hubspot.portal.search_filters import Filters, has_token
from sandbox.hubspot.portal.storage import Storage, Stored

DEEPEST = 10_000
LARGEST_PAGE = 200
_DIRECTIONS = {"ASCENDING": "ASC", "DESCENDING": "DESC"}


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: *after* is how many hits are passed over."""

    groups: Sequence[Mapping[str, Any]] = ()
    sorts: Sequence[Any] = ()
    text: str = ""
    limit: int = 10
    after: int = 0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A record as it stood before a write; None for a record that the write made."""

    at: datetime
    object_type: str
    id: int
    before: Stored | None


class SearchIndex:
    """What search believes of the records. With a lag it keeps what they were before each write, for as long."""

    def __init__(
        self, storage: Storage, schema: Schema, quirks: Mapping[str, Any], now: Callable[[], datetime]
    ) -> None:
        self._storage, self._schema, self._quirks, self._now = storage, schema, quirks, now
        self._snapshots: list[_Snapshot] = []
        self._last: tuple[Any, list[int], int] | None = None
        storage.before_write = self._note
        storage.connection.create_function("has_token", 2, has_token, deterministic=True)

    def find(self, kind: ObjectType, query: Query) -> tuple[int, list[int]]:
        """Return how many records match, and the ids of a page of them."""
        if not 0 < query.limit <= LARGEST_PAGE:
            raise invalid(f"limit: {query.limit} is not from 1 to {LARGEST_PAGE}")
        # Refused and not cut: a client that pages on learns that it has not seen everything.
        if query.after < 0 or query.after + query.limit > DEEPEST:
            raise invalid(f"after: {query.after} with a limit of {query.limit} goes beyond {DEEPEST} results")
        filters = Filters(kind, self._schema.visible(kind.name), neq_keeps_empty=bool(self._quirks["neq_keeps_empty"]))
        where, parameters = filters.condition(query.groups)
        words, word_parameters = filters.text(query.text)
        # Archived records never appear in a search.
        sql = f"({where}) AND ({words}) AND _archived_at IS NULL", [*parameters, *word_parameters]
        hits, total = self._hits(kind, *sql, _order(kind, filters, query.sorts))
        return total, hits[query.after : query.after + query.limit]

    def _hits(self, kind: ObjectType, where: str, parameters: Sequence[Any], order: str) -> tuple[list[int], int]:
        """The first ids, and how many there are; asked again for another page, it need not look again."""
        stale, hidden = self._stale(kind.name), self._quirks["hide_rows"]
        key = (self._storage.revision, kind.name, where, tuple(parameters), order, tuple(hidden))
        if not stale and self._last is not None and self._last[0] == key:
            return self._last[1], self._last[2]
        table = self._source(kind.name, stale)
        if hidden:
            where = f"{where} AND CAST(_id AS TEXT) NOT IN ({', '.join('?' * len(hidden))})"
            parameters = [*parameters, *map(str, hidden)]
        rows = self._storage.all(
            f"SELECT _id FROM {table} WHERE {where} ORDER BY {order}",  # noqa: S608
            parameters,
        )
        # Search never goes beyond its first 10,000 hits, however it is paged.
        hits = [row[0] for row in rows[:DEEPEST]]
        if not stale:
            self._last = (key, hits, len(rows))
        return hits, len(rows)

    def _note(self, object_type: str, record_id: int) -> None:
        if self._quirks["search_lag_s"]:
            before = self._storage.row(object_type, record_id)
            self._snapshots.append(_Snapshot(self._now(), object_type, record_id, before))

    def _stale(self, object_type: str) -> dict[int, Stored | None]:
        """The records that the index has not caught up with, as it believes them to be."""
        seen = self._now() - timedelta(seconds=self._quirks["search_lag_s"])
        self._snapshots = [snapshot for snapshot in self._snapshots if snapshot.at > seen]
        stale: dict[int, Stored | None] = {}
        for snapshot in self._snapshots:
            if snapshot.object_type == object_type:
                stale.setdefault(snapshot.id, snapshot.before)
        return stale

    def _source(self, object_type: str, stale: Mapping[int, Stored | None]) -> str:
        """The table to search: the records, those in doubt replaced by what they were."""
        if not stale:
            return f'"{object_type}"'
        run = self._storage.connection.execute
        run("DROP TABLE IF EXISTS temp.stale")
        run(f'CREATE TEMP TABLE stale AS SELECT * FROM "{object_type}" WHERE 0')  # noqa: S608
        for row in stale.values():
            if row is not None:
                columns = "".join(f', "{name}"' for name in row.values)
                run(
                    f"INSERT INTO temp.stale (_id, _archived_at{columns}) VALUES (?, ?{', ?' * len(row.values)})",  # noqa: S608
                    (row.id, row.archived_at, *row.values.values()),
                )
        ids = ", ".join(map(str, stale))
        return f'(SELECT * FROM "{object_type}" WHERE _id NOT IN ({ids}) UNION ALL SELECT * FROM temp.stale)'  # noqa: S608


def _order(kind: ObjectType, filters: Filters, sorts: Sequence[Any]) -> str:
    # One sort only, whatever the specification's array suggests.
    if len(sorts) > 1:
        raise invalid("sorts: a search is sorted by one property at most")
    if not sorts:
        return f'"{kind.created}", _id'
    name, direction = sorts[0], "ASCENDING"
    if isinstance(name, Mapping):
        direction = str(name.get("direction") or "ASCENDING")
        name = name.get("propertyName")
    elif str(name).startswith("-"):
        name, direction = str(name)[1:], "DESCENDING"
    if direction not in _DIRECTIONS:
        raise invalid(f"sorts: {direction!r} is neither ASCENDING nor DESCENDING")
    column = filters.column(str(name))
    return "_id " + _DIRECTIONS[direction] if column == "_id" else f"{column} {_DIRECTIONS[direction]} NULLS LAST, _id"
