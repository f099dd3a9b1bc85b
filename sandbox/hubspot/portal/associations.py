"""Associations: pairs of records, in both directions, each direction with type ids of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.hubspot.portal.objects import OBJECTS
from sandbox.hubspot.portal.refusals import RecordError, invalid
from sandbox.hubspot.portal.storage import Storage

Key = tuple[str, int]
"""Category and type id, which together name an association type within a direction."""

HUBSPOT, USER = "HUBSPOT_DEFINED", "USER_DEFINED"
MOST_LABELS = 50

_STANDARD: tuple[tuple[str, str, int, int, str | None], ...] = (
    ("deals", "contacts", 3, 4, None),
    ("deals", "companies", 341, 342, None),
    ("deals", "companies", 5, 6, "Primary"),
    ("contacts", "companies", 279, 280, None),
    ("contacts", "companies", 1, 2, "Primary"),
    ("tasks", "contacts", 204, 203, None),
    ("tasks", "companies", 192, 191, None),
    ("tasks", "deals", 216, 215, None),
    ("emails", "deals", 210, 209, None),
    ("emails", "contacts", 198, 197, None),
    ("emails", "companies", 186, 185, None),
    ("calls", "deals", 206, 205, None),
    ("calls", "contacts", 194, 193, None),
    ("calls", "companies", 182, 181, None),
    ("meetings", "deals", 212, 211, None),
    ("meetings", "contacts", 200, 199, None),
    ("meetings", "companies", 188, 187, None),
    ("notes", "deals", 214, 213, None),
    ("notes", "contacts", 202, 201, None),
    ("notes", "companies", 190, 189, None),
)
"""From, to, the type's id, the id of its opposite, label."""


@dataclass(frozen=True, slots=True)
class AssociationType:
    """One type in one direction; *inverse* is the id of the same in the other. A label of None is plain."""

    category: str
    type_id: int
    label: str | None
    inverse: int

    @property
    def key(self) -> Key:
        """Category and type id."""
        return (self.category, self.type_id)

    def wire(self) -> dict[str, Any]:
        """Show the type."""
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


@dataclass(frozen=True, slots=True)
class Link:
    """What one record is associated with, and by which types."""

    to_id: int
    types: tuple[AssociationType, ...]

    def wire(self) -> dict[str, Any]:
        """Show the association; the id is a number here."""
        return {"toObjectId": self.to_id, "associationTypes": [known.wire() for known in self.types]}


