"""What is peculiar to Salesforce records: fields of a parent, and rows that are deleted and still shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.columns import Record


def at_path(record: Record, path: str) -> Any:
    """Return the value at ``Field__c`` or ``Parent.Field__c``; an empty parent has none."""
    value: Any = record
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def split_deleted(records: Sequence[Record]) -> tuple[list[Record], tuple[str, ...]]:
    """Part the rows that are there from the ids of those that the CRM says are deleted."""
    # queryAll includes rows in the recycle bin, and losers of a merge, as deleted.
    living = [record for record in records if record.get("IsDeleted") is not True]
    return living, tuple(record["Id"] for record in records if record.get("IsDeleted") is True)
