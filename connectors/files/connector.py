"""A folder of exports as a connector: read whole when it changed, never written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NoReturn

import polars as pl

from connectors.base import CallCount, Capabilities, PullRequest
from connectors.errors import MissingPermissionError
from connectors.files.csv_text import shown
from connectors.files.folder import READ, Source, files_of, header, org_id, parse, strangers, take
from connectors.files.formats import DateOrder
from connectors.files.headers import canonical_names
from connectors.files.tables import Reach, TableRead, extra_columns, read_table
from connectors.mapping import FieldMap
from connectors.model import ELEMENTS, TABLES, Cursor, Org, Page, Receipt, Write, empty

ABSENT: Final = "absent"
"""The position of a table that has no file."""

_LAYOUT: Final = "2"
"""Changes when the same bytes would be read otherwise."""

_MISSPELT: Final = 0.75
"""How alike two names are, of 1, for one to be a misspelling of the other: "nmae" and "name" are."""

_ROLE_ELEMENTS: Final = ("economic_buyer", "champion")
"""Elements that a contact with the role of that name stands for."""


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """One folder of exports: *as_of* is the moment that they show, the host's clock if None.

    *date_order* answers how slashed dates are meant where no date of a file decides it; *encoding* is that of the CSV
    files, which is found by trying if None.
    """

    folder: Path
    time_zone: str = "UTC"
    currency: str | None = None
    as_of: datetime | None = None
    mapping: FieldMap = field(default_factory=FieldMap)
    date_order: DateOrder | None = None
    encoding: str | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FilesConnector:
    """Reads one folder; see ``connectors.base.Connector`` for what each method promises.

    Every pull is a complete sweep by content: a file whose bytes are those of the last pull is not parsed.
    """

    def __init__(self, settings: FilesSettings, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self.calls = CallCount()
        self._settings = settings
        self._clock = clock

    def open(self, known: Capabilities | None) -> tuple[Org, Capabilities]:  # noqa: ARG002 - looking is cheap
        """Look which files there are and which columns they have."""
        folder = self._settings.folder
        headers = {table: header(path, self._settings.encoding) for table, path in files_of(folder).items()}
        org = Org(org_id(folder), folder.name, self._settings.time_zone, self._settings.currency, is_sandbox=None)
        return org, _capabilities(self._settings, headers)

    def now(self) -> datetime:
        """Return the moment that the exports show, or the host's time."""
        as_of = self._settings.as_of
        return self._clock() if as_of is None else as_of.astimezone(UTC)

    def pull(self, request: PullRequest) -> Iterator[Page]:
        """Read every file that changed, whole: a row that left its file is gone."""
        files = files_of(self._settings.folder)
        sources = {table: take(table, path) for table, path in files.items()}
        for table in READ:
            source = sources.get(table)
            # What closes a deal may stand in the stages alone, so a new stages file reads the deals again.
            position = self._position(source, sources.get("stages") if table == "deals" else None)
            known = request.cursors.get(table)
            # The position is a hash of content and mapping, so a touched but unchanged file costs nothing.
            cursor = Cursor(table, position, self.now())
            if known is not None and known.position == position:
                yield Page(table, cursor=cursor)
            else:
                yield self._page(table, source, cursor, sources.get("stages"))

    def write_batch(self, writes: Sequence[Write]) -> list[Receipt]:  # noqa: ARG002 - the same for all
        """Refuse: nothing is ever written to a folder of exports."""
        self._refuse()

    def read_back(self, keys: Sequence[str], deal_ids: Sequence[str] = ()) -> pl.DataFrame:  # noqa: ARG002 - has none
        """Return no task: a folder of exports holds no managed tasks."""
        return empty("own_tasks")

    def read_tasks(self, task_ids: Sequence[str]) -> pl.DataFrame:  # noqa: ARG002 - there are none of any id
        """Return no task: a folder of exports holds no managed tasks."""
        return empty("own_tasks")

    def task_url(self, task_id: str) -> str:  # noqa: ARG002 - there is none
        """Refuse: there is no managed task to open."""
        self._refuse()

    def ensure_room(self, calls: int) -> None:
        """Accept any number of calls: a folder has no quota."""

    def batch_size(self) -> int:
        """Return 1: no batch is ever sent."""
        return 1

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _refuse(self) -> NoReturn:
        raise MissingPermissionError(_read_only(self._settings.folder))

    def _position(self, source: Source | None, stages: Source | None) -> str:
        if source is None:
            return ABSENT
        how = repr(
            (self._settings.mapping, self._settings.date_order, self._settings.encoding, self._settings.currency)
        )
        digests = ":".join(file.digest for file in (source, stages) if file is not None)
        return f"{_LAYOUT}:{hashlib.sha256(how.encode()).hexdigest()[:8]}:{digests}"

    def _page(self, table: str, source: Source | None, cursor: Cursor, stages: Source | None) -> Page:
        if source is None:
            read = TableRead(empty(table))
        else:
            labels = self._read(stages).frame if table == "deals" and stages is not None else None
            read = self._read(source, labels)
        # Naming the deals as present lets the cycle doubt an export that lost most of them.
        present = {"deals": frozenset(read.frame["deal_id"])} if table == "deals" else {}
        return Page(
            table, {table: read.frame}, replace=(table,), present=present, cursor=cursor, odd=read.odd, notes=read.notes
        )

    def _read(self, source: Source, stages: pl.DataFrame | None = None) -> TableRead:
        settings = self._settings
        export = parse(source, settings.encoding, tuple(extra_columns(source.table, settings.mapping).values()))
        return read_table(source.table, export, Reach(settings.mapping, settings.currency, settings.date_order, stages))


