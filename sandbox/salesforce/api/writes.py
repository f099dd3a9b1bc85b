"""Writes by the integration user: of one row, on which a fault may strike, and of many that stand or fall together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.org.org import Org
from sandbox.server.faults import Strike


def insert_row(org: Org, strike: Strike, sobject: str, values: Mapping[str, Any]) -> str:
    """Create a record as the integration user.

    The fault duplicate_value lets the row in first and then refuses it, as a CRM does whose answer to an earlier
    attempt got lost: a row with that value is really there.
    """
    _refuse(strike)
    record_id = org.insert(sobject, values, by=org.user_id)
    if strike.take("duplicate_value"):
        unique = next((name for name in values if _is_key(org, sobject, name)), "Id")
        raise RowError(
            "DUPLICATE_VALUE", f"duplicate value found: {unique} duplicates value on record with id: {record_id[:15]}"
        )
    return record_id


def update_row(org: Org, strike: Strike, sobject: str, record_id: str, values: Mapping[str, Any]) -> None:
    """Change a record as the integration user."""
    _refuse(strike)
    org.update(sobject, record_id, values, by=org.user_id)


def all_or_nothing(org: Org, work: Callable[[], bool]) -> bool:
    """Do *work* as one transaction, roll all of it back if it returns False, and return what it returned."""
    try:
        with org.lock, org.atomic():
            if not work():
                raise _UndoneError
    except _UndoneError:
        return False
    return True


class _UndoneError(Exception):
    """Leaves a transaction that is to be undone."""


def _refuse(strike: Strike) -> None:
    if strike.take("row_error"):
        raise RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A rule of this org refuses the record.")
    if strike.take("lock_row"):
        raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records")


def _is_key(org: Org, sobject: str, name: str) -> bool:
    field = org.schema.objects[sobject].field(name)
    return field is not None and field.unique
