"""The simulated HubSpot portal: its records and associations, and searches over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from sandbox.hubspot.portal import merging, saving
from sandbox.hubspot.portal.associations import Associations, AssociationType, Link
from sandbox.hubspot.portal.change import SYSTEM, Change
from sandbox.hubspot.portal.late import Action, LateWrites
from sandbox.hubspot.portal.lookup import RecordLookup, as_number, record_number
from sandbox.hubspot.portal.objects import OBJECTS, ObjectType, object_named
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.pipelines import Pipeline
from sandbox.hubspot.portal.quirks import defaults
from sandbox.hubspot.portal.records import Reader, Record
from sandbox.hubspot.portal.refusals import RecordError
from sandbox.hubspot.portal.saving import Target
from sandbox.hubspot.portal.schema import Schema
from sandbox.hubspot.portal.search import Query, SearchIndex
from sandbox.hubspot.portal.settle import reshape, settle
from sandbox.hubspot.portal.storage import Storage

__all__ = ["SYSTEM", "Link", "Portal", "Query", "Record", "RecordError", "Target"]

_ADMIN = Owner("70100001", "61200001", "admin@seller.example.com", "Sandbox", "Admin", "2019-08-06T02:41:08.204Z")

Records = list[Record]


class Portal:
    """One portal. Every public method may be called from any thread; `lock` is held for the length of each.

    Records go in and out as JSON has them; `properties` None asks for the object's usual ones, and the two stamps and
    the id are always given. Writes are the integration's unless `by` names another user; `dated` ones come by a dated
    path. With a `state` file records and definitions outlive the process; quirks do not. It begins with those of the
    portal `like`, if there is one, at a fraction of the cost of writing them.
    """

    portal_id = "48210335"
    time_zone = "America/New_York"
    currency = "USD"
    user_id = "61200002"
    admin_id = _ADMIN.user_id

    def __init__(self, *, now: Callable[[], datetime], state: Path | None = None, like: Portal | None = None) -> None:
        self.lock = RLock()
        self.now = now
        self.quirks: dict[str, Any] = defaults()
        self._storage: Storage = Storage(state, like._storage if like else None)
        self.schema: Schema = Schema(self._storage, self.quirks, like.schema if like else None)
        self._associations = Associations(self._storage)
        self._reader = Reader(self._storage, self.schema, self.quirks)
        self._lookup = RecordLookup(self._storage, self.schema, self.quirks)
        self._writes = writes = LateWrites(self._storage)
        self._index = SearchIndex(self._storage, self.schema, self.quirks, lambda: writes.due or now())
        if not self.schema.owners:
            self.schema.set_owner(_ADMIN)

    def close(self) -> None:
        """Close the state file."""
        with self.lock:
            self._storage.connection.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Writes inside happen all or not at all."""
        with self.lock, self._storage.atomic():
            yield

    def create(
        self,
        object_type: str,
        properties: Mapping[str, Any],
        targets: Sequence[Target] = (),
        *,
        by: str | None = None,
        dated: bool = False,
    ) -> Record:
        """Create a record with its associations; return the record with every property that has a value."""
        with self.lock:
            kind = object_named(object_type)
            record_id = self._storage.new_id(kind.name)
            self._perform(by, lambda tx: saving.create(tx, kind, record_id, properties, targets), dated=dated)
            return self._written(kind, record_id)

    def update(
        self,
        object_type: str,
        record_id: str,
        properties: Mapping[str, Any],
        *,
        id_property: str | None = None,
        by: str | None = None,
        dated: bool = False,
    ) -> Record:
        """Change a record, also under an id that was merged away; return all its properties that have a value."""
        with self.lock:
            kind = object_named(object_type)
            known = self._lookup.writable(kind, record_id, id_property)
            self._perform(by, lambda tx: saving.update(tx, kind, known, properties), dated=dated)
            return self._written(kind, known)

    def upsert(
        self, object_type: str, id_property: str, value: str, properties: Mapping[str, Any], *, dated: bool = False
    ) -> tuple[Record, bool]:
        """Change the record that has this unique value, or create it; return (record, whether it is new)."""
        with self.lock:
            kind = object_named(object_type)
            holder = self._lookup.holder(kind, id_property, value)
            if holder is not None:
                return self.update(kind.name, str(holder), properties, dated=dated), False
            return self.create(kind.name, {id_property: value, **properties}, dated=dated), True

    def archive(self, object_type: str, record_id: str, *, by: str | None = None) -> None:
        """Put a record into the bin; one that is there already, or never was, is no error."""
        with self.lock:
            kind = object_named(object_type)
            known = self._lookup.writable(kind, record_id)
            row = self._lookup.row(kind, known, ())
            if row is not None and not row.is_archived:
                self._perform(by, lambda tx: saving.archive(tx, kind, known))

    def restore(self, object_type: str, record_id: str, *, by: str | None = None) -> None:
        """Take a record out of the bin."""
        with self.lock:
            kind = object_named(object_type)
            known = record_number(kind, record_id)
            self._perform(by, lambda tx: saving.restore(tx, kind, known))

    def merge(self, object_type: str, winner: str, loser: str, *, by: str | None = None) -> Record:
        """Merge one record into another; return the one that remains, to which both ids lead from then on."""
        with self.lock:
            kind = object_named(object_type)
            first, second = self._lookup.writable(kind, winner), self._lookup.writable(kind, loser)
            new_id = self._storage.new_id(kind.name)
            self._perform(by, lambda tx: merging.merge(tx, kind, first, second, new_id))
            return self._written(kind, self._storage.resolve(kind.name, first))

    def erase(self, object_type: str, record_id: str, *, id_property: str | None = None) -> None:
        """Take a record away for good, with its associations, out of the bin too."""
        with self.lock:
            kind = object_named(object_type)
            known = self._lookup.read_alone(kind, record_id, id_property, archived=True)
            if known is not None:
                self._perform(SYSTEM, lambda tx: merging.erase(tx, kind, known))

    def get(
        self,
        object_type: str,
        record_id: str,
        *,
        properties: Iterable[str] | None = None,
        history: Sequence[str] = (),
        archived: bool = False,
        id_property: str | None = None,
    ) -> Record | None:
        """One record, found under the id of one that was merged into it too; None where there is none."""
        with self._read():
            kind = object_named(object_type)
            known = self._lookup.read_alone(kind, record_id, id_property, archived=archived)
            names = self._reader.names(kind, properties)
            row = self._lookup.row(kind, known, names)
            if row is None or row.is_archived != archived:
                return None
            return self._reader.show(kind, [row], names, history)[0]

    def list(
        self,
        object_type: str,
        *,
        after: str | None = None,
        limit: int = 10,
        archived: bool = False,
        properties: Iterable[str] | None = None,
        history: Sequence[str] = (),
    ) -> tuple[Records, str | None]:
        """A page of all records by id, and the `after` of the next one, which is the first id there."""
        with self._read():
            kind = object_named(object_type)
            names = self._reader.names(kind, properties)
            left_out = (*self.quirks["hide_rows"], *self.quirks["lists_leave_out"])
            hidden = "".join(f" AND _id <> {int(record_id)}" for record_id in left_out)
            state = "NOT NULL" if archived else "NULL"
            start = 0 if after is None else record_number(kind, after)
            where = f"_id >= ? AND _archived_at IS {state}{hidden} ORDER BY _id LIMIT ?"
            rows = self._storage.select(kind.name, names, where, (start, limit + 1))
            following = str(rows[limit].id) if len(rows) > limit else None
            return self._reader.show(kind, rows[:limit], names, history), following

    def page_before(self, object_type: str, after: str, limit: int, *, archived: bool = False) -> str | None:
        """The `after` of the page in front of the one at *after*; None where that is the first."""
        with self._read():
            kind = object_named(object_type)
            where = f"_id < ? AND _archived_at IS {'NOT ' if archived else ''}NULL ORDER BY _id DESC LIMIT ?"
            rows = self._storage.select(kind.name, (), where, (record_number(kind, after), limit))
            return str(rows[-1].id) if rows else None

    def batch_get(
        self,
        object_type: str,
        ids: Sequence[str],
        *,
        id_property: str | None = None,
        properties: Iterable[str] | None = None,
        history: Sequence[str] = (),
        archived: bool = False,
    ) -> tuple[Records, Sequence[str]]:
        """The records that have these ids, or these values of a unique property, and the ids that none has."""
        with self._read():
            kind = object_named(object_type)
            names = self._reader.names(kind, properties)
            wanted = {
                given: self._lookup.read_in_batch(kind, given, id_property, archived=archived)
                for given in dict.fromkeys(ids)
            }
            rows = self._storage.rows(kind.name, [number for number in wanted.values() if number is not None], names)
            rows_by_id = {
                row.id: row for row in rows if row.is_archived == archived and not self._lookup.is_hidden(row.id)
            }
            missing = [given for given, known in wanted.items() if known not in rows_by_id]
            return self._reader.show(kind, rows_by_id.values(), names, history), missing

    def search(self, object_type: str, query: Query, *, properties: Iterable[str] | None = None) -> tuple[int, Records]:
        """How many records match, and a page of them, matched as the index has them and shown as they are now."""
        with self._read():
            kind = object_named(object_type)
            names = self._reader.names(kind, properties)
            total, ids = self._index.find(kind, query)
            rows = {row.id: row for row in self._storage.rows(kind.name, ids, names)}
            return total, self._reader.show(kind, [rows[record_id] for record_id in ids if record_id in rows], names)

    def table(self, object_type: str) -> Records:
        """Every record with every property, archived and hidden ones included, by id."""
        with self._read():
            return self._reader.table(object_named(object_type))

    def set_pipelines(self, *pipelines: Pipeline) -> None:
        """Put these deal pipelines in the place of those that are there, as people do in the settings.

        What a stage says of its deals follows, and moves their stamps; deals of a stage that is gone stay as they are.
        """
        with self.lock, self._storage.atomic():
            reshape(self._change(SYSTEM), pipelines)

    def set_owner(self, owner: Owner) -> None:
        """Add an owner, or change one."""
        with self.lock:
            self.schema.set_owner(owner)

    def labels(self, from_type: str, to_type: str) -> Sequence[AssociationType]:
        """The association types of a direction, the plain one first."""
        with self._read():
            return self._associations.types(object_named(from_type).name, object_named(to_type).name)

    def add_label(
        self, from_type: str, to_type: str, label: str, inverse_label: str | None = None
    ) -> tuple[AssociationType, AssociationType]:
        """Create a label; return its type in this direction and in the other."""
        with self.lock:
            start, end = object_named(from_type).name, object_named(to_type).name
            return self._associations.add_label(start, end, label, inverse_label)

    def remove_label(self, from_type: str, to_type: str, type_id: int) -> None:
        """Take a label away, from the records that carry it too."""
        with self.lock:
            self._associations.remove_label(object_named(from_type).name, object_named(to_type).name, type_id)

    def associate(
        self, from_type: str, from_id: str, target: Target, *, by: str | None = None
    ) -> Sequence[AssociationType]:
        """Associate two records by exactly these types and the plain one; return the types."""
        with self.lock:
            kind = object_named(from_type)
            known = self._lookup.writable(kind, from_id)
            self._perform(by, lambda tx: saving.associate(tx, (kind.name, known), target))
            return self._associations.chosen(kind.name, target.object_type, target.types)

    def disassociate(self, from_type: str, from_id: str, target: Target, *, by: str | None = None) -> None:
        """Part two records; with types, take only these labels away. What is not there is no error."""
        with self.lock:
            kind = object_named(from_type)
            known = record_number(kind, from_id)
            self._perform(by, lambda tx: saving.disassociate(tx, (kind.name, known), target))

    def associated(self, from_type: str, from_ids: Sequence[str], to_type: str) -> Mapping[str, Sequence[Link]]:
        """What each of these records is associated with, by its id as given; those with nothing are left out."""
        with self._read():
            start, end = object_named(from_type), object_named(to_type)
            numbers = {as_number(record_id): record_id for record_id in from_ids}
            given = {
                known: record_id for known, record_id in numbers.items() if known and not self._lookup.is_hidden(known)
            }
            links_by_id = self._associations.links(start.name, list(given), end.name)
            seen = {
                given[number]: [link for link in links if not self._lookup.is_hidden(link.to_id)]
                for number, links in links_by_id.items()
            }
            return {record_id: links for record_id, links in seen.items() if links}

    def association_table(self) -> Records:
        """Every association in each of its directions, those of archived records too."""
        with self._read():
            return self._associations.table()

    def load(self, object_type: str, rows: Iterable[Mapping[str, str | None]]) -> int:
        """Write many records as they are, each with its `hs_object_id`, and return how many.

        Stamps and days are in the form of the wire. `settle` afterwards derives what the rows left out.
        """
        with self.lock:
            return self._storage.load(object_named(object_type).name, map(_columns, rows))

    def load_links(self, rows: Iterable[tuple[str, int, str, int, AssociationType]]) -> None:
        """Write many associations as (from object, id, to object, id, type), the plain ones among them."""
        with self.lock, self._storage.atomic():
            self._associations.load(rows)

    def load_history(self, object_type: str, rows: Iterable[tuple[int, str, str, str | None, str | None]]) -> None:
        """Write what properties were before, as (id, property, when, value, user)."""
        with self.lock, self._storage.atomic():
            self._storage.load_history(object_named(object_type).name, rows)

    def load_merged(self, object_type: str, pairs: Iterable[tuple[int, int]]) -> None:
        """Redirect ids to the records that they were merged into."""
        with self.lock, self._storage.atomic():
            for old, new in pairs:
                self._storage.lead_on(object_named(object_type).name, old, new)

    def settle(self) -> None:
        """Derive what loaded records imply: stamps, flags of deals and tasks, counts, activity dates."""
        with self.lock, self._storage.atomic():
            settle(self._change(SYSTEM))

    def latest_stamp(self) -> str | None:
        """The youngest modification of any record."""
        with self._read():
            latest = [self._storage.latest(kind.name, kind.modified) for kind in OBJECTS.values()]
            return max(filter(None, latest), default=None)

    def _change(self, by: str | None, *, dated: bool = False) -> Change:
        user = by or self.user_id
        api = user == self.user_id
        return Change(self._storage, self.schema, self._associations, self.quirks, self.now(), user, api, dated)

    def _written(self, kind: ObjectType, record_id: int) -> Record:
        row = self._storage.row(kind.name, record_id)
        if row is None:  # it will commit later
            return {"id": str(record_id), "properties": {}, "createdAt": None, "updatedAt": None, "archived": False}
        return self._reader.filled(kind, row)

    def _perform(self, by: str | None, action: Action, *, dated: bool = False) -> None:
        change = self._change(by, dated=dated)
        self._writes.commit(change.now)
        self._writes.perform(change, action)

    @contextmanager
    def _read(self) -> Iterator[None]:
        with self.lock:
            self._writes.commit(self.now())
            yield


def _columns(row: Mapping[str, str | None]) -> tuple[int, dict[str, str | None]]:
    return int(row["hs_object_id"] or 0), {name: value for name, value in row.items() if name != "hs_object_id"}
