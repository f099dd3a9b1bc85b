"""The tables that mirror a CRM: the canonical ones of ``connectors.model``, each row with its connection's number.

A new or changed canonical column also needs a migration, and a test compares the two.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from connectors.model import CHANGES, PRIMARY_KEY, TABLES

metadata: Final = MetaData()

_STORED: Final[dict[pl.DataType, TypeEngine[Any]]] = {
    pl.String(): Text(),
    pl.Float64(): Double(),
    pl.Int64(): BigInteger(),
    pl.Int8(): SmallInteger(),
    pl.Boolean(): SmallInteger(),
    pl.Date(): Integer(),
    pl.Datetime("us", "UTC"): BigInteger(),
}


def conn_column() -> Column[int]:
    """Return the column of the connection's number, the first of every table but that of leases."""
    return Column("conn", Integer, nullable=False)


def _mirror(name: str, schema: pl.Schema, key: tuple[str, ...]) -> Table:
    columns = [Column(column, _STORED[kind], nullable=column not in key) for column, kind in schema.items()]
    return Table(name, metadata, conn_column(), *columns, PrimaryKeyConstraint("conn", *key))


MIRROR: Final = {name: _mirror(name, schema, PRIMARY_KEY[name]) for name, schema in TABLES.items()}
"""The canonical tables as last read from the CRM, by name."""


def still_open() -> ColumnElement[bool]:
    """Return the condition that a row of ``deals`` is open; one of which the CRM does not say is open too."""
    return MIRROR["deals"].c.is_closed.is_distinct_from(1)


recorded_changes: Final = _mirror("recorded_changes", CHANGES, PRIMARY_KEY["changes"])

for _table, _columns in (
    ("deals", ("is_closed", "deal_id")),
    ("deals", ("owner_id",)),
    ("deals", ("account_id",)),
    ("roles", ("deal_id",)),
    ("roles", ("contact_id",)),
    ("touch_links", ("touch_id",)),
    ("touch_links", ("deal_id", "touch_id")),
    ("touch_links", ("contact_id", "touch_id")),
    ("owners", ("manager_id",)),
    ("changes", ("deal_id", "field")),
    ("changes", ("field",)),
    ("own_tasks", ("deal_id",)),
):
    Index(f"ix_{_table}_{'_'.join(_columns)}", *(MIRROR[_table].c[column] for column in ("conn", *_columns)))
Index("ix_recorded_changes_deal_id", recorded_changes.c.conn, recorded_changes.c.deal_id)
