"""Small canonical frames for the store's tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from connectors.model import TABLES, Org, Page

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)
ORG = Org("00D000000000001AAA", "Acme", "America/New_York", "USD", is_sandbox=False)


def frame(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Build a frame of *table*; columns that a row does not name are null."""
    schema = TABLES[table]
    return pl.DataFrame([{name: row.get(name) for name in schema.names()} for row in rows], schema=schema)


def deal(deal_id: str = "d1", **values: Any) -> dict[str, Any]:
    return {"deal_id": deal_id, "name": f"Deal {deal_id}", "is_closed": False, "modified_at": NOW, **values}


def page(source: str = "any", **tables: Any) -> Page:
    """Build a page of rows: a mapping or a list of them for each table."""
    listed = {name: rows if isinstance(rows, list) else [rows] for name, rows in tables.items()}
    return Page(source, {name: frame(name, *rows) for name, rows in listed.items()})
