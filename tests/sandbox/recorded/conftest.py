"""A running sandbox with a client that is logged in to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.serve import Options, Sandbox
from tests.sandbox.recorded.client import Client
from tests.sandbox.recorded.recordings import folder


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    if folder() is None:
        pytest.skip("DEALWARDEN_REFERENCE_DATA is not set")
    config = Path(tmp_path_factory.mktemp("sandbox"), "config.toml")
    with Sandbox(Options(deals=120, config_out=config)) as sandbox, requests.Session() as session:
        session.trust_env = False
        session.verify = str(config.parent / "ca.pem")
        grant = {
            "grant_type": "client_credentials",
            "client_id": sandbox.app.client_id,
            "client_secret": sandbox.app.client_secret,
        }
        token = session.post(f"{sandbox.salesforce_url}/services/oauth2/token", data=grant, timeout=30).json()
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        # Recorded clients put `attributes` last and were served, others were refused for it: here it has to pass.
        sandbox.org.quirks["attributes_first"] = False
        yield Client(sandbox, session)
