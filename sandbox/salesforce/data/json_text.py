"""Describes as they leave: long, the same for every client, and so put into JSON once while they stay the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sandbox.server.json_text import PLAIN, PRETTY, CachedBody, Separators, dump

_latest: dict[tuple[str, str], DescribeBody] = {}


class DescribeBody(CachedBody):
    """A describe, which says by its tag whether it changed."""

    @cached_property
    def etag(self) -> str:
        """An entity tag that changes with the body."""
        return body_etag(self)


def cached_describe(root: str, name: str, body: Mapping[str, Any]) -> DescribeBody:
    """Return *body* with its JSON kept: the body of the last call for this name if it is still the same, in any org."""
    known = _latest.get((root, name))
    if known is None or known != body:
        known = _latest[root, name] = DescribeBody(body)
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
    if isinstance(body, CachedBody):
        return body.pretty if separators is PRETTY else body.plain
    parts = body.get("compositeResponse") if isinstance(body, dict) else None
    if not parts or not any(isinstance(part["body"], CachedBody) for part in parts):
        return dump(body, separators)
    comma, colon = separators
    return f'{{"compositeResponse"{colon}[{comma.join(_part(part, separators) for part in parts)}]}}'


def _part(part: Mapping[str, Any], separators: Separators) -> str:
    comma, colon = separators
    rest = {name: value for name, value in part.items() if name != "body"}
    return f'{{"body"{colon}{_text(part["body"], separators)}{comma}{dump(rest, separators)[1:]}'
