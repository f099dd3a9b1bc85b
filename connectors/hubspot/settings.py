"""The settings of one HubSpot portal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from connectors.hubspot.api import DEFAULT_VERSION
from connectors.limits import Limits
from connectors.mapping import FieldMap
from connectors.rotating import RotatingSecret

Secret = Callable[[], str]
"""Fetches a secret when it is needed, so that it appears in no configuration and in no traceback."""

BASE_URL: Final = "https://api.hubapi.com"
"""The one host of all regions; HubSpot finds the portal's data centre itself."""

Flow = Literal["service-key", "oauth"]


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """One portal: how it is reached, and what its properties mean.

    *token* is for a service key or a private app's token; *client_id*, *client_secret* and *refresh_token* for OAuth.
    *rotating_token* is *refresh_token* where it can be kept when HubSpot replaces it.
    *base_url* has no closing slash. *quota_share* is our part of the portal's daily calls; *spent_today* what earlier
    processes took of it. *status_close* is the task status that closing sets.
    """

    auth: Flow = "service-key"
    token: Secret | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    rotating_token: RotatingSecret | None = None
    base_url: str = BASE_URL
    api_version: str = DEFAULT_VERSION
    ca_file: Path | None = None
    expect_org: str | None = None
    mapping: FieldMap = field(default_factory=FieldMap)
    status_close: str = "COMPLETED"
    quota_share: float = 0.2
    spent_today: int = 0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    limits: Limits = field(default_factory=Limits)
