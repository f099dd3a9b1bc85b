"""Writes: tasks created carrying their key and their deal, tasks and scores changed, a hundred a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.errors import KeyFieldError, MissingPermissionError, OutcomeUnknownError, UnconfirmedError
from connectors.hubspot.capabilities import Probe
from connectors.hubspot.objects import KEY_PROPERTY, REASON_PROPERTY, TASK_TO_DEAL
from connectors.hubspot.refusals import LockedError, Refusal, RefusedError
from connectors.hubspot.rows.tasks import as_html
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.transport import Transport
from connectors.hubspot.values import milliseconds
from connectors.model import UNCONFIRMED, Outcome, Receipt, Write, WriteKind

_DUE_AT: Final = time(9)
_LONGEST_BODY: Final = 20_000
_PRIORITIES: Final[Mapping[str, str]] = {"high": "HIGH", "normal": "MEDIUM"}
_TASK: Final[Mapping[str, str]] = {
    "key": KEY_PROPERTY,
    "owner_id": "hubspot_owner_id",
    "subject": "hs_task_subject",
    "reason": REASON_PROPERTY,
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Sends batches of one kind."""

    transport: Transport
    settings: HubSpotSettings
    probe: Probe

    def send(self, writes: Sequence[Write]) -> list[Receipt]:
        """Send writes of one kind; each carries a trace id, by which HubSpot reports their outcomes.

        Raises:
            KeyFieldError: tasks cannot be written without the key property.
            MissingPermissionError: our token may not write tasks, or scores.
            ConnectorError: nothing was sent, or the CRM refused the call before doing anything.
        """
        if not writes:
            return []
        self._check_allowed(writes[0].kind)
        receipts = {receipt.effect_id: receipt for receipt in self._send(writes[0].kind, writes)}
        return [receipts[write.effect_id] for write in writes]

    def _check_allowed(self, kind: WriteKind) -> None:
        can = self.probe.capabilities
        if kind is WriteKind.WRITE_SCORE:
            if not can.can_write_scores:
                raise MissingPermissionError(self._why("score") or "no score fields are mapped, so none can be written")
        elif not can.can_write_tasks:
            raise KeyFieldError(self._why(KEY_PROPERTY))

    def _why(self, word: str) -> str:
        return next((line for line in self.probe.capabilities.problems if word in line), "")

    def _send(self, kind: WriteKind, writes: Sequence[Write]) -> Iterator[Receipt]:
        """Send one batch. One that is refused as a whole wrote nothing: its halves are sent, down to the culprit."""
        api = self.transport.api
        is_score, is_new = kind is WriteKind.WRITE_SCORE, kind is WriteKind.CREATE_TASK
        path = api.batch("deals" if is_score else "tasks", "create" if is_new else "update")
        try:
            answer = self.transport.write(path, {"inputs": [self._input(write) for write in writes]})
        except OutcomeUnknownError as error:
            code = UNCONFIRMED if isinstance(error, UnconfirmedError) else None
            yield from (_receipt(write, Outcome.UNKNOWN, code, str(error)) for write in writes)
        except LockedError as error:
            # Whoever holds a key's lock may be our own earlier request, still on its way to be done.
            outcome = Outcome.UNKNOWN if is_new else Outcome.NOT_SENT
            yield from (_receipt(write, outcome, "LOCKED", str(error)) for write in writes)
        except RefusedError as error:
            # Halving costs a few calls, and only where a portal ignores trace ids.
            if len(writes) == 1:
                yield _refused(writes[0], error.refusal)
                return
            half = len(writes) // 2
            yield from self._send(kind, writes[:half])
            yield from self._send(kind, writes[half:])
        else:
            yield from _outcomes(writes, answer)

    def _input(self, write: Write) -> dict[str, Any]:
        # Without trace ids one bad record makes HubSpot refuse the whole batch.
        item: dict[str, Any] = {"objectWriteTraceId": write.effect_id}
        if write.kind is WriteKind.WRITE_SCORE:
            return item | {"id": write.remote_id, "properties": self._score(write)}
        item["properties"] = self._task(write)
        if write.kind is WriteKind.CREATE_TASK and write.values["deal_id"] is not None:
            # The association goes with the create: made in a second call it could be lost between the two.
            types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TASK_TO_DEAL}]
            return item | {"associations": [{"to": {"id": write.values["deal_id"]}, "types": types}]}
        return item if write.kind is WriteKind.CREATE_TASK else item | {"id": write.remote_id}

    def _score(self, write: Write) -> dict[str, str]:
        """Return the score's properties; empty text blanks one."""
        assert self.settings.mapping.scores is not None
        names = self.settings.mapping.scores.fields()
        return {names[column]: "" if value is None else str(value) for column, value in write.values.items()}

    def _task(self, write: Write) -> dict[str, str]:
        values, known = write.values, self.probe.objects["tasks"]
        fields = {
            name: str(values[column])
            for column, name in _TASK.items()
            if values.get(column) is not None and (name in known or not name.startswith("dealwarden_"))
        }
        if "body" in values:
            fields["hs_task_body"] = as_html(values["body"][:_LONGEST_BODY])
        if "priority" in values:
            fields["hs_task_priority"] = _PRIORITIES[values["priority"]]
        if "due" in values:
            fields["hs_timestamp"] = due_at(values["due"], self.probe.zone)
        if write.kind is WriteKind.CREATE_TASK:
            fields |= {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
        if write.kind is WriteKind.REOPEN_TASK:
            fields["hs_task_status"] = "NOT_STARTED"
        if write.kind is WriteKind.CLOSE_TASK:
            fields["hs_task_status"] = self.settings.status_close
        return fields


def due_at(day: str, zone: ZoneInfo) -> str:
    """Return the moment of a due day: nine in the morning, so that the day is the same for people some zones away."""
    return milliseconds(datetime.combine(date.fromisoformat(day), _DUE_AT, zone))


def _outcomes(writes: Sequence[Write], answer: Any) -> Iterator[Receipt]:
    """Tie results and errors to their writes: by trace id, else by key or record id.

    A write that the answer does not mention may or may not have been done.
    """
    results = answer.get("results") if isinstance(answer, dict) else None
    results = results if isinstance(results, list) else []
    done = {name: str(result["id"]) for result in results for name in _names(result)}
    errors = answer.get("errors") or () if isinstance(answer, dict) else ()
    failed = {name: error for error in errors for name in _blamed(error)}
    for write in writes:
        names = (write.effect_id, write.values.get("key"), write.remote_id)
        record = next((done[name] for name in names if name in done), None)
        error = next((failed[name] for name in names if name in failed), None)
        if record is not None:
            yield Receipt(write.effect_id, Outcome.DONE, record)
        elif error is not None:
            yield _refused(write, Refusal.of_error(400, error))
        else:
            yield _receipt(
                write, Outcome.UNKNOWN, UNCONFIRMED, "HubSpot's answer to the batch does not mention this record"
            )


def _names(result: Mapping[str, Any]) -> Iterator[str]:
    yield str(result["id"])
    if trace := result.get("objectWriteTraceId"):
        yield str(trace)
    if key := (result.get("properties") or {}).get(KEY_PROPERTY):
        yield str(key)


def _blamed(error: Mapping[str, Any]) -> Iterator[str]:
    context = error.get("context") or {}
    for name in ("objectWriteTraceId", "ids"):
        yield from (str(name) for name in context.get(name) or ())


def _refused(write: Write, refusal: Refusal) -> Receipt:
    duplicate = refusal.is_duplicate and write.kind is WriteKind.CREATE_TASK
    outcome = Outcome.DUPLICATE if duplicate else Outcome.REJECTED
    return _receipt(write, outcome, refusal.category, refusal.reason[:300])


def _receipt(write: Write, outcome: Outcome, code: str | None = None, message: str | None = None) -> Receipt:
    return Receipt(write.effect_id, outcome, write.remote_id, code, message)
