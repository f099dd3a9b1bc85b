"""The CRM's own history of a deal as changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connectors.columns import Record, Rows, day, frame, moment, number, text
from connectors.salesforce.columns import at_path

_Change = tuple[str, str, str, str | None, str | None, datetime | None]
_COLUMNS: Final = ("change_id", "deal_id", "field", "old", "new", "at")
OWNER_FIELD: Final = "Owner"
"""How field history names the owner, which is OwnerId everywhere else."""

_USER_PREFIX: Final = "005"


def history_rows(records: Sequence[Record]) -> Rows:
    """Convert OpportunityHistory records, which carry the whole state after each change.

    What came before is in the record itself, or in the deal's record before it on this page; a stage whose predecessor
    is not at hand counts as a change only where the deal says that it changed stage at that moment.
    """
    before: dict[str, Record] = {}
    changes: list[_Change] = []
    for record in sorted(records, key=lambda row: (str(row.get("CreatedDate")), str(row["Id"]))):
        deal = str(record.get("OpportunityId"))
        changes.extend(_changes(record, before.get(deal)))
        before[deal] = record
    return _rows(changes)


def _changes(record: Record, previous: Record | None) -> Iterator[_Change]:
    for column, name, prior in (("close_date", "CloseDate", "PrevCloseDate"), ("amount", "Amount", "PrevAmount")):
        # PrevAmount and PrevCloseDate exist from API 50 on, and only on rows written since then.
        old = record.get(prior) if record.get(prior) is not None else (previous or {}).get(name)
        # Compared as stated: a date of year 1 that was corrected is no push.
        stated = _STATED[column]
        if stated(old) is not None and stated(old) != stated(record.get(name)):
            yield _change(record, column, old, record.get(name))
    if previous is not None:
        if previous.get("StageName") != record.get("StageName"):
            yield _change(record, "stage", previous.get("StageName"), record.get("StageName"))
    elif _is_latest_stage_change(record):
        yield _change(record, "stage", None, record.get("StageName"))


def _is_latest_stage_change(record: Record) -> bool:
    at, created = moment(record.get("CreatedDate")), moment(at_path(record, "Opportunity.CreatedDate"))
    return at is not None and at != created and at == moment(at_path(record, "Opportunity.LastStageChangeDate"))


def field_history_rows(records: Sequence[Record], elements: Mapping[str, str]) -> Rows:
    """Convert OpportunityFieldHistory records of owner and element fields; *elements* maps a field to its element.

    A lookup is recorded twice, by name and by id: the ids count.
    """
    changes: list[_Change] = []
    for record in records:
        name = str(record.get("Field"))
        if name == OWNER_FIELD and str(record.get("NewValue")).startswith(_USER_PREFIX):
            changes.append(_change(record, "owner", record.get("OldValue"), record.get("NewValue")))
        elif name in elements:
            changes.append(_change(record, elements[name], record.get("OldValue"), record.get("NewValue")))
    return _rows(changes)


def _change(record: Record, column: str, old: Any, new: Any) -> _Change:
    deal, stated = str(record.get("OpportunityId")), _STATED.get(column, text)
    return f"{record['Id']}:{column}", deal, column, stated(old), stated(new), moment(record.get("CreatedDate"))


def _stated_day(value: Any) -> str | None:
    """Return a former close date as the deal's own column has it; None for a year that no deal knows."""
    on = day(value)
    return on.isoformat() if on else None


def _stated_amount(value: Any) -> str | None:
    return None if number(value) is None else text(value)


_STATED: Final[Mapping[str, Callable[[Any], str | None]]] = {"close_date": _stated_day, "amount": _stated_amount}
"""History keeps every odd value that the deal ever had, long after somebody corrected it."""


def _rows(changes: Sequence[_Change]) -> Rows:
    dated = [change for change in changes if change[-1] is not None]
    values = {name: [change[at] for change in dated] for at, name in enumerate(_COLUMNS)}
    return Rows({"changes": frame("changes", values, len(dated))})
