"""What records are associated with, read in batches to the end of every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.errors import InvalidResponseError, TransientError
from connectors.hubspot.reading import batch_results, parts
from connectors.hubspot.refusals import RefusedError
from connectors.hubspot.transport import Transport
from connectors.limits import PageGuard

ASSOCIATIONS: Final = 1_000
"""How many records one call takes, as the reference of the associations API has it."""

_NONE_FOUND: Final = "NO_ASSOCIATIONS_FOUND"


@dataclass(frozen=True, slots=True)
class Association:
    """One record that another is associated with; *types* are (type id, label) as the portal made them."""

    to_id: str
    types: tuple[tuple[int, str | None], ...]


def associated(transport: Transport, kind: str, other: str, ids: Sequence[str]) -> dict[str, list[Association]]:
    """Read what records are associated with, a thousand a call; every id asked for is in the answer.

    HubSpot lists long associations in several pages and names those that have none as errors. One that it does not
    mention at all is asked for once more, before it counts as having none.
    """
    linked: dict[str, list[Association]] = {record_id: [] for record_id in ids}
    for part in parts(linked, ASSOCIATIONS):
        unmentioned = set(part)
        # Associations that fill more than a page are continued per input, with a token of its own.
        inputs: list[dict[str, str]] = [{"id": record_id} for record_id in part]
        asked_again = False
        guard = PageGuard(transport.limits, f"associations of {kind}")
        while inputs:
            before = sum(map(len, linked.values()))
            more, mentioned = _associations(transport, kind, other, inputs, linked)
            guard.note(sum(map(len, linked.values())) - before, " ".join(item["after"] for item in more))
            unmentioned -= mentioned
            if not more and unmentioned and not asked_again:
                asked_again, more = True, [{"id": record_id} for record_id in sorted(unmentioned)]
            inputs = more
    return linked


def _associations(
    transport: Transport,
    kind: str,
    other: str,
    inputs: Sequence[Mapping[str, str]],
    linked: dict[str, list[Association]],
) -> tuple[list[dict[str, str]], set[str]]:
    """Ask once, and add to *found*; give the inputs of the pages that follow, and the ids that were mentioned."""
    try:
        answer = transport.ask(transport.api.associated(kind, other), {"inputs": list(inputs)})
    except RefusedError as refused:
        # A page token that is refused has run out: the list must begin again, in the next cycle.
        if any("after" in item for item in inputs):
            raise TransientError(f"incomplete: {refused}; the next cycle reads these associations again") from refused
        raise
    results, errors = batch_results(answer)
    more: list[dict[str, str]] = []
    mentioned: set[str] = set()
    for error in errors:
        # 207 with this subcategory is HubSpot's normal answer for a record without associations, not a failure.
        if _NONE_FOUND not in str(error.get("subCategory")) and error.get("category") != "OBJECT_NOT_FOUND":
            raise TransientError(f"incomplete: HubSpot did not give associations of {kind}: {error.get('message')}")
        mentioned.update(str(record_id) for record_id in (error.get("context") or {}).get("fromObjectId") or ())
    try:
        for result in results:
            source = str(result["from"]["id"])
            mentioned.add(source)
            linked[source] += [_association(link) for link in result["to"]]
            following = (result.get("paging") or {}).get("next")
            if following:
                more.append({"id": source, "after": str(following["after"])})
    except (KeyError, TypeError, ValueError, OverflowError) as odd:
        raise InvalidResponseError("HubSpot gave associations in a shape that it never had") from odd
    return more, mentioned


def _association(link: Mapping[str, Any]) -> Association:
    types = tuple((int(kind["typeId"]), kind.get("label")) for kind in link["associationTypes"])
    # A number on the wire, although the specification says text; ids are text everywhere else.
    return Association(str(link["toObjectId"]), types)
