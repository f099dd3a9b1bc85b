"""Describes as they leave: long, the same for every client, and so put into JSON once while they stay the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sandbox.server.spelled import PLAIN, PRETTY, Separators, Spelled, dumped

_latest: dict[tuple[str, str], Described] = {}


class Described(Spelled):
    """A describe, which says by its tag whether it changed."""

    @cached_property
    def etag(self) -> str:
        """An entity tag that changes with the body."""
        return body_etag(self)


def spelled(root: str, name: str, body: Mapping[str, Any]) -> Described:
    """Give *body*, as it was given for this name the last time if it is still the same, in whichever org."""
    known = _latest.get((root, name))
    if known is None or known != body:
        known = _latest[root, name] = Described(body)
    return known


def to_json(body: Any, *, pretty: bool) -> bytes:
    """JSON, pretty if asked: with line breaks and spaces as the real one has, but without its depths of indentation.

    Python indents in pure Python code, many times slower than it writes plain JSON; clients always ask for it.
    """
    return _text(body, PRETTY if pretty else PLAIN).encode("utf-8", "replace")


def body_etag(body: Any) -> str:
    """An entity tag that changes with *body*."""
    digest = hashlib.blake2b(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), digest_size=8)
    return f'"{digest.hexdigest()}"'


def _text(body: Any, separators: Separators) -> str:
    if isinstance(body, Spelled):
        return body.pretty if separators is PRETTY else body.plain
    parts = body.get("compositeResponse") if isinstance(body, dict) else None
    if not parts or not any(isinstance(part["body"], Spelled) for part in parts):
        return dumped(body, separators)
    comma, colon = separators
    return f'{{"compositeResponse"{colon}[{comma.join(_part(part, separators) for part in parts)}]}}'


def _part(part: Mapping[str, Any], separators: Separators) -> str:
    comma, colon = separators
    rest = {name: value for name, value in part.items() if name != "body"}
    return f'{{"body"{colon}{_text(part["body"], separators)}{comma}{dumped(rest, separators)[1:]}'
