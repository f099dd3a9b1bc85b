"""What a database has to do for the store: the interface behind which SQLite and PostgreSQL differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, Select, Table, Text, select
from sqlalchemy.sql import CompoundSelect

from sync.store.database.errors import StoreError

Query = Select[Any] | CompoundSelect[Any]
Row = tuple[Any, ...]

FETCH: Final = 20_000
"""How many rows are held as Python values at a time."""

# Ids are compared by their bytes, as in the tables: another collation could not use their indexes.
_ID: Final = Text().with_variant(Text(collation="C"), "postgresql")

wanted: Final = Table(
    "wanted",
    MetaData(),
    Column("kind", _ID, nullable=False),
    Column("id", _ID, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
"""Ids that a transaction asks about: a temporary table, since a list of ids may be too long for a statement."""


@cache
def noted(kind: str) -> Select[tuple[str]]:
    """Return the query of the ids that this transaction noted under the name *kind*."""
    return select(wanted.c.id).where(wanted.c.kind == kind)


class Lease(Protocol):
    """The right to run a connection's cycles, while it is held."""

    def fence(self, connection: Connection) -> None:
        """Let a transaction that writes go on only while the lease is held, and nobody take it before it ends.

        Raises:
            LeaseLostError: another process has it by now; nothing may be written.
        """


class Backend(Protocol):
    """One open database."""

    @property
    def name(self) -> str:
        """What messages call the database; holds no secret."""

    def writing(self, conn: int | None) -> AbstractContextManager[Connection]:
        """Begin a transaction in which what was read stays true until it commits.

        Those who write the rows of another connection than *conn* need not wait; None waits for all.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that sees one state of the database and waits for nobody."""

    def batches(self, connection: Connection, query: Query, *, stream: bool) -> Iterator[list[Row]]:
        """Yield batches of rows of *query* as the driver has them; with *stream* each is fetched when asked for."""

    def put(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows over those with the same primary key; of several with one key the last counts."""

    def add(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Write whole rows whose primary keys are new."""

    def remove(self, connection: Connection, table: Table, keys: Sequence[Row]) -> None:
        """Delete the rows with these primary keys."""

    def analyze(self, connection: Connection) -> None:
        """Look at how the rows are spread, so that queries are planned well."""

    def explained(self, error: BaseException) -> StoreError | None:
        """Return the driver's *error* in words that say what to do; None where the program is at fault."""

    def hold(self, connection: str) -> AbstractContextManager[Lease]:
        """Hold the lease of a connection for as long as the block runs and this process lives.

        Raises:
            LeaseHeldError: a living process has it; raised at once, without waiting.
            StoreError: it can be neither taken nor refused.
        """

    def close(self) -> None:
        """Close the connections to the database."""


@cache
def upsert_sql(table: Table, source: str) -> str:
    """Return the insert of whole rows from *source* over those with the same key; both databases read it alike."""
    keys = [column.name for column in table.primary_key]
    rest = [name for name in table.c.keys() if name not in keys]  # noqa: SIM118  # a column collection, not a mapping
    change = f"UPDATE SET {', '.join(f'{quoted(name)} = excluded.{quoted(name)}' for name in rest)}"
    return f"{insert_sql(table, source)} ON CONFLICT ({names_of(keys)}) DO {change if rest else 'NOTHING'}"


@cache
def insert_sql(table: Table, source: str) -> str:
    """Return the insert of whole rows from *source*."""
    return f"INSERT INTO {quoted(table.name)} ({names_of(table.c.keys())}) {source}"


@cache
def delete_sql(table: Table, mark: str) -> str:
    """Return the deletion of the row with one primary key; *mark* is the placeholder of a value."""
    keys = " AND ".join(f"{quoted(column.name)} = {mark}" for column in table.primary_key)
    return f"DELETE FROM {quoted(table.name)} WHERE {keys}"  # noqa: S608  # our own names


@cache
def values_sql(table: Table, mark: str) -> str:
    """Return one row of values for *table*; *mark* is the placeholder of each."""
    return f"VALUES ({', '.join(mark for _ in table.c)})"


def names_of(names: Sequence[str]) -> str:
    """Return quoted column names, separated by commas."""
    return ", ".join(map(quoted, names))


def quoted(name: str) -> str:
    """Return a name of the schema in quotation marks; no such name holds one."""
    return f'"{name}"'
