"""Programs of others that speak to Salesforce, against the simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.serve import Sandbox
from tests.outside.conftest import CLIENTS, Environment, records, selected

pytestmark = pytest.mark.outside

STREAMS = ("Opportunity", "Account", "Contact", "OpportunityContactRole", "Task", "Event", "User")


def live(box: Sandbox, name: str) -> int:
    return sum(1 for row in box.org.table(name) if not (row.get("IsDeleted") or row.get("IsArchived")))


def test_simple_salesforce_logs_in_over_soap_and_makes_its_calls(
    box: Sandbox, environment: Callable[[str], Environment]
) -> None:
    tasks = live(box, "Task")
    client = environment("simple-salesforce==1.12.10")
    user = (box.salesforce_url, box.org.username, box.app.user_password, box.config_path.parent / "ca.pem")
    ended = client.run(CLIENTS / "simple_salesforce_calls.py", *map(str, user))
    print(ended.returncode, ended.stdout)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["tasks"] == {"total": tasks, "read": tasks, "pages": tasks // 2000 + 1}
    for name in ("Opportunity", "Contact", "Account", "OpportunityContactRole", "User"):
        assert seen[name] == live(box, name)
    assert seen["upserts"] == [201, 200]
    assert (seen["wrong password"], seen["gone"]) == ("INVALID_LOGIN", 404)


def test_tap_salesforce_discovers_and_reads_every_row(
    box: Sandbox, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    client = environment("tap-salesforce==2.8.1")
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "refresh_token": box.app.refresh_token,
                "client_id": box.app.client_id,
                "client_secret": box.app.client_secret,
                "start_date": "1970-01-01T00:00:00Z",
                "api_type": "REST",
                "select_fields_by_default": "true",
            }
        )
    )
    tap = (CLIENTS / "redirected.py", "https://login.salesforce.com", str(box.salesforce_url), "tap_salesforce:main")
    trusted = {"REQUESTS_CA_BUNDLE": str(box.config_path.parent / "ca.pem")}
    found = client.run(*tap, "--config", config, "--discover", **trusted)
    assert found.returncode == 0, found.stderr[-3000:]
    catalog = tmp_path / "catalog.json"
    catalog.write_text(json.dumps(selected(found.stdout, set(STREAMS))))
    ended = client.run(*tap, "--config", config, "--properties", catalog, **trusted)
    seen = records(ended.stdout)
    print(ended.returncode, dict(seen))
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert seen == {name: len(box.org.table(name)) for name in STREAMS}
