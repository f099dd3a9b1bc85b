"""Credentials in addresses: refused wherever they are written, and never repeated in a message."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_PAIR: Final = re.compile(r"(?:(?<=://)|\b)[^\s:/?#@\"']*:(?!//)[^\s\"']*@")
"""A user and a password before an @; a password may hold any character, so the last @ counts."""

_IN_QUERY: Final = re.compile(
    r"([?&][^=&\s\"']*(?:token|secret|passw|pwd|key|sig|auth)[^=&\s\"']*=)[^&\s\"']+", re.IGNORECASE
)

REFUSED: Final = "found an address with credentials in it, expected none: name them by their own keys, as references"


def masked(text: str) -> str:
    """Return *text* with three dots in place of every user and password, and of secrets in a query."""
    return _IN_QUERY.sub(r"\1...", _PAIR.sub("...@", text))


def has_credentials(url: str) -> bool:
    """Whether an address holds a user, with or without a password, or what looks like a secret in its query."""
    return "@" in url or masked(url) != url


def shown_url(url: str) -> str:
    """Return what may be repeated of a wrong address: its scheme and host, with dots for the rest."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "..."
    if not parts.scheme or not host:
        return masked(url)
    rest = url.partition("://")[2].rpartition("@")[2].removeprefix(host)
    return f"{parts.scheme}://{host}{'/...' if rest.strip('/') else rest}"
