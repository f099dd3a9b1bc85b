"""Owners: those that are active, and in a second list those that are not."""

from __future__ import annotations

from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import no_such_path, wrong_method
from sandbox.hubspot.api.pages import Page, page, paging
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import RecordError, invalid

_USUAL, _MOST = 100, 500


def answer(portal: Portal, call: Call) -> Reply:
    """Any call below the root of owners."""
    if call.method != "GET":
        raise wrong_method(call.method)
    owners = sorted(
        (owner for owner in portal.schema.owners.values() if owner.archived == call.flag("archived")),
        key=lambda owner: int(owner.id),
    )
    match call.rest:
        case ():
            if email := call.value("email"):
                owners = [owner for owner in owners if owner.email.lower() == email.lower()]
            return _page(portal, call, owners)
        case (owner_id,):
            by_user = call.value("idProperty") == "userId"
            owner = next(
                (candidate for candidate in owners if owner_id == (candidate.user_id if by_user else candidate.id)),
                None,
            )
            if owner is None:
                raise RecordError(404, "OBJECT_NOT_FOUND", f"No owner has the id {owner_id}")
            return Reply(200, owner.wire())
    raise no_such_path()


def _page(portal: Portal, call: Call, owners: list[Owner]) -> Reply:
    """One page; its token is the place in the list."""
    limit, after = call.number("limit", _USUAL, _MOST), call.value("after") or None

    def fetch(token: str | None, size: int) -> Page:
        start = int(token or 0)
        return owners[start : start + size], str(start + size) if start + size < len(owners) else None

    if after is not None and not after.isdigit():
        raise invalid(f"after: expected the token of a page, found {after!r}")
    shown, following = page(portal, call, after, limit, fetch, lambda token, size: str(max(0, int(token) - size)))
    return Reply(200, {"results": [owner.wire() for owner in shown]} | paging(call, following))
