"""A plain HTTP client of a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from sandbox.serve import Sandbox


@dataclass(frozen=True)
class Client:
    """Sends requests with a session that is logged in."""

    sandbox: Sandbox
    session: requests.Session

    def send(self, method: str, path: str, **extra: Any) -> requests.Response:
        """Send one request; `extra` as requests knows it."""
        return self.session.request(method, f"{self.sandbox.salesforce_url}{path}", timeout=30, **extra)

    def ids(self, sobject: str) -> list[str]:
        """The ids of rows that are not deleted."""
        return [str(row["Id"]) for row in self.sandbox.org.table(sobject) if not row.get("IsDeleted")]
