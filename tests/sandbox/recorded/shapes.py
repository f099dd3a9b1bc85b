"""Compares two JSON values by shape: keys, kinds of values, error codes; never the data itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

_COMPARED_VALUES = {"errorCode", "statusCode", "success", "created", "done", "httpStatusCode", "error"}


def differences(
    recorded: Any, own: Any, *, ignored: Collection[str] = (), extra: Collection[str] = (), at: str = "$"
) -> Iterator[str]:
    """What `ours` lacks, has too much, or has in another kind; `ignored` and `extra` are keys that may be so.

    Custom fields are each org's own, and lists of different lengths are compared by the keys of all their items.
    """
    if recorded is None or own is None:
        return  # null says nothing of a kind
    if _kind(recorded) != _kind(own):
        yield f"{at}: {_kind(recorded)} recorded, {_kind(own)} served"
    elif isinstance(recorded, dict):
        for key in recorded.keys() - own.keys() - set(ignored):
            if not key.endswith("__c"):
                yield f"{at}.{key}: recorded, not served"
        for key in own.keys() - recorded.keys() - set(extra):
            yield f"{at}.{key}: served, not recorded"
        for key in recorded.keys() & own.keys():
            if key in _COMPARED_VALUES and recorded[key] != own[key]:
                yield f"{at}.{key}: {recorded[key]!r} recorded, {own[key]!r} served"
            yield from differences(recorded[key], own[key], ignored=ignored, extra=extra, at=f"{at}.{key}")
    elif isinstance(recorded, list) and len(recorded) == len(own):
        for place, (recorded_item, own_item) in enumerate(zip(recorded, own, strict=True)):
            yield from differences(recorded_item, own_item, ignored=ignored, extra=extra, at=f"{at}[{place}]")
    elif isinstance(recorded, list) and recorded and own:
        yield from differences(_merged(recorded), _merged(own), ignored=ignored, extra=extra, at=f"{at}[]")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {dict: "object", list: "array", str: "text"}[type(value)]


def _merged(items: list[Any]) -> Any:
    """One item that has every key of all, with the first value that is not null."""
    if not all(isinstance(item, dict) for item in items):
        return items[0]
    merged: dict[str, Any] = {}
    for item in items:
        for key, value in item.items():
            if merged.get(key) is None:
                merged[key] = value
    return merged
