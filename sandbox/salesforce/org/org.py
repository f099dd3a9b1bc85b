"""The simulated Salesforce org: records that are written by its rules, and queries over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.quirks import defaults
from sandbox.salesforce.data.refusals import QueryError, RowError
from sandbox.salesforce.data.schema import Schema, SObject
from sandbox.salesforce.data.storage import Default, Storage
from sandbox.salesforce.data.transaction import Transaction
from sandbox.salesforce.data.values import moment_of, wire_datetime
from sandbox.salesforce.org import deletion, saving
from sandbox.salesforce.org.defaults import (
    ADMIN_USER_ID,
    INTEGRATION_USER_ID,
    INTEGRATION_USERNAME,
    default_rows,
)
from sandbox.salesforce.org.describe import Describer
from sandbox.salesforce.org.reading import Reader, picklists
from sandbox.salesforce.org.settle import settle
from sandbox.salesforce.soql.scope import Setting
from sandbox.salesforce.soql.selection import Selection, select

__all__ = ["Org", "QueryError", "RowError", "Selection"]

DATA_ROOT = "/services/data/v64.0"
_SHIPPED = ("Organization", "TaskStatus")
"""Objects whose shipped rows give way to loaded ones."""


class Org:
    """One org. Every public method may be called from any thread; `lock` is held for the length of each.

    With a `state` file, rows, custom fields and ids outlive the process; quirks do not. It begins with the rows and
    custom fields of the org `like`, if there is one, at a fraction of the cost of writing them.
    """

    def __init__(self, *, now: Callable[[], datetime], state: Path | None = None, like: Org | None = None) -> None:
        self.lock = RLock()
        self.schema: Schema = like.schema.copy() if like else Schema()
        self.quirks: dict[str, Any] = defaults()
        self.user_id = INTEGRATION_USER_ID
        self.username = INTEGRATION_USERNAME
        self._now = now
        self._storage: Storage = Storage(self.schema, state, like._storage if like else None)
        self._reader = Reader(self._storage, self.schema, self.quirks)
        self._late: list[tuple[datetime, Transaction, Callable[[Transaction], None]]] = []
        self.install_defaults()

    @property
    def org_id(self) -> str:
        """The id of the Organization record."""
        return str(self._storage.scalar("SELECT Id FROM Organization LIMIT 1"))

    def install_defaults(self) -> None:
        """Add the org itself, its task statuses, the integration user and an administrator, where they are missing."""
        with self.lock, self._storage.atomic():
            for name, rows in default_rows().items():
                present = {row[0] for row in self._storage.all(f'SELECT Id FROM "{name}"')}  # noqa: S608
                missing = [row for row in rows if row["Id"] not in present]
                if missing and (name not in _SHIPPED or not present):
                    self._storage.load(self.schema.objects[name], missing, self._load_defaults())

    def close(self) -> None:
        """Close the state file."""
        with self.lock:
            self._storage.connection.close()

    def atomic(self) -> AbstractContextManager[None]:
        """Writes inside happen all or not at all; hold `lock` around it."""
        return self._storage.atomic()

    def insert(self, sobject: str, values: Mapping[str, Any], *, by: str) -> str:
        """Create a record as the user `by`, and return its id; RowError where the org refuses it."""
        with self.lock:
            kind = self._sobject(sobject)
            record_id = self._storage.new_id(kind.name)
            self._perform(by, lambda tx: saving.insert(tx, kind, record_id, values))
            return record_id

    def update(self, sobject: str, record_id: str, values: Mapping[str, Any], *, by: str) -> None:
        """Change a record as the user `by`; RowError where the org refuses it."""
        with self.lock:
            kind, known = self._sobject(sobject), _known(record_id)
            self._perform(by, lambda tx: saving.update(tx, kind, known, values))

    def delete(self, sobject: str, record_id: str, *, by: str) -> None:
        """Delete a record with what belongs to it; a kind that has no bin is gone for good."""
        with self.lock:
            kind, known = self._sobject(sobject), _known(record_id)
            self._perform(by, lambda tx: deletion.delete(tx, kind, saving.existing(tx, kind, known)))

    def undelete(self, sobject: str, record_id: str, *, by: str) -> None:
        """Take a record out of the bin, with what was deleted along with it."""
        with self.lock:
            kind, known = self._sobject(sobject), _known(record_id)
            self._perform(by, lambda tx: deletion.undelete(tx, kind, known))

    def merge(self, sobject: str, winner: str, losers: Sequence[str], *, by: str = ADMIN_USER_ID) -> None:
        """Merge `losers` into `winner`: their children move, and they go into the bin naming it as MasterRecordId."""
        with self.lock:
            kind = self._sobject(sobject)
            known = [_known(record_id) for record_id in (winner, *losers)]
            # Refused before anything is written: a merge of several losers must not stop half-way.
            for record_id in known:
                saving.existing(self._transaction(by), kind, record_id)
            self._perform(by, lambda tx: deletion.merge(tx, kind, known[0], known[1:]))

    def find(self, sobject: str, field: str, value: Any) -> list[str]:
        """Ids of the records that have this value, deleted ones left out."""
        with self._read():
            return self._reader.find(self._sobject(sobject), field, value)

    def get(self, sobject: str, record_id: str) -> dict[str, Any] | None:
        """A record's visible fields as they go over the wire, deleted or not; None where there is none."""
        with self._read():
            return self._reader.get(self._sobject(sobject), _known(record_id), self._setting(all_rows=True))

    def load(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write many rows as they are, in JSON types or as text; `settle` afterwards derives what they left out.

        Missing audit fields follow from those given: CreatedDate is now, LastModifiedDate is CreatedDate,
        SystemModstamp is LastModifiedDate. The shipped Organization and TaskStatus rows give way to loaded ones.
        """
        with self.lock, self._storage.atomic():
            kind = self._sobject(sobject)
            if kind.name in _SHIPPED:
                shipped = [row["Id"] for row in default_rows()[kind.name]]
                for record_id in shipped:
                    self._storage.remove(kind.name, record_id)
            self._storage.load(kind, rows, self._load_defaults())
            self.install_defaults()

    def settle(self) -> None:
        """Derive what loaded rows imply: names, flags, relations, LastActivityDate, LastStageChangeDate."""
        with self.lock, self._storage.atomic():
            settle(self._transaction(ADMIN_USER_ID))

    def table(self, sobject: str) -> list[dict[str, Any]]:
        """Every row with every field, deleted, archived and hidden ones included, by Id."""
        with self._read():
            return self._reader.table(self._sobject(sobject), self._setting(all_rows=True))

    def select(self, soql: str, *, all_rows: bool, base: str = DATA_ROOT) -> Selection:
        """Answer a query, with `all_rows` over deleted and archived rows too; `base` begins the records' urls."""
        with self._read():
            return Guarded(self.lock, select(self._storage, self._setting(all_rows=all_rows), soql, base))

    def updated(self, sobject: str, start: datetime, end: datetime) -> list[str]:
        """Ids of the living records that were created or changed in the window."""
        with self._read():
            return self._reader.updated(self._sobject(sobject), wire_datetime(start), wire_datetime(end))

    def deleted(self, sobject: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
        """Ids and times of the records that were deleted in the window, for good or not, and are so still."""
        with self._read():
            rows = self._reader.deleted(self._sobject(sobject), wire_datetime(start), wire_datetime(end))
            return [(record_id, moment) for record_id, at in rows if (moment := moment_of(at)) is not None]

    def describe(self, sobject: str, *, base: str = DATA_ROOT) -> dict[str, Any]:
        """The describe of an object; QueryError where the integration user sees none of that name."""
        with self._read():
            kind = self.schema.find(sobject)
            if kind is None or not self.schema.sees(self.quirks, kind):
                raise QueryError("INVALID_TYPE", f"no object {sobject} that this user can see")
            return self._describer(base).object(kind)

    def describe_global(self, *, base: str = DATA_ROOT) -> dict[str, Any]:
        """The describe of all objects that the integration user sees."""
        with self._read():
            return self._describer(base).everything()

    def _describer(self, base: str) -> Describer:
        return Describer(self.schema, self.quirks, picklists(self._storage), base)

    def _sobject(self, name: str) -> SObject:
        kind = self.schema.find(name)
        if kind is None:
            raise RowError("INVALID_TYPE", f"no object {name}")
        return kind

    def _zone(self) -> ZoneInfo:
        key = self._storage.scalar("SELECT TimeZoneSidKey FROM User WHERE Id = ?", (self.user_id,))
        return ZoneInfo(key or "America/New_York")

    def _setting(self, *, all_rows: bool) -> Setting:
        zone = self._zone()
        return Setting(self.schema, self.quirks, self._now().astimezone(zone).date(), zone, all_rows)

    def _transaction(self, by: str) -> Transaction:
        api = by == self.user_id
        return Transaction(self._storage, self.schema, self.quirks, self._now(), by, api, self._zone())

    def _load_defaults(self) -> dict[str, Default]:
        stamp = wire_datetime(self._now())
        return {
            "OwnerId": Default(ADMIN_USER_ID),
            "CreatedDate": Default(stamp),
            "CreatedById": Default(ADMIN_USER_ID),
            "LastModifiedDate": Default(stamp, like=("CreatedDate",)),
            "LastModifiedById": Default(ADMIN_USER_ID, like=("CreatedById",)),
            "SystemModstamp": Default(stamp, like=("LastModifiedDate", "CreatedDate")),
            "IsActive": Default(1),
        }

    def _perform(self, by: str, action: Callable[[Transaction], None]) -> None:
        """Carry out one write, or keep it back where people's writes commit late."""
        self._commit_late()
        tx = self._transaction(by)
        # Only the integration's writes lose against a lock; people's are what holds it.
        if tx.api and self.quirks["lock_rows"] > 0:
            self.quirks["lock_rows"] -= 1
            raise RowError("UNABLE_TO_LOCK_ROW", "the row, or one that it belongs to, is locked by another write")
        if not tx.api and self.quirks["late_commit_s"]:
            self._rehearse(tx, action)
            self._late.append((tx.now + timedelta(seconds=self.quirks["late_commit_s"]), tx, action))
            return
        with self._storage.atomic():
            action(tx)

    def _rehearse(self, tx: Transaction, action: Callable[[Transaction], None]) -> None:
        """Refuse now what would be refused when it commits later, and roll the rehearsal back."""
        with suppress(_Rehearsed), self._storage.atomic():
            action(tx)
            raise _Rehearsed

    def _commit_late(self) -> None:
        """Carry out the writes that are due, under the stamps of when they were made."""
        while self._late and self._late[0][0] <= self._now():
            _, tx, action = self._late.pop(0)
            with suppress(RowError), self._storage.atomic():
                action(tx)

    @contextmanager
    def _read(self) -> Iterator[None]:
        with self.lock:
            self._commit_late()
            yield


class _Rehearsed(Exception):  # noqa: N818
    """Ends a rehearsal."""


class Guarded:
    """A selection whose pages are read under the org's lock."""

    def __init__(self, lock: RLock, selection: Selection) -> None:
        self._lock, self._selection = lock, selection

    @property
    def total(self) -> int:
        """How many rows the whole answer has."""
        return self._selection.total

    def page(self, offset: int, size: int) -> list[dict[str, Any]]:
        """Records from `offset` on, at most `size`."""
        with self._lock:
            return self._selection.page(offset, size)


def _known(record_id: str) -> str:
    known = full_id(record_id)
    if known is None:
        raise RowError("MALFORMED_ID", f"{record_id!r} is no id of 15 or 18 characters")
    return known
