"""A CRM that replaces refresh tokens when they are used: whoever connects next has the new one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.errors import AuthError
from sync.app.connect import connect
from sync.app.rule_files import load_rules
from sync.config.config import Config, load_config
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World


def log_in_by_refresh_token(world: World, reference: str, token: str) -> Path:
    """Let the connection log in by a refresh token under *reference*, and the CRM rotate it."""
    folder = world.config.parent
    (folder / "refresh_token").write_text(token)
    text = world.config.read_text()
    lines = [line for line in text.splitlines() if not line.startswith(("auth =", "token ="))]
    at = lines.index(f"[connections.{world.crm}]") + 1
    auth = "oauth" if world.crm == "hubspot" else "refresh-token"
    own = [f'auth = "{auth}"', f'refresh_token = "{reference}"']
    if world.crm == "hubspot":
        app = world.box.hubspot_app
        (folder / "client_id").write_text(app.client_id)
        (folder / "client_secret").write_text(app.client_secret)
        own += ['client_id = "file:client_id"', 'client_secret = "file:client_secret"']
    world.config.write_text("\n".join([*lines[:at], *own, *lines[at:]]) + "\n")
    world.quirks(rotate_refresh_tokens=True)
    return folder / "refresh_token"


def opened(config: Config, name: str) -> Connector:
    connector = connect(config, name, load_rules(config)).connector
    connector.open(None)
    return connector


@pytest.fixture(params=["world", "portal"])
def crm(request: pytest.FixtureRequest) -> World | PortalWorld:
    world: World = request.getfixturevalue(request.param)
    return world


def first_token(world: World) -> str:
    return str(world.box.hubspot_app.refresh_token if world.crm == "hubspot" else world.box.app.refresh_token)


def test_process_after_process_and_beside_each_other_keep_access(crm: World) -> None:
    file = log_in_by_refresh_token(crm, "file:refresh_token", first_token(crm))
    config, seen = load_config(crm.config), {file.read_text().strip()}
    connectors = []
    for _ in range(3):
        connectors.append(opened(config, crm.crm))
        seen.add(file.read_text().strip())
    for connector in connectors:
        connector.close()
    assert len(seen) == 4, "each login has replaced the token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(file.parent.glob(".refresh_token.*"))


def test_a_token_in_the_environment_is_refused_with_what_to_do(crm: World, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in_by_refresh_token(crm, "env:ROTATING_TOKEN", first_token(crm))
    monkeypatch.setenv("ROTATING_TOKEN", first_token(crm))
    with pytest.raises(AuthError, match="put it into a file"):
        opened(load_config(crm.config), crm.crm)


def test_a_token_that_does_not_rotate_stays_as_it_is(crm: World) -> None:
    file = log_in_by_refresh_token(crm, "file:refresh_token", first_token(crm))
    crm.quirks(rotate_refresh_tokens=False)
    opened(load_config(crm.config), crm.crm).close()
    assert file.read_text() == first_token(crm)
