"""The portal's records on SQLite: one table per object, one column per property, and small tables for the rest.

Every value is text, as on the wire. Moments are written so that they sort as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.server.database import Database

_LOAD_CHUNK = 2_000
_TABLES = """
CREATE TABLE IF NOT EXISTS _fact (kind TEXT, owner TEXT, name TEXT, facts TEXT, PRIMARY KEY (kind, owner, name));
CREATE TABLE IF NOT EXISTS _history (
    object_type TEXT, id INTEGER, name TEXT, at TEXT, value TEXT, source TEXT, user_id TEXT
);
CREATE INDEX IF NOT EXISTS _history_of ON _history (object_type, id, name);
CREATE TABLE IF NOT EXISTS _merged (object_type TEXT, id INTEGER, into_id INTEGER, PRIMARY KEY (object_type, id));
CREATE TABLE IF NOT EXISTS _association (
    from_type TEXT, from_id INTEGER, to_type TEXT, to_id INTEGER, type_id INTEGER, category TEXT,
    PRIMARY KEY (from_type, from_id, to_type, to_id, type_id, category)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One record as it is kept. *values* holds the columns that were asked for, empty ones as None."""

    id: int
    archived_at: str | None
    values: dict[str, str | None]

    @property
    def is_archived(self) -> bool:
        """Whether the record is in the bin."""
        return self.archived_at is not None


class Storage(Database):
    """Records by object and id. Knows columns, and nothing of what they mean.

    `revision` moves with every write, and `before_write` is called with the record first.
    """

    def __init__(self, path: Path | None, like: Storage | None = None) -> None:
        super().__init__(path, like)
        self.connection.executescript(_TABLES)
        self.revision = 0
        self.before_write: Callable[[str, int], None] = lambda _object_type, _record_id: None
        self.columns: dict[str, set[str]] = {name: set(known) for name, known in like.columns.items()} if like else {}
        self._next: dict[str, int] = {}

    def add_columns(self, object_type: str, properties: Iterable[Property]) -> None:
        """Add a column for each property that has none yet."""
        kept = [known for known in properties if known.name != "hs_object_id"]
        if object_type not in self.columns:
            listed = "".join(f', "{known.name}" TEXT' for known in kept)
            self.connection.execute(
                f'CREATE TABLE IF NOT EXISTS "{object_type}" (_id INTEGER PRIMARY KEY, _archived_at TEXT{listed})'
            )
            self.columns[object_type] = {row[1] for row in self.all(f'PRAGMA table_info("{object_type}")')}
        for known in kept:
            if known.name not in self.columns[object_type]:
                self.connection.execute(f'ALTER TABLE "{object_type}" ADD COLUMN "{known.name}" TEXT')
                self.columns[object_type].add(known.name)
            if known.unique or known.name in (OBJECTS[object_type].modified, "email"):
                index = f"{object_type}_{known.name}"
                self.connection.execute(f'CREATE INDEX IF NOT EXISTS "{index}" ON "{object_type}" ("{known.name}")')

    def row(self, object_type: str, record_id: int, names: Iterable[str] | None = None) -> Stored | None:
        """One record, archived or not; *names* None for every column."""
        return next(iter(self.rows(object_type, [record_id], names)), None)

    def rows(self, object_type: str, ids: Sequence[int], names: Iterable[str] | None = None) -> list[Stored]:
        """The records that have one of these ids, by id."""
        marks = ", ".join("?" * len(ids))
        return self.select(object_type, names, f"_id IN ({marks}) ORDER BY _id", ids)

    def select(
        self, object_type: str, names: Iterable[str] | None, where: str, parameters: Sequence[Any] = ()
    ) -> list[Stored]:
        """The records that a condition holds for, in the order that it goes on to say."""
        present = self.columns[object_type] - {"_id", "_archived_at"}
        columns = sorted(present) if names is None else [name for name in names if name in present]
        listed = "".join(f', "{name}"' for name in columns)
        rows = self.all(f'SELECT _id, _archived_at{listed} FROM "{object_type}" WHERE {where}', parameters)  # noqa: S608
        return [Stored(row[0], row[1], dict(zip(columns, row[2:], strict=True))) for row in rows]

    def insert(self, object_type: str, record_id: int, values: Mapping[str, str | None]) -> None:
        """Add a record."""
        self._about_to_write(object_type, record_id)
        columns = "".join(f', "{name}"' for name in values)
        marks = ", ?" * len(values)
        self.connection.execute(
            f'INSERT INTO "{object_type}" (_id{columns}) VALUES (?{marks})',  # noqa: S608
            (record_id, *values.values()),
        )

    def update(self, object_type: str, record_id: int, changes: Mapping[str, str | None]) -> None:
        """Set columns of one record."""
        if changes:
            self._about_to_write(object_type, record_id)
            pairs = ", ".join(f'"{name}" = ?' for name in changes)
            self.connection.execute(
                f'UPDATE "{object_type}" SET {pairs} WHERE _id = ?',  # noqa: S608
                (*changes.values(), record_id),
            )

    def remove(self, object_type: str, record_id: int) -> None:
        """Take a record and its history away for good."""
        self._about_to_write(object_type, record_id)
        self.connection.execute(f'DELETE FROM "{object_type}" WHERE _id = ?', (record_id,))  # noqa: S608
        self.connection.execute("DELETE FROM _history WHERE object_type = ? AND id = ?", (object_type, record_id))

    def holder(self, object_type: str, name: str, value: str, *, archived: bool) -> int | None:
        """The id of the record that has this value; *archived* looks among archived ones too."""
        living = "" if archived else " AND _archived_at IS NULL"
        record_id: int | None = self.scalar(f'SELECT _id FROM "{object_type}" WHERE "{name}" = ?{living}', (value,))  # noqa: S608
        return record_id

    def new_id(self, object_type: str) -> int:
        """An id that no record of the object has had."""
        # An id is never given twice, not even that of a record that was merged away: clients remember ids.
        number = self._next.get(object_type) or self._highest(object_type) + 1
        self._next[object_type] = number + 1
        return number

    def load(self, object_type: str, rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> int:
        """Write many records as they are, replacing those of the same id; return how many."""
        source, count = iter(rows), 0
        self.revision += 1
        self._next.pop(object_type, None)
        with self.atomic():
            while chunk := list(islice(source, _LOAD_CHUNK)):
                count += len(chunk)
                self._load_chunk(object_type, chunk)
        return count

    def load_history(self, object_type: str, rows: Iterable[tuple[int, str, str, str | None, str | None]]) -> None:
        """Write earlier values as (id, property, when, value, user)."""
        self.connection.executemany(
            "INSERT INTO _history VALUES (?, ?, ?, ?, ?, 'CRM_UI', ?)", ((object_type, *row) for row in rows)
        )

    def lead_on(self, object_type: str, old: int, new: int) -> None:
        """Redirect an id that was merged away to the record that it was merged into."""
        self.connection.execute("INSERT OR REPLACE INTO _merged VALUES (?, ?, ?)", (object_type, old, new))

    def latest(self, object_type: str, name: str) -> str | None:
        """The greatest value of a column."""
        greatest: str | None = self.scalar(f'SELECT MAX("{name}") FROM "{object_type}"')  # noqa: S608
        return greatest

    def resolve(self, object_type: str, record_id: int) -> int:
        """The id under which a record lives on that may have been merged away."""
        known = self.scalar("SELECT into_id FROM _merged WHERE object_type = ? AND id = ?", (object_type, record_id))
        return record_id if known is None else self.resolve(object_type, known)

    def remember(self, kind: str, owner: str, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a definition that is no record: of a property, an owner, a pipeline, a label."""
        self.connection.execute(
            "INSERT OR REPLACE INTO _fact VALUES (?, ?, ?, ?)", (kind, owner, name, json.dumps(facts))
        )

    def forget(self, kind: str, owner: str, name: str) -> None:
        """Keep a definition no longer."""
        self.connection.execute("DELETE FROM _fact WHERE kind = ? AND owner = ? AND name = ?", (kind, owner, name))

    def remembered(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return (owner, facts) of every definition of a kind, in the order in which they were made."""
        for owner, facts in self.all("SELECT owner, facts FROM _fact WHERE kind = ? ORDER BY rowid", (kind,)):
            yield owner, json.loads(facts)

    def _about_to_write(self, object_type: str, record_id: int) -> None:
        self.revision += 1
        self.before_write(object_type, record_id)

    def _highest(self, object_type: str) -> int:
        first = OBJECTS[object_type].first_id
        living = self.scalar(f'SELECT MAX(_id) FROM "{object_type}"') or 0  # noqa: S608
        merged = self.scalar("SELECT MAX(id) FROM _merged WHERE object_type = ?", (object_type,)) or 0
        return max(first - 1, living, merged)

    def _load_chunk(self, object_type: str, chunk: list[tuple[int, Mapping[str, str | None]]]) -> None:
        names = list(dict.fromkeys(name for _, row in chunk for name in row))
        if unknown := [name for name in names if name not in self.columns[object_type]]:
            raise KeyError(f"{object_type} has no property {unknown[0]}")
        columns = "".join(f', "{name}"' for name in names)
        self.connection.executemany(
            f'INSERT OR REPLACE INTO "{object_type}" (_id{columns}) VALUES (?{", ?" * len(names)})',  # noqa: S608
            [(record_id, *(row.get(name) for name in names)) for record_id, row in chunk],
        )