class Associations:
    """The portal's association types, and the pairs that they join."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._types: dict[tuple[str, str], dict[Key, AssociationType]] = {}
        for from_type, to_type, type_id, inverse, label in _STANDARD:
            self._define(from_type, to_type, AssociationType(HUBSPOT, type_id, label, inverse))
            self._define(to_type, from_type, AssociationType(HUBSPOT, inverse, label, type_id))
        for pair, facts in storage.remembered("label"):
            from_type, to_type = pair.split(">")
            self._define(from_type, to_type, AssociationType(**facts))

    def types(self, from_type: str, to_type: str) -> list[AssociationType]:
        """The types of a direction, the plain one first."""
        return list(self._of(from_type, to_type).values())

    def add_label(
        self, from_type: str, to_type: str, label: str, inverse_label: str | None = None
    ) -> tuple[AssociationType, AssociationType]:
        """Make a label for a pair of objects; each direction gets an id of this portal's own."""
        known = self._of(from_type, to_type)
        if any(existing.label == label for existing in known.values()):
            raise invalid(f"There is a label {label!r} between {from_type} and {to_type} already")
        if sum(existing.category == USER for existing in known.values()) >= MOST_LABELS:
            raise invalid(f"There are {MOST_LABELS} labels between {from_type} and {to_type}, the most there may be")
        number = 1 + max((existing.type_id for types in self._types.values() for existing in types.values()
                          if existing.category == USER), default=16)  # fmt: skip
        there = AssociationType(USER, number, label, number + 1)
        back = AssociationType(USER, number + 1, inverse_label or label, number)
        self._keep(from_type, to_type, there)
        self._keep(to_type, from_type, back)
        return there, back

    def remove_label(self, from_type: str, to_type: str, type_id: int) -> None:
        """Take a label away, from the records that carry it too."""
        known = self._of(from_type, to_type).get((USER, type_id))
        if known is None:
            raise RecordError(404, "OBJECT_NOT_FOUND", f"No label {type_id} between {from_type} and {to_type}")
        for start, end, number in ((from_type, to_type, type_id), (to_type, from_type, known.inverse)):
            del self._types[start, end][USER, number]
            self._storage.forget("label", f"{start}>{end}", str(number))
            sql = "DELETE FROM _association WHERE from_type = ? AND to_type = ? AND type_id = ? AND category = ?"
            self._storage.connection.execute(sql, (start, end, number, USER))

    def chosen(self, from_type: str, to_type: str, keys: Iterable[Key]) -> list[AssociationType]:
        """Find the types that a caller names for a direction; the plain one always comes along."""
        known = self._of(from_type, to_type)
        wanted = dict.fromkeys([next(iter(known)), *keys])
        for key in wanted:
            if key not in known:
                raise invalid(
                    f"{key[0]} {key[1]} is no association type from {from_type} to {to_type}",
                    sub_category="crm.associations.INVALID_ASSOCIATION_TYPE",
                    type=[str(key[1])],
                    fromObjectType=[from_type],
                    toObjectType=[to_type],
                )
        return [known[key] for key in wanted]

    def put(self, start: tuple[str, int], end: tuple[str, int], types: Sequence[AssociationType]) -> None:
        """Join two records by exactly these types; a primary one is taken from the others of the same kind."""
        # A write of labels replaces those that were there: what is not sent again is gone.
        self.cut(start, end)
        for known in types:
            if known.label == "Primary":
                self._drop_primary(start, end[0], known)
        self.load((*start, *end, known) for known in types)

    def load(self, rows: Iterable[tuple[str, int, str, int, AssociationType]]) -> None:
        """Write many associations, in both directions."""
        both = (
            pair
            for from_type, from_id, to_type, to_id, known in rows
            for pair in (
                (from_type, from_id, to_type, to_id, known.type_id, known.category),
                (to_type, to_id, from_type, from_id, known.inverse, known.category),
            )
        )
        self._storage.revision += 1
        self._storage.connection.executemany("INSERT OR REPLACE INTO _association VALUES (?, ?, ?, ?, ?, ?)", both)

    def cut(self, start: tuple[str, int], end: tuple[str, int], types: Sequence[AssociationType] | None = None) -> None:
        """Part two records; with *types* only those labels go, but the plain type takes all labels along."""
        self._storage.revision += 1
        # Archiving the plain type parts the records: labels cannot be without it.
        if types is None or any(known.label is None for known in types):
            sql = "DELETE FROM _association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
            self._storage.connection.executemany(sql, ((*start, *end), (*end, *start)))
            return
        sql = (
            "DELETE FROM _association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
            " AND type_id = ? AND category = ?"
        )
        for known in types:
            there, back = (*start, *end, known.type_id, known.category), (*end, *start, known.inverse, known.category)
            self._storage.connection.executemany(sql, (there, back))

    def links(self, from_type: str, from_ids: Sequence[int], to_type: str) -> dict[int, list[Link]]:
        """What each of these records is associated with among the living, by id; those with nothing are left out."""
        known = self._of(from_type, to_type)
        joined: defaultdict[int, dict[int, list[AssociationType]]] = defaultdict(dict)
        marks = ", ".join("?" * len(from_ids))
        sql = (
            "SELECT from_id, to_id, category, type_id FROM _association"  # noqa: S608
            f" WHERE from_type = ? AND to_type = ? AND from_id IN ({marks})"
            f" AND {living('to_id', to_type)} AND {living('from_id', from_type)}"
            " ORDER BY from_id, to_id, category, type_id"
        )
        for from_id, to_id, category, type_id in self._storage.all(sql, (from_type, to_type, *from_ids)):
            joined[from_id].setdefault(to_id, []).append(known[category, type_id])
        return {from_id: [Link(to, tuple(types)) for to, types in links.items()] for from_id, links in joined.items()}

    def table(self) -> list[dict[str, Any]]:
        """Every association in each of its directions, those of archived records too."""
        sql = "SELECT from_type, from_id, to_type, to_id, category, type_id FROM _association ORDER BY 1, 2, 3, 4, 5, 6"
        return [
            {
                "from_object": from_type,
                "from_id": str(from_id),
                "to_object": to_type,
                "to_id": str(to_id),
                **self._of(from_type, to_type)[category, type_id].wire(),
            }
            for from_type, from_id, to_type, to_id, category, type_id in self._storage.all(sql)
        ]

    def neighbours(self, object_type: str, record_id: int) -> list[tuple[str, int]]:
        """Everything that a record is associated with, archived or not."""
        sql = "SELECT DISTINCT to_type, to_id FROM _association WHERE from_type = ? AND from_id = ?"
        return [(row[0], row[1]) for row in self._storage.all(sql, (object_type, record_id))]

    def forget(self, object_type: str, record_id: int) -> None:
        """Part a record from everything."""
        for end in self.neighbours(object_type, record_id):
            self.cut((object_type, record_id), end)

    def move(self, object_type: str, old: int, new: int) -> None:
        """Move the associations of a record that was merged away to the one that remains."""
        self._storage.revision += 1
        for side in ("from", "to"):
            sql = f"UPDATE OR IGNORE _association SET {side}_id = ? WHERE {side}_type = ? AND {side}_id = ?"  # noqa: S608
            self._storage.connection.execute(sql, (new, object_type, old))
        self.forget(object_type, old)

    def _drop_primary(self, start: tuple[str, int], to_type: str, known: AssociationType) -> None:
        sql = (
            "SELECT to_id FROM _association WHERE from_type = ? AND from_id = ? AND to_type = ? AND type_id = ?"
            " AND category = ?"
        )
        for (other,) in self._storage.all(sql, (*start, to_type, known.type_id, known.category)):
            self.cut(start, (to_type, other), [known])

    def _of(self, from_type: str, to_type: str) -> dict[Key, AssociationType]:
        try:
            return self._types[from_type, to_type]
        except KeyError:
            raise invalid(f"There are no associations from {from_type} to {to_type}") from None

    def _keep(self, from_type: str, to_type: str, known: AssociationType) -> None:
        self._define(from_type, to_type, known)
        self._storage.remember("label", f"{from_type}>{to_type}", str(known.type_id), asdict(known))

    def _define(self, from_type: str, to_type: str, known: AssociationType) -> None:
        self._types.setdefault((from_type, to_type), {})[known.key] = known


def living(column: str, object_type: str) -> str:
    """The SQL condition that the id in *column* is that of a record that is not archived."""
    return f'EXISTS (SELECT 1 FROM "{object_type}" r WHERE r._id = {column} AND r._archived_at IS NULL)'  # noqa: S608


def missing_end(side: str, object_type: str, record_id: str) -> RecordError:
    """The refusal of an association whose one *side*, FROM or TO, is no living record."""
    return RecordError(
        404,
        "OBJECT_NOT_FOUND",
        f"No {OBJECTS[object_type].singular} with id {record_id} exists",
        sub_category=f"crm.associations.{side}_OBJECT_NOT_FOUND",
        context={"id": [record_id], "objectType": [object_type]},
    )
