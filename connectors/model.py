"""The values that pass between a connector and the cycle, with the canonical tables they carry.

The tables themselves are in ``connectors.tables``; a connector may import everything from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import polars as pl

from connectors.odd_values import OddValues
from connectors.tables import (
    ACCOUNTS,
    CHANGES,
    CONTACTS,
    DEALS,
    ELEMENTS,
    OWN_SCORES,
    OWN_TASKS,
    OWNERS,
    PHASES,
    PRIMARY_KEY,
    ROLES,
    ROLES_TABLE,
    STAGES,
    TABLES,
    TOUCH_LINKS,
    TOUCHES,
    UTC_TIME,
    empty,
)

__all__ = [
    "ACCOUNTS",
    "CHANGES",
    "CONTACTS",
    "DEALS",
    "ELEMENTS",
    "OWNERS",
    "OWN_SCORES",
    "OWN_TASKS",
    "PHASES",
    "PRIMARY_KEY",
    "ROLES",
    "ROLES_TABLE",
    "STAGES",
    "TABLES",
    "TOUCHES",
    "TOUCH_LINKS",
    "UTC_TIME",
    "Cursor",
    "OddValues",
    "Org",
    "Outcome",
    "Page",
    "Receipt",
    "Write",
    "WriteKind",
    "empty",
]


@dataclass(frozen=True, slots=True)
class Org:
    """The CRM that a connection reaches, as that CRM names itself."""

    org_id: str
    name: str
    time_zone: str  # IANA name: the zone whose midnight turns the connection's day
    currency: str | None
    is_sandbox: bool | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next read of one source begins.

    *position* is opaque to everyone but the connector that made it. *complete_through* is the server time up
    to which the source has been read whole, or None while its first read is unfinished.
    """

    source: str
    position: str
    complete_through: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one source, to be committed together with the cursor that follows them.

    *tables* maps canonical table names to frames of exactly that schema: upserts by primary key. *gone* maps
    canonical table names to ids proven deleted. *replace* names tables whose whole content this page carries.
    *present* maps a table to all ids that exist now (a sweep): rows of the mirror that are not named are gone.
    *whole* maps a table to a column and some of its values: the page carries every row that has one of these there
    (all roles of these deals), and other rows of the mirror that have one are gone. *odd* names the values that had to
    be read as null, which the cycle reports once a column; *notes* are further lines for the operator. *merged* maps a
    table to the ids that were merged away, each with the id of the record that took it in.
    """

    source: str
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replace: tuple[str, ...] = ()
    present: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whole: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    cursor: Cursor | None = None
    odd: tuple[OddValues, ...] = ()
    notes: tuple[str, ...] = ()
    merged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def is_bare(self) -> bool:
        """Whether the page carries no row, only the cursor that the reading has reached."""
        return not (self.tables or self.gone or self.replace or self.present or self.whole or self.merged)


class WriteKind(StrEnum):
    """The changes that are ever made in a CRM."""

    CREATE_TASK = "create"
    UPDATE_TASK = "update"
    CLOSE_TASK = "close"
    REOPEN_TASK = "reopen"
    WRITE_SCORE = "score"


@dataclass(frozen=True, slots=True)
class Write:
    """One intended change, in canonical words; the connector finds the CRM's fields for them.

    *values* holds, for tasks, any of: key, deal_id, owner_id, subject, body, due (ISO date), priority
    ("high" or "normal"), reason; for scores: score, band, confidence, reasons, as_of (ISO date), each of which
    may be None to blank the field. *remote_id* is the task to change, or the deal whose score is written.
    """

    effect_id: str
    kind: WriteKind
    values: Mapping[str, Any]
    remote_id: str | None = None


class Outcome(StrEnum):
    """What became of a write, as far as the answer shows."""

    DONE = "done"
    REJECTED = "rejected"  # the CRM said no for a reason that lies in this record or in permissions
    DUPLICATE = "duplicate"  # the unique key already exists in the CRM: read back and adopt
    UNKNOWN = "unknown"  # no answer that can be trusted: read back by key, never create blindly
    NOT_SENT = "not_sent"  # stopped before the first byte; nothing happened


UNCONFIRMED: Final = "UNCONFIRMED"
"""The code of an unknown outcome where the CRM did answer, and said nothing of the record."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The CRM's answer to one write."""

    effect_id: str
    outcome: Outcome
    remote_id: str | None = None
    code: str | None = None
    message: str | None = None
