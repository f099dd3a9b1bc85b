"""The settings of one Salesforce org."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from connectors.limits import Limits
from connectors.mapping import FieldMap
from connectors.rotating import RotatingSecret

Secret = Callable[[], str]
"""Fetches a secret when it is needed, so that it appears in no configuration and in no traceback."""

API_VERSION: Final = "64.0"
"""The version that is spoken unless the configuration names another; 60.0 is the oldest that has all we use."""

Flow = Literal["client-credentials", "jwt", "refresh-token"]


@dataclass(frozen=True, slots=True)
class TaskFields:
    """How this org wants our tasks: *status_close* closes one; None means the org's first closed status."""

    status_close: str | None = None


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """One org: how it is reached, and what its fields mean.

    *login_url* has no closing slash. With *ca_file* that CA alone is trusted, and proxies and CA variables of the
    environment are ignored. *quota_share* is our part of the org's daily calls; *spent_today* what earlier processes
    took of it. *rotating_token* is *refresh_token* where it can be kept when the org replaces it. *audience* is that of
    a JWT where the address does not tell it. *page_size* asks for pages of 200 to 2,000 rows; the CRM may send fewer.
    """

    login_url: str
    client_id: Secret
    auth: Flow = "client-credentials"
    client_secret: Secret | None = None
    username: str | None = None
    private_key: Secret | None = None
    audience: str | None = None
    refresh_token: Secret | None = None
    rotating_token: RotatingSecret | None = None
    api_version: str = API_VERSION
    ca_file: Path | None = None
    expect_org: str | None = None
    mapping: FieldMap = field(default_factory=FieldMap)
    tasks: TaskFields = field(default_factory=TaskFields)
    quota_share: float = 0.2
    spent_today: int = 0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 130.0
    page_size: int = 2000
    limits: Limits = field(default_factory=Limits)
