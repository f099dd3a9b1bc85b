from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.serve import Options, Sandbox

ROOT = "/services/data/v64.0"


def direct() -> requests.Session:
    """A session that ignores proxies and authorities of the environment."""
    session = requests.Session()
    session.trust_env = False
    return session


class Caller:
    """A logged-in client of a running sandbox, and its hand on the control port."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = direct()
        self.http.verify = str(sandbox.config_path.parent / "ca.pem")
        self.login()

    def login(self) -> str:
        app = self.sandbox.app
        form = {"grant_type": "client_credentials", "client_id": app.client_id, "client_secret": app.client_secret}
        reply = self.http.post(f"{self.sandbox.salesforce_url}/services/oauth2/token", data=form, timeout=10)
        self.http.headers["Authorization"] = "Bearer " + reply.json()["access_token"]
        return reply.json()["access_token"]

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        url = path if path.startswith("/services") else ROOT + path
        return self.http.request(method, f"{self.sandbox.salesforce_url}{url}", timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any, **kwargs: Any) -> requests.Response:
        return self.call("POST", path, json=body, **kwargs)

    def patch(self, path: str, body: Any, **kwargs: Any) -> requests.Response:
        return self.call("PATCH", path, json=body, **kwargs)

    def query(self, soql: str, **kwargs: Any) -> dict[str, Any]:
        reply = self.get("/query", params={"q": soql}, **kwargs)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def control(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        verb = method or ("GET" if body is None else "POST")
        reply = self.http.request(verb, f"{self.sandbox.control_url}/_sandbox/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def fault(self, kind: str, *, match: str = "*", nth: int = 1) -> None:
        self.control("faults", [{"match": match, "nth": nth, "kind": kind}])

    def fired(self) -> list[bool]:
        return [fault["fired"] for fault in self.control("faults")]

    def deal(self) -> str:
        return self.query("SELECT Id FROM Opportunity WHERE IsClosed = false ORDER BY Id LIMIT 1")["records"][0]["Id"]


def start(folder: Path, **options: Any) -> Sandbox:
    return Sandbox(Options(**({"deals": 5, "config_out": folder / "config.toml"} | options)))


@pytest.fixture
def http() -> Iterator[requests.Session]:
    """A session for a sandbox that a test starts itself."""
    with direct() as session:
        yield session


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    """A caller of a sandbox of its own, for tests that change something."""
    with start(tmp_path) as sandbox:
        client = Caller(sandbox)
        yield client
        client.http.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A caller of a sandbox that a module shares, for tests that only read."""
    with start(tmp_path_factory.mktemp("sandbox")) as sandbox:
        client = Caller(sandbox)
        yield client
        client.http.close()
