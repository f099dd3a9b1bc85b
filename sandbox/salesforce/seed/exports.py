"""A folder of export CSVs as an org: one file per object, API names as headers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.salesforce.data.schema import Field, SObject, custom_field
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.export_files import ExportError, ExportFile, converter, open_file
from sandbox.salesforce.seed.row_values import Row
from sandbox.salesforce.seed.stages import KNOWN_STAGES, Stage, stage_rows

__all__ = ["ExportError", "Loaded", "load_folder"]

_EPOCH = "1970-01-01T00:00:00.000+0000"
_LONGEST_LINE = 255  # text that is longer needs a long text area


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder held: rows by object, and the files of objects that the sandbox does not serve."""

    rows: Mapping[str, int]
    skipped: tuple[str, ...]


def load_folder(org: Org, folder: Path) -> Loaded:
    """Load every ``<Object>.csv`` of *folder*; raise ExportError, with nothing half read into an object, if one is bad.

    Ids are kept as given. Columns that the object lacks become text fields of that name. Without CreatedDate a row
    counts as made at the earliest CreatedDate of the folder (1970 if there is none), never at load time; without
    LastModifiedDate or SystemModstamp, as unchanged since. Without OpportunityStage.csv the stages are those that the
    opportunities are in.
    """
    files, skipped = _find(org, folder)
    if not files:
        known = ", ".join(sorted(org.schema.objects))
        contents = f"found {', '.join(skipped)}" if skipped else "found no CSV at all"
        raise ExportError(f"{folder}: expected files such as Opportunity.csv, one per object ({known}); {contents}")
    for file in files:
        _add_unknown_columns(org, file)
    # Never the load time: a record that looks new would be judged as fresh.
    earliest = min(filter(None, (_earliest(org, file) for file in files)), default=_EPOCH)
    if any(file.object_name == "CurrencyType" for file in files):
        org.quirks["multicurrency"] = True
    counts: Counter[str] = Counter()
    for file in files:
        org.load(file.object_name, _rows(org.schema.objects[file.object_name], file, earliest, counts))
    if not any(file.object_name == "OpportunityStage" for file in files):
        opportunities = next((file for file in files if file.object_name == "Opportunity"), None)
        org.load("OpportunityStage", stage_rows(_derived_stages(opportunities), earliest))
    org.settle()
    return Loaded(counts, skipped)


def _find(org: Org, folder: Path) -> tuple[list[ExportFile], tuple[str, ...]]:
    if not folder.is_dir():
        raise ExportError(f"{folder}: expected a folder of CSV files, one per object, such as Opportunity.csv")
    names = {name.lower(): name for name in org.schema.objects}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    files = [open_file(path, names[path.stem.lower()]) for path in paths if path.stem.lower() in names]
    return files, tuple(path.name for path in paths if path.stem.lower() not in names)


def _add_unknown_columns(org: Org, file: ExportFile) -> None:
    sobject = org.schema.objects[file.object_name]
    unknown = [column for column in file.columns if sobject.field(column) is None]
    longest: Counter[str] = Counter()
    if unknown:
        for _, cells in file.rows():
            for column in unknown:
                longest[column] = max(longest[column], len(cells[column]))
    for column in unknown:
        kind, length = ("textarea", 131_072) if longest[column] > _LONGEST_LINE else ("string", _LONGEST_LINE)
        org.schema.add_field(file.object_name, custom_field(column, kind, column, length=length))


def _earliest(org: Org, file: ExportFile) -> str | None:
    column = next((name for name in file.columns if name.lower() == "createddate"), None)
    if column is None:
        return None
    field = org.schema.objects[file.object_name].fields["CreatedDate"]
    stamps = (_value(file, line, column, field, cells[column]) for line, cells in file.rows())
    return min(filter(None, stamps), default=None)


def _rows(sobject: SObject, file: ExportFile, earliest: str, counts: Counter[str]) -> Iterator[Row]:
    fields = {column: field for column in file.columns if (field := sobject.field(column)) is not None}
    seen: set[str] = set()
    for line, cells in file.rows():
        row = {field.name: _value(file, line, column, field, cells[column]) for column, field in fields.items()}
        record_id = row["Id"]
        if record_id is None or record_id in seen:
            file.fault(
                line, "Id", "expected an Id" if record_id is None else f"{record_id} appears in an earlier line too"
            )
        seen.add(record_id)
        counts[file.object_name] += 1
        yield row | _stamps(sobject, row, earliest)


def _value(file: ExportFile, line: int, column: str, field: Field, cell: str) -> Any:
    if cell == "":
        return None
    try:
        return converter(field.type)(cell)
    except ValueError as problem:
        file.fault(line, column, f"{problem}, found {cell!r}")


def _stamps(sobject: SObject, row: Row, earliest: str) -> Row:
    created = row.get("CreatedDate") or earliest
    modified = row.get("LastModifiedDate") or created
    derived = {
        "CreatedDate": created,
        "LastModifiedDate": modified,
        "SystemModstamp": row.get("SystemModstamp") or modified,
    }
    return {name: value for name, value in derived.items() if name in sobject.fields}


def _derived_stages(opportunities: ExportFile | None) -> Iterable[Stage]:
    """The stages that rows are in; closed and won as most rows of the stage say, else as the shipped table knows."""
    flags: dict[str, Counter[tuple[bool, bool] | None]] = {}
    names = {name.lower(): name for name in opportunities.columns} if opportunities else {}
    if opportunities and "stagename" in names:
        for _, cells in opportunities.rows():
            if stage := cells[names["stagename"]]:
                flags.setdefault(stage, Counter())[_flags(names, cells)] += 1
    stages = [_stage(name, counted) for name, counted in flags.items()]
    shipped = list(KNOWN_STAGES)
    return sorted(
        stages,
        key=lambda stage: (stage.is_closed, shipped.index(stage.name) if stage.name in shipped else len(shipped)),
    )


def _flags(names: Mapping[str, str], cells: Mapping[str, str]) -> tuple[bool, bool] | None:
    """(closed, won) as a row says, None where it does not; cells were checked when they were loaded."""
    if "isclosed" not in names or not cells[names["isclosed"]]:
        return None
    read = converter("boolean")
    won = cells[names["iswon"]] if "iswon" in names else ""
    return read(cells[names["isclosed"]]), bool(won) and read(won)


def _stage(name: str, counted: Counter[tuple[bool, bool] | None]) -> Stage:
    shipped = KNOWN_STAGES.get(name, Stage(name, None, None))
    said = next((flags for flags, _ in counted.most_common() if flags is not None), None)
    if said is None or said == (shipped.is_closed, shipped.is_won):
        return shipped
    closed, won = said
    if not closed:
        return replace(shipped, is_closed=False, is_won=False)
    return Stage(name, None, 100 if won else 0, "Closed" if won else "Omitted", is_closed=True, is_won=won)
