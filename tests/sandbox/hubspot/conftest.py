from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hubspot import HubSpot as Client

from sandbox.hubspot.api.control import HubSpotSubject
from sandbox.hubspot.api.service import HubSpot
from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.portal import Portal
from sandbox.server.clock import Clock
from sandbox.server.control import Control
from sandbox.server.gateway import Gateway
from sandbox.server.http import LoopbackServer

START = datetime(2026, 6, 15, 9, tzinfo=UTC)
KEY = Property("dealwarden_key", "Key", group="task_information", unique=True, standard=False)


class Caller:
    """A small portal that is served over HTTP, a client with its service key, and a hand on the control port."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.portal = Portal(now=self.clock.now)
        self.portal.schema.install("tasks", KEY)
        self.server, self._control = LoopbackServer(0), LoopbackServer(0)
        self.service = HubSpot(self.portal, url=self.server.url, now=self.clock.now)
        gateway = Gateway(self.service, self.clock)
        self.server.start(gateway.handle)
        self._control.start(Control(self.clock, {"hubspot": HubSpotSubject(self.portal, gateway)}).handle)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {self.service.app.service_key}"

    def close(self) -> None:
        self.http.close()
        self.server.stop()
        self._control.stop()
        self.portal.close()

    @property
    def client(self) -> Client:
        """HubSpot's own client, as its users make it."""
        return Client(access_token=self.service.app.service_key, host=self.server.url)

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return self.http.request(method, f"{self.server.url}{path}", timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any, **kwargs: Any) -> requests.Response:
        return self.call("POST", path, json=body, **kwargs)

    def search(self, kind: str, **body: Any) -> requests.Response:
        return self.post(f"/crm/v3/objects/{kind}/search", body)

    def control(self, path: str, body: Any = None) -> Any:
        url = f"{self._control.url}/_sandbox/{path}"
        reply = self.http.request(
            "GET" if body is None else "POST", url, params={"crm": "hubspot"}, json=body, timeout=10
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def fault(self, kind: str, match: str = "*", nth: int = 1) -> None:
        self.control("faults", [{"match": match, "nth": nth, "kind": kind}])

    def fired(self) -> list[bool]:
        return [fault["fired"] for fault in self.control("faults")]

    def deal(self, name: str = "Deal", **properties: str) -> str:
        given = {"dealname": name, "dealstage": "qualifiedtobuy", **properties}
        return str(self.portal.create("deals", given, by=self.portal.admin_id)["id"])

    def contact(self, email: str = "ann@example.com") -> str:
        return str(self.portal.create("contacts", {"email": email}, by=self.portal.admin_id)["id"])

    def tasks(self) -> list[dict[str, Any]]:
        return list(self.control("tables/tasks"))


def new_task(subject: str = "Call", **extra: Any) -> dict[str, Any]:
    """One input of a batch create."""
    properties = {"hs_task_subject": subject, "hs_timestamp": "2026-06-20T09:00:00Z"} | extra.pop("properties", {})
    return {"properties": properties, **extra}


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()
