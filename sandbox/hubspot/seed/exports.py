"""A folder of export CSVs as a portal: one file per object, property names as headers.

Headers may be the labels of HubSpot's screens as well, see `screen_exports`. Beside properties a file may have columns
`associations.contacts` and the like: ids between semicolons, each followed by labels if it has any, as in
``10100000001=Champion;10100000002``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.hubspot.portal import values
from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.moments import read_day, read_moment
from sandbox.hubspot.portal.objects import OBJECTS, ObjectType
from sandbox.hubspot.portal.pipelines import STANDARD_PIPELINE
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.standard_properties import GROUPS
from sandbox.hubspot.seed.export_links import LINKS, load_links
from sandbox.hubspot.seed.export_owners import OWNERS, load_owners
from sandbox.hubspot.seed.export_stages import derived_pipelines
from sandbox.hubspot.seed.row_values import Row
from sandbox.hubspot.seed.screen_exports import ScreenReader, matching_object
from sandbox.server.export_files import ExportError, ExportFile, open_file

__all__ = ["ExportError", "Loaded", "load_folder"]

_EPOCH = "1970-01-01T00:00:00.000Z"
_LONGEST_LINE = 255  # text that is longer needs a text area
_IDS = ("hs_object_id", "Record ID", "id")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder held: records by object, and the files of objects that the sandbox does not serve."""

    rows: Mapping[str, int]
    skipped: tuple[str, ...]


def load_folder(portal: Portal, folder: Path) -> Loaded:
    """Load every ``<object>.csv`` of *folder*, by plural names; raise ExportError if one is bad.

    Ids are kept as given. Columns that the object lacks become text properties of that name. Without createdate a
    record counts as made at the earliest createdate of the folder (1970 if there is none), never at load time; without
    a modification date, as unchanged since. Pipelines and stages are those that the deals are in.
    """
    given, owners, skipped = _find(folder)
    if not given:
        contents = f"found {', '.join(skipped)}" if skipped else "found no CSV at all"
        raise ExportError(
            f"{folder}: expected files such as deals.csv, one per object ({', '.join(OBJECTS)}); {contents}"
        )
    screen = ScreenReader(portal)
    with portal.atomic():
        load_owners(portal, owners, _EPOCH)  # rows name owners as the screen does, so they are needed first
        files = [screen.translated(file) for file in given]
        for file in files:
            _add_unknown_columns(portal, file)
        # Never the load time: a record that looks new would be judged as fresh.
        earliest = min(filter(None, (_earliest(file) for file in files)), default=_EPOCH)
        deals = next((file for file in files if file.object_name == "deals"), None)
        portal.schema.set_pipelines(*derived_pipelines(deals, earliest))
        load_owners(portal, owners, earliest)
        counts: Counter[str] = Counter()
        for file in files:
            portal.load(file.object_name, _rows(portal, file, earliest, counts))
            portal.load_merged(file.object_name, _merged(file))
        screen.install_owners(earliest)
        load_links(portal, files)
        portal.settle()
    return Loaded(counts, skipped)


def _find(folder: Path) -> tuple[list[ExportFile], ExportFile | None, tuple[str, ...]]:
    if not folder.is_dir():
        raise ExportError(f"{folder}: expected a folder of CSV files, one per object, such as deals.csv")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    of_objects = {path.stem.lower(): path for path in paths if path.stem.lower() in OBJECTS}
    for path in paths:
        # The screens name files after the object, the view and the day; a plain name goes first.
        if (name := matching_object(path.stem)) is not None:
            of_objects.setdefault(name, path)
    files = [open_file(path, name, id_columns=_IDS, example="dealname") for name, path in sorted(of_objects.items())]
    owners = next((path for path in paths if path.stem.lower() == OWNERS), None)
    skipped = tuple(path.name for path in paths if path not in {*of_objects.values(), owners})
    owners_file = None if owners is None else open_file(owners, OWNERS, id_columns=("id",), example="email")
    return files, owners_file, skipped


def _property_columns(file: ExportFile) -> dict[str, str]:
    """Return the property name by column; association columns are left out."""
    ids = {name.lower() for name in _IDS}
    return {
        column: "hs_object_id" if column.lower() in ids else column.lower()
        for column in file.columns
        if not column.lower().startswith(LINKS)
    }


