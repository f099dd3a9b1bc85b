"""Searches of one object."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.call import Call, Reply, texts
from sandbox.hubspot.api.pages import Page, page, paging
from sandbox.hubspot.portal.objects import ObjectType
from sandbox.hubspot.portal.portal import Portal, Query
from sandbox.hubspot.portal.refusals import invalid

_USUAL_PAGE, _LARGEST_PAGE = 10, 200


def answer(portal: Portal, call: Call, kind: ObjectType) -> Reply:
    """One page of what a search finds; the token of the next is how many hits lie before it."""
    body = call.fields()
    # The bound of a search's body is 3,000 characters: long lists of ids go in several searches.
    if call.size > int(portal.quirks["search_body_max"]):
        raise invalid(f"The body of a search cannot have more than {portal.quirks['search_body_max']} characters")
    groups, sorts = _objects(body, "filterGroups"), body.get("sorts") or []
    for group in groups:
        _objects(group, "filters")
    properties = texts(body.get("properties"), "properties") or None
    total = 0

    def fetch(after: str | None, size: int) -> Page:
        nonlocal total
        start = int(after or 0)
        query = Query(groups, sorts, str(body.get("query") or ""), size, start)
        total, records = portal.search(kind.name, query, properties=properties)
        return records, str(start + size) if start + size < total else None

    def before(after: str, size: int) -> str | None:
        return str(max(0, int(after) - size))

    records, following = page(portal, call, _after(body), _limit(body), fetch, before)
    return Reply(200, {"total": total, "results": list(records)} | paging(call, following, linked=False))


def _after(body: dict[str, Any]) -> str | None:
    after = str(body.get("after") or "0")
    if not after.isdecimal():
        raise invalid(f"after: expected the number of hits to pass over, found {after!r}")
    return after if int(after) else None


def _limit(body: dict[str, Any]) -> int:
    limit = body.get("limit")
    if limit is None:
        return _USUAL_PAGE
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= _LARGEST_PAGE:
        raise invalid(f"limit: expected a number up to {_LARGEST_PAGE}, found {limit!r}")
    return limit or _USUAL_PAGE


def _objects(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = body.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise invalid(f"Invalid input JSON: {name} must be an array of objects")
    return items
