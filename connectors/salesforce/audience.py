"""Whom a JWT is for: Salesforce's login service of production orgs, or that of sandboxes and scratch orgs."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_SERVICES: Final = {"login": "https://login.salesforce.com", "test": "https://test.salesforce.com"}
_TEST_PARTS: Final = frozenset({"sandbox", "scratch"})
_TEST_INSTANCE: Final = re.compile(r"cs\d+|[a-z]{3}\d+s")
"""Instances of sandboxes: cs81 of old, usa1234s on Hyperforce."""


def audience_of(login_url: str, configured: str | None = None) -> str:
    """Return the audience of the JWTs for an org, which is never the org's own host at Salesforce.

    *configured* decides where it is given: ``login``, ``test`` or an address. A sandbox shows itself by a part of its
    host, by two hyphens in its My Domain name, or by its instance; a host that is not Salesforce's is its own audience.
    """
    if configured is not None:
        return _SERVICES.get(configured, configured.rstrip("/"))
    host = urlsplit(login_url).hostname or ""
    if not f".{host}".endswith(".salesforce.com"):
        return login_url
    first, *others = host.removesuffix("salesforce.com").strip(".").split(".")
    # An org may be called sandbox.my.salesforce.com: such words count behind its name alone.
    testing = host == "test.salesforce.com" or "--" in first or _TEST_PARTS.intersection(others)
    instance = any(_TEST_INSTANCE.fullmatch(part) for part in (first, *others))
    return _SERVICES["test" if testing or instance else "login"]
