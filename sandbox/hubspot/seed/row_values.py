"""Values of populated records: ids by number, and the links that a deal's records have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sandbox.hubspot.portal.associations import AssociationType
from sandbox.hubspot.portal.objects import OBJECTS

Row = dict[str, str | None]
LinkRow = tuple[str, int, str, int, AssociationType]

_FIRST_OWNER, _FIRST_USER = 70_200_001, 61_300_001
_RECORDS_PER_DEAL = 1_000  # the span of each object's numbers for what one deal brings along


def owner_id(index: int) -> str:
    """Return the id of an owner."""
    return str(_FIRST_OWNER + index)


def user_id(index: int) -> str:
    """Return the id of an owner's user."""
    return str(_FIRST_USER + index)


def record_id(object_type: str, index: int) -> int:
    """Return the id of a deal, contact or company."""
    return OBJECTS[object_type].first_id + index


def record_of_deal(object_type: str, deal: int, place: int) -> int:
    """Return the id of the *place*-th record of an object that a deal brings along."""
    return OBJECTS[object_type].first_id + deal * _RECORDS_PER_DEAL + place


def midday(day: date) -> str:
    """Write a day as a moment that is on that day in the portal's zone, and in UTC."""
    return f"{day.isoformat()}T16:00:00.000Z"


class Links:
    """The plain and primary types between objects, and the labels between deals and contacts."""

    def __init__(self, types: Mapping[tuple[str, str], Mapping[str | None, AssociationType]]) -> None:
        self._types = types

    def between(self, start: tuple[str, int], end: tuple[str, int], *labels: str) -> Iterator[LinkRow]:
        """Return the rows that join two records plainly and by these labels."""
        types = self._types[start[0], end[0]]
        for label in (None, *labels):
            yield (*start, *end, types[label])
