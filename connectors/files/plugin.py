"""A folder of exports under the name that a connection's ``type`` gives it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Connector
from connectors.plugin import ConnectionContext, ConnectorPlugin, Key


def connect(settings: Mapping[str, Any], *, context: ConnectionContext) -> Connector:
    """Make the connector of one folder; nothing is read yet."""
    # Polars is heavy, and needed only by commands that read the folder.
    from connectors.files.connector import FilesConnector, FilesSettings  # noqa: PLC0415

    return FilesConnector(
        FilesSettings(
            folder=context.folder / Path(settings["folder"]).expanduser(),
            time_zone=settings.get("time_zone", "UTC"),
            currency=settings.get("currency"),
            as_of=settings.get("as_of"),
            mapping=context.mapping,
            date_order=settings.get("date_order"),
            encoding=settings.get("encoding"),
        )
    )


def check(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Report wrong values that their type alone does not exclude."""
    as_of = settings.get("as_of")
    if isinstance(as_of, datetime) and as_of.tzinfo is None:
        yield "as_of", f"found {as_of.isoformat()}, expected a time with its zone, as in {as_of.isoformat()}Z"
    order = settings.get("date_order")
    if order not in (None, "day-first", "month-first"):
        yield "date_order", f'found "{order}", expected "day-first" or "month-first"'
    encoding = settings.get("encoding")
    if isinstance(encoding, str):
        try:
            codecs.lookup(encoding)
        except LookupError:
            yield "encoding", f'found "{encoding}", expected the name of an encoding as in "utf-8" or "cp1250"'
    zone = settings.get("time_zone")
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield "time_zone", f'found "{zone}", expected an IANA name as in "Europe/Berlin"'


PLUGIN: Final = ConnectorPlugin(
    name="files",
    connect=connect,
    keys={
        "folder": Key("the folder that holds deals.csv and the other exports", required=True),
        "as_of": Key("the moment that the exports show; the host's clock when left out", kind=datetime),
        "time_zone": Key("the zone whose midnight turns the day; UTC when left out"),
        "date_order": Key("day-first or month-first, where slashed dates do not show it themselves"),
        "encoding": Key("the encoding of the CSV files, as in cp1250; found by trying when left out"),
        "currency": Key("the currency of the column amount"),
    },
    check=check,
    reads=frozenset({"extras", "roles"}),
    modes=("observe",),
    why_modes="a folder of exports is read-only, so nothing can be written to it",
)
