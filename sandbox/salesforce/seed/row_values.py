"""Values of populated rows: ids by number, stamps and days as the wire writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sandbox.salesforce.data.ids import make_id

Row = dict[str, Any]

_FIRST_USER = 1_001  # lower numbers are the org's own users
_RECORDS_PER_DEAL = 1_000  # the span of each object's numbers for what one deal brings along


@lru_cache(maxsize=4_096)
def user_id(index: int) -> str:
    """Return the id of an owner."""
    return make_id("005", _FIRST_USER + index)


@lru_cache(maxsize=4_096)
def account_id(index: int) -> str:
    """Return the id of an account."""
    return make_id("001", 1 + index)


@lru_cache(maxsize=4_096)
def contact_id(index: int) -> str:
    """Return the id of a contact."""
    return make_id("003", 1 + index)


@lru_cache(maxsize=4_096)
def opportunity_id(index: int) -> str:
    """Return the id of a deal."""
    return make_id("006", 1 + index)


def record_of_deal(prefix: str, deal: int, place: int) -> str:
    """Return the id of the *place*-th record with this key prefix that belongs to a deal."""
    return make_id(prefix, 1 + deal * _RECORDS_PER_DEAL + place)


@lru_cache(maxsize=4_096)
def stamp(moment: datetime) -> str:
    """Write a moment as the wire does."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + ".000+0000"
