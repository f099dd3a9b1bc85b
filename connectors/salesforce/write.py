"""Writes: tasks created carrying their key, tasks and scores changed, up to 200 a call, one receipt each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from connectors.errors import (
    KeyFieldError,
    MissingPermissionError,
    OutcomeUnknownError,
    QuotaSpentError,
    UnconfirmedError,
)
from connectors.model import UNCONFIRMED, Outcome, Receipt, Write, WriteKind
from connectors.salesforce.capabilities import Probe
from connectors.salesforce.objects import KEY_FIELD, REASON_FIELD
from connectors.salesforce.refusals import RefusedError
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.transport import Transport

BATCH: Final = 200
"""How many records one call carries."""

_TASK_FIELDS: Final[Mapping[str, str]] = {
    "key": KEY_FIELD,
    "deal_id": "WhatId",
    "owner_id": "OwnerId",
    "subject": "Subject",
    "body": "Description",
    "due": "ActivityDate",
    "reason": REASON_FIELD,
}
_PRIORITIES: Final[Mapping[str, str]] = {"high": "High", "normal": "Normal"}
_LONGEST: Final[Mapping[str, int]] = {"Subject": 255, "Description": 32_000, REASON_FIELD: 255}
_LOCKED: Final = "UNABLE_TO_LOCK_ROW"


class StatusOf(Protocol):
    """Returns the status that closes or opens a task."""

    def __call__(self, *, is_closed: bool) -> str:
        """Return the status of closed tasks, or of open ones."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Sends batches of one kind; *status_of* asks the org for the status of a closed or an open task."""

    transport: Transport
    settings: SalesforceSettings
    probe: Probe
    status_of: StatusOf

    def send(self, writes: Sequence[Write]) -> list[Receipt]:
        """Send writes of one kind in one call; rows that were locked are tried once more.

        Raises:
            KeyFieldError: tasks cannot be written without the unique key field.
            MissingPermissionError: our user may not write tasks, or scores.
            ConnectorError: nothing was sent, or the CRM refused the call before doing anything.
        """
        if not writes:
            return []
        kind = writes[0].kind
        self._check_allowed(kind)
        records = [self._record(write) for write in writes]
        receipts = self._call(kind, writes, records)
        # Another transaction held the parent: the row was not written, so sending it again is safe.
        locked = [at for at, receipt in enumerate(receipts) if receipt.code == _LOCKED]
        if locked:
            again = self._try_locked_again(kind, [writes[at] for at in locked], [records[at] for at in locked])
            for at, receipt in zip(locked, again, strict=True):
                receipts[at] = receipt
        return receipts

    def _check_allowed(self, kind: WriteKind) -> None:
        can = self.probe.capabilities
        if kind is WriteKind.WRITE_SCORE:
            if not can.can_write_scores:
                raise MissingPermissionError(self._why("score") or "no score fields are mapped, so none can be written")
        elif not can.key_usable:
            raise KeyFieldError(self._why(KEY_FIELD))
        elif not can.can_write_tasks:
            raise MissingPermissionError("our Salesforce user may not create and edit tasks; grant it Edit Tasks")

    def _why(self, word: str) -> str:
        return next((line for line in self.probe.capabilities.problems if word in line), "")

    def _call(self, kind: WriteKind, writes: Sequence[Write], records: Sequence[dict[str, Any]]) -> list[Receipt]:
        method: Any = "POST" if kind is WriteKind.CREATE_TASK else "PATCH"
        try:
            answer = self.transport.write(method, "composite/sobjects", {"allOrNone": False, "records": list(records)})
        except OutcomeUnknownError as error:
            code = UNCONFIRMED if isinstance(error, UnconfirmedError) else None
            return [Receipt(write.effect_id, Outcome.UNKNOWN, write.remote_id, code, str(error)) for write in writes]
        except RefusedError as error:
            return [_rejected(write, error.code, error.reason or str(error)) for write in writes]
        if not isinstance(answer, list) or len(answer) != len(writes):
            text = "Salesforce answered a batch with another number of results than records"
            return [Receipt(write.effect_id, Outcome.UNKNOWN, write.remote_id, UNCONFIRMED, text) for write in writes]
        return [_receipt(write, result) for write, result in zip(writes, answer, strict=True)]

    def _try_locked_again(
        self, kind: WriteKind, writes: Sequence[Write], records: Sequence[dict[str, Any]]
    ) -> list[Receipt]:
        """Send locked rows once more; those still locked were not written, and wait for the next cycle."""
        try:
            receipts = self._call(kind, writes, records)
        except QuotaSpentError as error:
            return [
                Receipt(write.effect_id, Outcome.NOT_SENT, write.remote_id, _LOCKED, str(error)) for write in writes
            ]
        return [
            Receipt(receipt.effect_id, Outcome.NOT_SENT, receipt.remote_id, receipt.code, receipt.message)
            if receipt.code == _LOCKED
            else receipt
            for receipt in receipts
        ]

    def _record(self, write: Write) -> dict[str, Any]:
        """Build the wire record; Salesforce wants the attributes first."""
        is_score = write.kind is WriteKind.WRITE_SCORE
        record: dict[str, Any] = {"attributes": {"type": "Opportunity" if is_score else "Task"}}
        if write.remote_id is not None:
            record["id"] = write.remote_id
        if is_score:
            assert self.settings.mapping.scores is not None
            names = self.settings.mapping.scores.fields()
            return record | {names[column]: value for column, value in write.values.items()}
        visible = self.probe.objects["Task"].fields
        for column, name in _TASK_FIELDS.items():
            if column in write.values and name in visible:
                record[name] = _cut(name, write.values[column])
        if "priority" in write.values:
            record["Priority"] = _PRIORITIES[write.values["priority"]]
        if write.kind is WriteKind.CLOSE_TASK:
            record["Status"] = self.status_of(is_closed=True)
        if write.kind is WriteKind.REOPEN_TASK:
            record["Status"] = self.status_of(is_closed=False)
        return record


def _cut(name: str, value: Any) -> Any:
    return value[: _LONGEST[name]] if name in _LONGEST and isinstance(value, str) else value


def _receipt(write: Write, result: Any) -> Receipt:
    if not isinstance(result, dict):
        return Receipt(write.effect_id, Outcome.UNKNOWN, write.remote_id, UNCONFIRMED, "the result is no object")
    if result.get("success") is True:
        return Receipt(write.effect_id, Outcome.DONE, result.get("id") or write.remote_id)
    errors = result.get("errors") or [{}]
    # Collections name the code statusCode where single records name it errorCode.
    code, message = errors[0].get("statusCode"), str(errors[0].get("message") or "")
    if code == "DUPLICATE_VALUE" and write.kind is WriteKind.CREATE_TASK:
        return Receipt(write.effect_id, Outcome.DUPLICATE, None, code, message)
    # Automation of the org wraps a lock in its own error and keeps the code in the message.
    return _rejected(write, _LOCKED if _LOCKED in message else code, message)


def _rejected(write: Write, code: str | None, message: str) -> Receipt:
    return Receipt(write.effect_id, Outcome.REJECTED, write.remote_id, code, message)
