"""The keys that make one task per deal, family and episode one task, in the CRM's own unique index."""

from __future__ import annotations

import hashlib
import re
from typing import Final

DIGEST: Final = "digest"
"""Takes the place of a family in the key of a week's digest."""

DIGEST_TODAY: Final = "digest-today"
"""The same for the digest of a day, which managers get of critical findings."""

DIGESTS: Final = frozenset({DIGEST, DIGEST_TODAY})
"""Such tasks belong to a person and to no deal."""

_KEY = re.compile(r"^dw:([0-9a-f]{20})-([1-9][0-9]*)$")


def stem(deal_id: str, family: str) -> str:
    """Return the part of a key that all episodes of one (deal, family) share."""
    digest = hashlib.sha256(f"{deal_id}\n{family}".encode()).hexdigest()
    return f"dw:{digest[:20]}"


def task_key(deal_id: str, family: str, episode: int) -> str:
    """Return the key of one episode; *episode* counts from 1, *deal_id* is the CRM's long form."""
    return f"{stem(deal_id, family)}-{episode}"


def split(key: str) -> tuple[str, int] | None:
    """Return (stem, episode) of a key, or None for anything else."""
    match = _KEY.match(key)
    return (f"dw:{match[1]}", int(match[2])) if match else None
