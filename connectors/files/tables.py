"""From an export to a canonical table: ids that may be left out, defaults, mapped extras, and keys that are unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from connectors.columns import day, number
from connectors.errors import InvalidResponseError
from connectors.files.closed import with_closedness
from connectors.files.columns import Export, odd_values, typed
from connectors.files.csv_text import shown
from connectors.files.formats import DateOrder, Dates
from connectors.mapping import FieldMap
from connectors.odd_values import OddValues
from connectors.role_names import canonical_role
from connectors.tables import ELEMENTS, PRIMARY_KEY, TABLES, UTC_TIME

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

_NAMED_BY: Final[Mapping[str, str]] = {table: needed[0] for table, needed in NEEDED.items()}
"""The column by which a person finds a row of a table."""

_TIMED: Final[Mapping[str, tuple[str, ...]]] = {"touches": ("at",), "changes": ("at",)}
_ACCOUNT: Final = "Account."


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table as its export has it: its rows, odd values in them, and notes for the operator."""

    frame: pl.DataFrame
    odd: tuple[OddValues, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """What reading a table depends on beside its export: the mapping, what the operator said, and the stages.

    *currency* is the connection's, into which amounts are not converted here; *stages* say which deals are closed.
    """

    mapping: FieldMap = field(default_factory=FieldMap)
    currency: str | None = None
    date_order: DateOrder | None = None
    stages: pl.DataFrame | None = None


def read_table(table: str, export: Export, reach: Reach) -> TableRead:
    """Read one table: columns that the export lacks are null.

    Raises:
        InvalidResponseError: a column, value or key is not as it must be; names file, line and column.
    """
    notes = list(export.notes)
    _check_needed(table, export)
    mapping = reach.mapping
    present = [(name, kind) for name, kind in TABLES[table].items() if name in export.columns]
    dates = Dates.of(_time_texts(export, present), reach.date_order)
    read = typed(table, export, present, dates)
    notes += read.questions
    rows = read.frame.with_columns(_extras(table, export, mapping))
    rows = rows.with_columns(_defaults(table, rows, reach))
    for key in PRIMARY_KEY[table]:
        if key in _MADE_OF and key not in rows.columns:
            parts = [name for name in _MADE_OF[key] if name in rows.columns]
            rows = rows.with_columns(pl.concat_str(parts, separator=":", ignore_nulls=True).alias(key))
            # Ids that we made of other columns may repeat; ids from the export must not.
            rows = rows.unique([key], keep="last", maintain_order=True)
    _check_key(table, export, rows)
    odd = odd_values(table, read, read.frame[_NAMED_BY[table]].cast(pl.String).to_list())
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in TABLES[table].items() if name not in rows.columns]
    rows = rows.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in TABLES[table].items())
    for name in _TIMED.get(table, ()):
        # A touch or change whose time cannot be is none; kept without a time it would be judged as of no day.
        rows = rows.filter(pl.col(name).is_not_null())
    if table == "changes":
        rows = _plausible_changes(rows)
    if table == "deals":
        rows, unknown = with_closedness(rows, reach.stages)
        if unknown:
            notes.append(
                f"{export.name} does not say of the stages {shown(unknown)} whether they are closed, so whether their "
                "deals are won or lost is unknown: add is_closed and is_won, or a stages file that has them"
            )
    return TableRead(rows, odd, tuple(notes))


def _plausible_changes(rows: pl.DataFrame) -> pl.DataFrame:
    """Blank former close dates and amounts that cannot be: they are texts here, and computed with later."""
    checks: dict[str, Callable[[str], object]] = {"close_date": day, "amount": number}

    def checked(name: str) -> pl.Series:
        texts = zip(rows["field"], rows[name], strict=True)
        kept = [
            text if text is None or (check := checks.get(column)) is None or check(text) is not None else None
            for column, text in texts
        ]
        return pl.Series(name, kept, dtype=pl.String)

    return rows.with_columns(checked("old"), checked("new"))


def _time_texts(export: Export, present: Sequence[tuple[str, pl.DataType]]) -> Iterator[str]:
    for name, kind in present:
        cells = export.frame[export.columns[name]]
        if kind in (pl.Date, UTC_TIME) and cells.dtype == pl.String:
            yield from cells.drop_nulls().to_list()


def _in_own_currency(rows: pl.DataFrame, currency: str | None) -> pl.Expr:
    """Return amounts as they are where they are in the connection's currency, or in the only one of the export."""
    if "currency" not in rows.columns:
        return pl.col("amount_original")
    used = rows["currency"].drop_nulls().unique().to_list()
    own = currency or (used[0] if len(used) == 1 else None)
    return pl.when(pl.col("currency").is_null() | (pl.col("currency") == own)).then(pl.col("amount_original"))


def extra_columns(table: str, mapping: FieldMap) -> dict[str, str]:
    """Return the columns of a table's export that are mapped as extras, by the extra's name."""
    of_account = {name: path for name, path in mapping.extras.items() if path.startswith(_ACCOUNT)}
    if table == "accounts":
        return {name: path.removeprefix(_ACCOUNT) for name, path in of_account.items()}
    return {name: path for name, path in mapping.extras.items() if name not in of_account} if table == "deals" else {}


def _check_needed(table: str, export: Export) -> None:
    for name in NEEDED[table]:
        if name not in export.columns:
            there = ", ".join(export.frame.columns[:12])
            raise InvalidResponseError(f"{export.name}: the column {name} is missing, found {there}")
        own_name = export.columns[name]
        blank = export.frame[own_name].is_null().arg_true()
        if len(blank):
            raise InvalidResponseError(f"{export.place(blank[0])}: [{own_name}] found nothing, expected a value")


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


def _defaults(table: str, rows: pl.DataFrame, reach: Reach) -> Iterable[pl.Expr | pl.Series]:
    """Return columns that follow from others: the default pipeline, a role from its raw name, a level from its flag."""
    if table in ("deals", "stages"):
        pipeline = pl.col("pipeline").fill_null("default") if "pipeline" in rows.columns else pl.lit("default")
        yield pipeline.alias("pipeline")
    if table == "roles" and "role" not in rows.columns and "raw_role" in rows.columns:
        roles = [canonical_role(raw, reach.mapping.roles) for raw in rows["raw_role"]]
        yield pl.Series("role", roles, dtype=pl.String)
    if table == "deals" and "amount" not in rows.columns and "amount_original" in rows.columns:
        yield _in_own_currency(rows, reach.currency).alias("amount")
    if table == "deals" and "amount_original" not in rows.columns and "amount" in rows.columns:
        yield pl.col("amount").alias("amount_original")
    for element in ELEMENTS if table == "deals" else ():
        level, filled = f"{element}_level", f"{element}_filled"
        if level in rows.columns and filled not in rows.columns:
            yield (pl.col(level) > 0).alias(filled)
        elif filled in rows.columns and level not in rows.columns:
            yield pl.col(filled).cast(pl.Int8).alias(level)
