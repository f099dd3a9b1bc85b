"""Batches: many inputs in one call, each with an outcome of its own, or all with the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sandbox.hubspot.api.call import Call, Reply
from sandbox.hubspot.api.errors import item_error
from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import RecordError, invalid

Item = dict[str, Any]

_REFUSE_ALL = {409, 423}
"""Refusals of one input that refuse its whole batch, whatever ids the inputs carry."""


def each(
    portal: Portal,
    call: Call,
    inputs: Iterable[Item],
    work: Callable[[Item], Item],
    status: int,
    *,
    traced: bool = True,
) -> Reply:
    """Do *work* on each input.

    Where inputs are *traced*, one that carries an `objectWriteTraceId` is refused alone, with status 207, and one that
    does not takes the batch with it: nothing of it is kept then.
    """
    results: list[Item] = []
    errors: list[Item] = []
    with portal.atomic():
        for item in inputs:
            trace = item.get("objectWriteTraceId") if traced else None
            try:
                with portal.atomic():
                    result = work(item)
            except RecordError as error:
                # Without trace ids one bad input fails the whole batch; 409 and 423 do so in any case.
                if (traced and trace is None) or error.status in _REFUSE_ALL:
                    raise
                errors.append(item_error(error, None if trace is None else str(trace)))
            else:
                echoed = trace is not None and portal.quirks["echo_trace_ids"]
                results.append(result | {"objectWriteTraceId": trace} if echoed else result)
    return Reply(207 if errors else status, complete(call, results, errors))


def complete(call: Call, results: Sequence[Item], errors: Sequence[Item] = ()) -> Item:
    """The body of a batch that is done."""
    body: Item = {
        "status": "COMPLETE",
        "results": list(results),
        "startedAt": stamp(call.now),
        "completedAt": stamp(call.now),
    }
    return body | ({"numErrors": len(errors), "errors": list(errors)} if errors else {})


def check_distinct(ids: Iterable[str]) -> None:
    """Refuse a batch that names a record twice."""
    seen: set[str] = set()
    for record_id in ids:
        if record_id in seen:
            raise invalid(f"Duplicate IDs found in batch input: [{record_id}]. IDs must be unique", ids=[record_id])
        seen.add(record_id)
