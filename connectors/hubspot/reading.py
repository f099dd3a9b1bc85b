"""Three ways to read many records: list, search and batch; each to its end, or not at all.

HubSpot's lists and batches come from its primary store, its searches from an index that follows seconds later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from connectors.columns import Record
from connectors.errors import CursorExpiredError, InvalidResponseError, TransientError
from connectors.hubspot.refusals import RefusedError
from connectors.hubspot.transport import Transport
from connectors.limits import PageGuard

SEARCH_PAGE: Final = 200
LIST_PAGE: Final = 100
HISTORY_PAGE: Final = 50
BATCH: Final = 100
LONGEST_SEARCH: Final = 3_000
"""How many characters the body of a search may have."""

Filter = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of each record: values, and former values."""

    properties: Sequence[str]
    history: Sequence[str] = ()

    @property
    def page(self) -> int:
        """How many records one call gives; former values halve it."""
        return HISTORY_PAGE if self.history else LIST_PAGE

    def body(self) -> dict[str, Any]:
        """Return the part of a batch's body that asks for these properties."""
        body: dict[str, Any] = {"properties": list(self.properties)}
        return body | ({"propertiesWithHistory": list(self.history)} if self.history else {})


def condition(name: str, operator: str, value: str | None = None) -> Filter:
    """Return one condition of a search."""
    return {"propertyName": name, "operator": operator} | ({} if value is None else {"value": value})


def search(
    transport: Transport, kind: str, filters: Sequence[Filter], properties: Sequence[str], last: str = ""
) -> Iterator[list[Record]]:
    """Search page by page in the order of ids, behind the id *last*.

    Every page is a search of its own for ids above those read, never an offset: so no result is beyond the 10,000
    that one search gives, whatever moves in or out on the way, and however many rows share a stamp.

    Raises:
        TransientError: a page held rows that were not asked for, or not all that it said there are.
    """
    path = transport.api.search(kind)
    while True:
        behind = [condition("hs_object_id", "GT", last)] if last else []
        body = {
            "filterGroups": [{"filters": [*filters, *behind]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": SEARCH_PAGE,
        }
        records, total = _sound(lambda body=body: _searched(transport.ask(path, body)), last, kind)  # type: ignore[misc]
        if records:
            yield records
            last = str(records[-1]["id"])
        # *total* counts what is behind *last*, as the filter on the id is part of the search.
        if total <= len(records):
            return


def listed(
    transport: Transport, kind: str, wanted: Wanted, *, after: str = "", archived: bool = False
) -> Iterator[tuple[list[Record], str]]:
    """List all records of an object page by page, each with the place where the next one begins; empty at the end.

    Raises:
        CursorExpiredError: HubSpot no longer knows the place *after*.
        TransientError: a page came twice.
    """
    path = transport.api.list(kind)
    fixed = [("limit", str(wanted.page)), ("properties", ",".join(wanted.properties))]
    fixed += [("propertiesWithHistory", ",".join(wanted.history))] if wanted.history else []
    fixed += [("archived", "true")] if archived else []
    last = ""
    guard = PageGuard(transport.limits, kind)
    while True:
        query = [*fixed, *([("after", after)] if after else [])]
        try:
            records, following = _listed(transport.get(path, query))
        except RefusedError as error:
            # HubSpot answers 400 for a place in a list that it no longer knows.
            if after and error.refusal.status == 400:
                raise CursorExpiredError(f"{error}; the listing begins again") from error
            raise
        _check_order(records, last, kind)
        last = str(records[-1]["id"]) if records else last
        yield records, following
        if not following:
            return
        guard.note(len(records), following)
        after = following


def batch_read(
    transport: Transport,
    kind: str,
    ids: Iterable[str],
    wanted: Wanted,
    *,
    id_property: str | None = None,
    archived: bool = False,
) -> list[Record]:
    """Read records by id from the primary store, a hundred a call; those that do not exist are left out.

    Raises:
        TransientError: some were refused for another reason than not being there.
    """
    records: list[Record] = []
    query = [("archived", "true")] if archived else []
    named = {"idProperty": id_property} if id_property else {}
    for part in parts(dict.fromkeys(ids), min(BATCH, wanted.page)):
        body = {"inputs": [{"id": record_id} for record_id in part], **wanted.body(), **named}
        answer = transport.ask(transport.api.batch(kind, "read"), body, query)
        results, errors = batch_results(answer)
        if any(error.get("category") != "OBJECT_NOT_FOUND" for error in errors):
            raise TransientError(f"incomplete: HubSpot did not give some {kind}: {errors[0].get('message')}")
        # A 200 with fewer records than asked for is a lost row, not a deleted one: those come as errors.
        if not errors and len(results) < len(part):
            raise TransientError(f"incomplete: HubSpot gave {len(results)} of {len(part)} {kind}")
        records += results
    return records


def parts(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut ids into lists of at most *size*."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def batch_results(answer: Any) -> tuple[list[Any], list[Mapping[str, Any]]]:
    """Return a batch's results and its errors.

    Raises:
        InvalidResponseError: the answer has no results.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        raise InvalidResponseError("HubSpot answered a batch with something else than results")
    return answer["results"], answer.get("errors") or []


def _sound(ask: Callable[[], tuple[list[Record], int]], last: str, kind: str) -> tuple[list[Record], int]:
    """Take a page of a search if it is what was asked for; ask once more if it is not."""
    for again in (True, False):
        records, total = ask()
        try:
            _check_order(records, last, kind)
            if total and not records:
                raise TransientError(
                    f"incomplete: HubSpot said {total} {kind} and gave none; the next cycle reads them again"
                )
        except TransientError:
            if not again:
                raise
        else:
            return records, total
    raise AssertionError("unreachable")


def _searched(answer: Any) -> tuple[list[Record], int]:
    if not isinstance(answer, dict) or not isinstance(answer.get("total"), int):
        raise InvalidResponseError("HubSpot answered a search with something else than results")
    return _records(answer), answer["total"]


def _listed(answer: Any) -> tuple[list[Record], str]:
    if not isinstance(answer, dict):
        raise InvalidResponseError("HubSpot answered a list with something else than results")
    following = (answer.get("paging") or {}).get("next") or {}
    return _records(answer), str(following.get("after") or "")


def _records(answer: Mapping[str, Any]) -> list[Record]:
    records = answer.get("results")
    if not isinstance(records, list) or not all(isinstance(record, dict) and "id" in record for record in records):
        raise InvalidResponseError("HubSpot answered with records in a shape that it never had")
    return records


def _check_order(records: Sequence[Record], last: str, kind: str) -> None:
    try:
        numbers = [int(record["id"]) for record in records]
    except (TypeError, ValueError) as odd:
        raise InvalidResponseError(f"HubSpot gave {kind} with ids that are no numbers") from odd
    before = int(last or 0)
    for number in numbers:
        # Ids ascend in both ways of reading; one that does not was read before.
        if number <= before:
            raise TransientError(f"incomplete: HubSpot gave {kind} twice; the next cycle reads them again")
        before = number