def _add_unknown_columns(portal: Portal, file: ExportFile) -> None:
    known = portal.schema.all(file.object_name)
    unknown = {column: name for column, name in _property_columns(file).items() if name not in known}
    for column, name in unknown.items():
        if name.startswith("_"):
            file.fault(1, column, "expected a property name such as dealname, which begins with a letter")
    longest: Counter[str] = Counter()
    if unknown:
        for _, cells in file.rows():
            for column in unknown:
                longest[column] = max(longest[column], len(cells[column]))
    group = GROUPS[file.object_name][0][0]
    for column, name in unknown.items():
        field_type = "textarea" if longest[column] > _LONGEST_LINE else "text"
        portal.schema.install(
            file.object_name, Property(name, column, "string", field_type, group, standard=False, created=_EPOCH)
        )


def _earliest(file: ExportFile) -> str | None:
    created = OBJECTS[file.object_name].created
    column = next((name for name in file.columns if name.lower() == created), None)
    if column is None:
        return None
    stamps = (_moment(file, line, column, cells[column]) for line, cells in file.rows() if cells[column])
    return min(stamps, default=None)


def _rows(portal: Portal, file: ExportFile, earliest: str, counts: Counter[str]) -> Iterator[Row]:
    kind = OBJECTS[file.object_name]
    known = portal.schema.all(kind.name)
    columns = {column: known[name] for column, name in _property_columns(file).items()}
    seen: set[str] = set()
    for line, cells in file.rows():
        row = {prop.name: _value(file, line, column, prop, cells[column]) for column, prop in columns.items()}
        _check_id(file, line, row["hs_object_id"], seen)
        counts[kind.name] += 1
        if kind.name == "deals":
            row["pipeline"] = row.get("pipeline") or STANDARD_PIPELINE.id
        yield row | _stamps(kind, row, earliest)


def _merged(file: ExportFile) -> Iterator[tuple[int, int]]:
    """Return (id that was merged away, record that remains) for every row that has taken others in."""
    columns = {name: column for column, name in _property_columns(file).items()}
    if "hs_merged_object_ids" in columns:
        for line, cells in file.rows():
            for old in filter(None, cells[columns["hs_merged_object_ids"]].split(";")):
                if not old.isdecimal():
                    file.fault(line, "hs_merged_object_ids", f"expected record ids between semicolons, found {old!r}")
                yield int(old), int(cells[columns["hs_object_id"]])


def _check_id(file: ExportFile, line: int, record_id: str | None, seen: set[str]) -> None:
    if record_id is None or not record_id.isdecimal():
        file.fault(line, "hs_object_id", f"expected a record id of digits, found {record_id or ''!r}")
    if record_id in seen:
        file.fault(line, "hs_object_id", f"{record_id} appears in an earlier line too")
    seen.add(record_id)


def _value(file: ExportFile, line: int, column: str, known: Property, cell: str) -> str | None:
    if cell == "" or known.name == "hs_object_id":
        return cell.strip() or None
    match known.type:
        case "datetime":
            return _moment(file, line, column, cell)
        case "date":
            try:
                return read_day(cell.strip()[:10])
            except ValueError:
                file.fault(line, column, f"expected a day such as 2026-05-01, found {cell!r}")
        case "bool":
            return _flag(file, line, column, cell)
        case "number":
            try:
                return values.number(cell)
            except ValueError:
                file.fault(line, column, f"expected a number such as 15000, found {cell!r}")
    return cell.strip().lower() if known.name == "email" else cell


def _moment(file: ExportFile, line: int, column: str, cell: str) -> str:
    try:
        return read_moment(cell.strip())
    except ValueError:
        file.fault(line, column, f"expected a date and time such as 2026-05-01T07:25:37.000Z, found {cell!r}")


def _flag(file: ExportFile, line: int, column: str, cell: str) -> str:
    flag = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}
    try:
        return flag[cell.strip().lower()]
    except KeyError:
        file.fault(line, column, f"expected true or false, found {cell!r}")


def _stamps(kind: ObjectType, row: Row, earliest: str) -> Row:
    created = row.get(kind.created) or earliest
    return {kind.created: created, kind.modified: row.get(kind.modified) or created}
