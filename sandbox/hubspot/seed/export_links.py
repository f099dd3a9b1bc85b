"""The association columns of export CSVs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.hubspot.portal.associations import AssociationType
from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.hubspot.portal.portal import Portal, RecordError
from sandbox.hubspot.seed.row_values import LinkRow
from sandbox.server.export_files import ExportFile

LINKS = "associations."
"""How the name of such a column begins; the plural of the other object follows."""


def load_links(portal: Portal, files: Sequence[ExportFile]) -> None:
    """Load the associations of every file; a label that the portal lacks between deals and contacts is made."""
    for file in files:
        for column in file.columns:
            if column.lower().startswith(LINKS):
                portal.load_links(list(_rows(portal, file, column)))


def _rows(portal: Portal, file: ExportFile, column: str) -> Iterator[LinkRow]:
    other = column.lower().removeprefix(LINKS)
    if other not in OBJECTS:
        file.fault(1, column, f"there is no object {other}; there are {', '.join(OBJECTS)}")
    id_column = next(name for name in file.columns if name.lower() in ("hs_object_id", "record id", "id"))
    for line, cells in file.rows():
        for item in filter(None, (part.strip() for part in cells[column].split(";"))):
            to_id, *labels = item.split("=")
            if not to_id.isdecimal():
                file.fault(line, column, f"expected record ids between semicolons, found {item!r}")
            for known in _types(portal, file, (line, column), other, labels):
                yield file.object_name, int(cells[id_column]), other, int(to_id), known


def _types(
    portal: Portal, file: ExportFile, where: tuple[int, str], other: str, labels: Sequence[str]
) -> list[AssociationType]:
    try:
        known = {label_type.label: label_type for label_type in portal.labels(file.object_name, other)}
        for label in labels:
            if label not in known:
                known[label] = portal.add_label(file.object_name, other, label)[0]
    except RecordError as problem:
        file.fault(*where, problem.message)
    return [known[None], *(known[label] for label in labels)]