def _read_only(folder: Path) -> str:
    return f'{folder} is a folder of exports and read-only: nothing can be written; set mode = "observe"'


def _capabilities(settings: FilesSettings, headers: Mapping[str, tuple[str, ...]]) -> Capabilities:
    seen = json.dumps([_LAYOUT, headers, repr(settings.mapping), settings.time_zone], sort_keys=True)
    deals = tuple(canonical_names("deals", headers["deals"]))
    roles = "roles" in headers
    by_role = {element: element for element in _ROLE_ELEMENTS if roles}
    shows = {element: _shown(element, deals) for element in ELEMENTS}
    shows = {element: max(level, 2 if element in by_role else 0) for element, level in shows.items()}
    extras = {
        f"field:{name}": path in headers.get(table, ())
        for table in ("deals", "accounts")
        for name, path in extra_columns(table, settings.mapping).items()
    }
    return Capabilities(
        fingerprint=hashlib.sha256(seen.encode()).hexdigest()[:16],
        sources={
            **{f"field:{element}": shows[element] > 0 for element in ELEMENTS},
            **extras,
            "roles": roles,
            "contacts": "contacts" in headers,
            "touches": {"touches", "touch_links"} <= set(headers),
        },
        shows={element: level for element, level in shows.items() if level},
        element_roles=by_role,
        key_enforced=False,
        can_write_tasks=False,
        can_write_scores=False,
        problems=tuple(_problems(settings, headers)),
    )


def _shown(element: str, columns: Sequence[str]) -> int:
    if f"{element}_level" in columns:
        return 3
    return 1 if f"{element}_filled" in columns else 0


def _problems(settings: FilesSettings, headers: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    yield from strangers(settings.folder)
    absent = [table for table in READ if table not in headers]
    if absent:
        yield f"no export of {', '.join(absent)}: what they would say is unknown"
    for table, columns in headers.items():
        mapped = set(extra_columns(table, settings.mapping).values())
        read = canonical_names(table, columns, tuple(mapped))
        yield from _unread(table, sorted(set(columns) - set(read.values()) - mapped - {""}), read)
        for name in sorted(mapped - set(columns)):
            yield f"{table}: the column {name} is mapped as an extra and missing: what it would say is unknown"


def _unread(table: str, names: Sequence[str], read: Mapping[str, str]) -> Iterator[str]:
    """Report the columns that are not read: each that may be misspelt by itself, all others in one line."""
    others, absent = [], [name for name in TABLES[table].names() if name not in read]
    for name in names:
        close = get_close_matches(name.lower(), absent, n=1, cutoff=_MISSPELT)
        if close:
            yield f"{table}: the column {name} is not read; did you mean {close[0]}?"
        else:
            others.append(name)
    if others:
        yield f"{table}: not read are {shown(others)}; map a column as an extra where a rule needs it"
