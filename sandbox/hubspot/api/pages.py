"""Pages of results, and the tokens by which the following ones are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.hubspot.api.call import Call
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import invalid

Page = tuple[Sequence[Any], str | None]
"""Some results, and the token of the page behind them; None where nothing is."""

_FIRST_TRAP = 9_001
"""Tokens of trapped pages begin here: neither record ids nor multiples of a page's size."""


def page(
    portal: Portal,
    call: Call,
    after: str | None,
    limit: int,
    fetch: Callable[[str | None, int], Page],
    before: Callable[[str, int], str | None],
) -> Page:
    """The page that begins at *after*: *fetch* reads one, *before* gives the token of the page in front of it.

    The faults of paging are played here; those of a following page wait for one.
    """
    cap = int(portal.quirks["short_pages"])
    size = min(limit, cap) if cap > 0 else limit
    trap = call.traps.get((call.path, after or ""))
    for kind in ("endless_pages", "self_link"):
        trap = trap or ((kind, after) if call.strike.take(kind) else None)
    if trap is not None:
        return _trapped(call, trap, after, lambda token: fetch(token, size))
    if after is not None:
        if call.strike.take("locator_expired"):
            raise invalid(f"after: {after} is no longer valid")
        if call.strike.take("duplicate_page"):
            return fetch(before(after, size), size)[0], after
        if call.strike.take("repeated_after"):
            return fetch(after, size)[0], after
    results, following = fetch(after, size)
    if len(results) > 1 and call.strike.take("short_page"):
        return fetch(after, len(results) // 2)
    return results, following


def paging(call: Call, after: str | None, *, linked: bool = True) -> dict[str, Any]:
    """The `paging` of a page that is followed by the one at *after*; the last page has none."""
    if after is None:
        return {}
    return {"paging": {"next": {"after": after} | ({"link": call.link(after)} if linked else {})}}


def _trapped(call: Call, trap: tuple[str, str | None], after: str | None, fetch: Callable[[str | None], Page]) -> Page:
    """A page that leads nowhere: it has no rows and a next page, or is its own next page."""
    kind, shown = trap
    is_known = (call.path, after or "") in call.traps
    token = str(after) if kind == "self_link" and is_known else str(_FIRST_TRAP + len(call.traps))
    call.traps[call.path, token] = trap
    return ([] if kind == "endless_pages" else fetch(shown)[0]), token
