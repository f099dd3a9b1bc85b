"""From an export to a canonical table: ids that may be left out, defaults, mapped extras, and keys that are unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from connectors.errors import InvalidResponseError
from connectors.files.columns import Export, typed
from connectors.mapping import FieldMap
from connectors.model import ELEMENTS, PRIMARY_KEY, TABLES
from connectors.role_names import canonical_role

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": ("deal_id",),
    "accounts": ("account_id",),
    "contacts": ("contact_id",),
    "roles": ("deal_id", "contact_id"),
    "touches": ("touch_id", "at", "kind"),
    "touch_links": ("touch_id",),
    "owners": ("owner_id",),
    "stages": ("stage_id",),
    "changes": ("deal_id", "field", "at"),
}
"""Columns without which a row of a table says nothing: present, and filled in every row."""

_MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "role_id": ("deal_id", "contact_id", "role"),
    "link_id": ("touch_id", "deal_id", "contact_id"),
    "change_id": ("deal_id", "field", "at"),
}
"""Ids that exports seldom have, and the columns that identify their rows."""

_ACCOUNT: Final = "Account."


def read_table(table: str, export: Export, mapping: FieldMap) -> pl.DataFrame:
    """Read one table: columns that the export lacks are null.

    Raises:
        InvalidResponseError: a column, value or key is not as it must be; names file, line and column.
    """
    _check_needed(table, export)
    present = [(name, kind) for name, kind in TABLES[table].items() if name in export.frame.columns]
    rows = typed(table, export, present)
    rows = rows.with_columns(_extras(table, export, mapping))
    rows = rows.with_columns(_defaults(table, rows, mapping))
    for key in PRIMARY_KEY[table]:
        if key in _MADE_OF and key not in rows.columns:
            parts = [name for name in _MADE_OF[key] if name in rows.columns]
            rows = rows.with_columns(pl.concat_str(parts, separator=":", ignore_nulls=True).alias(key))
            # Ids that we made of other columns may repeat; ids from the export must not.
            rows = rows.unique([key], keep="last", maintain_order=True)
    _check_key(table, export, rows)
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in TABLES[table].items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in TABLES[table].items())


def extra_columns(table: str, mapping: FieldMap) -> dict[str, str]:
    """Return the columns of a table's export that are mapped as extras, by the extra's name."""
    of_account = {name: path for name, path in mapping.extras.items() if path.startswith(_ACCOUNT)}
    if table == "accounts":
        return {name: path.removeprefix(_ACCOUNT) for name, path in of_account.items()}
    return {name: path for name, path in mapping.extras.items() if name not in of_account} if table == "deals" else {}


def _check_needed(table: str, export: Export) -> None:
    for name in NEEDED[table]:
        if name not in export.frame.columns:
            there = ", ".join(export.frame.columns[:12])
            raise InvalidResponseError(f"{export.name}: the column {name} is missing, found {there}")
        blank = export.frame[name].is_null().arg_true()
        if len(blank):
            raise InvalidResponseError(f"{export.place(blank[0])}: [{name}] found nothing, expected a value")


def _check_key(table: str, export: Export, rows: pl.DataFrame) -> None:
    key = list(PRIMARY_KEY[table])
    again = (~rows.select(pl.struct(key).is_first_distinct()).to_series()).arg_true()
    if len(again):
        values = ", ".join(str(rows[name][again[0]]) for name in key)
        raise InvalidResponseError(
            f'{export.place(again[0])}: [{", ".join(key)}] found "{values}" a second time, expected every row once'
        )


def _extras(table: str, export: Export, mapping: FieldMap) -> list[pl.Series]:
    mapped = {name: path for name, path in extra_columns(table, mapping).items() if path in export.frame.columns}
    if not mapped:
        return []
    texts = [_as_text(export.frame[path]).alias(name) for name, path in mapped.items()]
    rows = pl.DataFrame(texts).select(pl.struct(pl.all()).struct.json_encode())
    return [rows.to_series().alias("extras")]


def _as_text(values: pl.Series) -> pl.Series:
    return values.dt.to_string("iso") if values.dtype.is_temporal() else values.cast(pl.String)


def _defaults(table: str, rows: pl.DataFrame, mapping: FieldMap) -> Iterable[pl.Expr | pl.Series]:
    """Return columns that follow from others: the default pipeline, a role from its raw name, a level from its flag."""
    if table in ("deals", "stages"):
        pipeline = pl.col("pipeline").fill_null("default") if "pipeline" in rows.columns else pl.lit("default")
        yield pipeline.alias("pipeline")
    if table == "roles" and "role" not in rows.columns and "raw_role" in rows.columns:
        roles = [canonical_role(raw, mapping.roles) for raw in rows["raw_role"]]
        yield pl.Series("role", roles, dtype=pl.String)
    for element in ELEMENTS if table == "deals" else ():
        level, filled = f"{element}_level", f"{element}_filled"
        if level in rows.columns and filled not in rows.columns:
            yield (pl.col(level) > 0).alias(filled)
        elif filled in rows.columns and level not in rows.columns:
            yield pl.col(filled).cast(pl.Int8).alias(level)
