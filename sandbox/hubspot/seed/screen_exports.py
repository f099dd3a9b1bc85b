"""CSVs as HubSpot's screens export them: labels as headers, and labels, names and local times as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.pipelines import STANDARD_PIPELINE
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.export_links import LINKS
from sandbox.hubspot.seed.seeded_stages import SEEDED_PIPELINE
from sandbox.server.export_files import ExportError, ExportFile

_FIRST_OWNER = 71_000_001
_DEACTIVATED = " (Deactivated User)"
_OWNER_HEADERS = {"dealowner", "contactowner", "companyowner", "assignedto", "activityassignedto", "owner"}
_MODIFIED_HEADERS = {"lastmodifieddate", "lastmodified"}
_STAGES = {
    stage.label.casefold(): stage.id for pipeline in (SEEDED_PIPELINE, STANDARD_PIPELINE) for stage in pipeline.stages
}
_PIPELINES = {pipeline.label.casefold(): pipeline.id for pipeline in (SEEDED_PIPELINE, STANDARD_PIPELINE)}

Reader = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ScreenExport(ExportFile):
    """A file whose *columns* are property names, read from headers that are labels.

    *headers* has the header of each column as it is in the file, *readers* what turns a cell into the property's value.
    """

    source: ExportFile
    headers: Mapping[str, str]
    readers: Mapping[str, Reader]

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Return (line, value by property name) for every row that is not blank."""
        for line, cells in self.source.rows():
            row: dict[str, str] = {}
            for column in self.columns:
                header = self.headers[column]
                cell = cells[header].strip() if column in self.readers else cells[header]
                try:
                    row[column] = self.readers[column](cell) if cell and column in self.readers else cell
                except ValueError as problem:
                    self.source.fault(line, header, str(problem))
            yield line, row


@dataclass(slots=True)
class ScreenReader:
    """Reads headers by label, for one portal. *owners* are those that rows name and no file has, by name."""

    portal: Portal
    owners: dict[str, Owner] = field(default_factory=dict)

    def translated(self, file: ExportFile) -> ExportFile:
        """Return *file* with property names for columns; *file* itself where its headers are property names already."""
        labelled = {header: self._by_label(file.object_name, header) for header in file.columns}
        if all(name is None for name in labelled.values()):
            return file
        # One label makes the whole file a screen's: "Pipeline" is a label then, although there is a property pipeline.
        known = self.portal.schema.all(file.object_name)
        names = {header: name or _api_name(header, known) for header, name in labelled.items()}
        headers = {name: header for header, name in names.items()}
        for header, name in names.items():
            if headers[name] != header:
                raise ExportError(f"{file.path.name}, line 1: columns {header} and {headers[name]} both mean {name}")
        readers = {name: self._reader(known.get(name), header) for header, name in names.items()}
        kept = {name: reader for name, reader in readers.items() if reader is not None}
        return ScreenExport(file.path, file.object_name, tuple(headers), file, headers, kept)

    def _by_label(self, object_type: str, header: str) -> str | None:
        """The property, or association column, that a label means; None for an API name, and for an unknown label."""
        known, plain = self.portal.schema.all(object_type), _plain(header)
        if _api_name(header, known) in known or header.lower().startswith(LINKS):
            return None
        if plain in _OWNER_HEADERS:
            return "hubspot_owner_id"
        if plain in _MODIFIED_HEADERS:
            return OBJECTS[object_type].modified
        for name, kind in OBJECTS.items():
            if plain in {f"associated{kind.singular}ids", f"associated{kind.singular}idsprimary"}:
                return LINKS + name
        labelled = [name for name, prop in known.items() if _plain(prop.label) == plain]
        return labelled[0] if len(labelled) == 1 else None

    def _reader(self, prop: Property | None, header: str) -> Reader | None:
        if prop is None:
            return _primary_links if header.lower().endswith("(primary)") else None
        if prop.name == "hubspot_owner_id":
            return self._owner_id
        if prop.name == "dealstage":
            return _stage_id
        if prop.name == "pipeline":
            return lambda cell: _PIPELINES.get(cell.casefold(), cell)
        if prop.type == "datetime":
            return self._moment
        if prop.type == "enumeration" and prop.options:
            values = {option.label.casefold(): option.value for option in prop.options}
            return lambda cell: ";".join(values.get(part.strip().casefold(), part.strip()) for part in cell.split(";"))
        return None

    def _moment(self, cell: str) -> str:
        """A screen shows times in the portal's zone, and does not say so."""
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            raise ValueError(
                f"expected a date or a date and time such as 2026-05-01 or 2026-05-01 14:30, found {cell!r}: days and"
                " months in another order are not guessed"
            ) from None
        if len(cell) == len("2026-05-01") or moment.tzinfo is not None:
            return cell
        return moment.replace(tzinfo=ZoneInfo(self.portal.time_zone)).isoformat()

    def _owner_id(self, cell: str) -> str:
        """The owner of this name or mail address; an unknown one is made, deactivated where the screen says so."""
        name = cell.removesuffix(_DEACTIVATED)
        key = name.casefold()
        for owner in (*self.portal.schema.owners.values(), *self.owners.values()):
            if key in {owner.name.casefold(), owner.email.casefold(), owner.id}:
                return owner.id
        number = str(_FIRST_OWNER + len(self.owners))
        first, _, last = name.partition(" ")
        mail = f"owner{number}@export.example.com"
        made = Owner(number, number, mail, first, last, "1970-01-01T00:00:00.000Z", archived=name != cell)
        self.owners[key] = made
        return number

    def install_owners(self, created: str) -> None:
        """Add the owners that rows name and no file has."""
        for owner in self.owners.values():
            self.portal.schema.set_owner(replace(owner, created=created))


def _api_name(header: str, known: Mapping[str, Property]) -> str:
    """The property name of a header that is one; any other becomes a name that properties may have."""
    if header.lower() in known or header.lower().startswith(LINKS):
        return header.lower()
    return "hs_object_id" if header.lower() in {"id", "record id"} else re.sub(r"[^a-z0-9]+", "_", header.lower())


def matching_object(stem: str) -> str | None:
    """Return the object that a file name such as `hubspot-crm-exports-all-deals-2026-05-01` is about, if it is one."""
    words: Sequence[str] = re.findall(r"[a-z]+", stem.lower())
    named = [name for name in OBJECTS if name in words]
    return named[0] if len(named) == 1 else None


def _stage_id(cell: str) -> str:
    """A stage by its label, which the screen may follow by the pipeline in parentheses."""
    label = re.sub(r" \([^()]*\)$", "", cell)
    return _STAGES.get(cell.casefold()) or _STAGES.get(label.casefold()) or cell


def _primary_links(cell: str) -> str:
    return ";".join(f"{part.strip()}=Primary" for part in cell.split(";") if part.strip())


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
