"""Programs of others that speak to HubSpot, against the simulated one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.serve import Sandbox
from tests.outside.conftest import CLIENTS, Environment, records, selected

pytestmark = pytest.mark.outside

HOST = "https://api.hubapi.com"


def live(box: Sandbox, kind: str) -> int:
    return sum(1 for row in box.portal.table(kind) if not row["archived"])


def tap(
    box: Sandbox, client: Environment, entry: str, streams: set[str], config: Path, given: dict[str, object]
) -> dict[str, int]:
    """Discover and read *streams* with a Singer program; it gives the records that it wrote."""
    config.write_text(json.dumps(given))
    program = (CLIENTS / "redirected.py", HOST, str(box.hubspot_url), entry, "--config", config)
    found = client.run(*program, "--discover", ONLY_STREAMS=",".join(streams))
    assert found.returncode == 0, found.stderr[-3000:]
    catalog = config.with_name("catalog.json")
    catalog.write_text(json.dumps(selected(found.stdout, streams)))
    ended = client.run(
        *program, "--catalog" if "Tap" in entry else "--properties", catalog, ONLY_STREAMS=",".join(streams)
    )
    print(ended.returncode, dict(records(ended.stdout)))
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(records(ended.stdout))


def test_hubspots_own_client_makes_typed_calls_of_every_area(
    box: Sandbox, environment: Callable[[str], Environment]
) -> None:
    kinds = ("deals", "contacts", "companies", "tasks", "notes", "meetings", "calls", "emails")
    before = {kind: live(box, kind) for kind in kinds}
    client = environment("hubspot-api-client==12.0.0")
    ended = client.run(CLIENTS / "hubspot_calls.py", str(box.hubspot_url), box.hubspot_app.service_key)
    print(ended.returncode, ended.stdout)
    assert ended.returncode == 0, ended.stderr[-3000:]
    seen = json.loads(ended.stdout)
    assert {kind: seen[kind] for kind in kinds} == before
    assert seen["batch"] == [2, 1, 1, 2]
    assert (seen["associated"], seen["labels"]) == (1, 2)
    assert seen["none left"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_tap_hubspot_reads_contacts_and_owners(
    box: Sandbox, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    given = {"api_key": box.hubspot_app.service_key, "start_date": "1970-01-01T00:00:00Z"}
    client = environment("tap-hubspot==4.5.0")
    seen = tap(box, client, "tap_hubspot:main", {"contacts", "owners"}, tmp_path / "config.json", given)
    assert seen["contacts"] == live(box, "contacts")
    assert seen["owners"] > 1


def test_meltanos_tap_reads_deals_contacts_and_companies(
    box: Sandbox, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    given = {"access_token": box.hubspot_app.service_key, "start_date": "1970-01-01T00:00:00Z"}
    client = environment("meltano-tap-hubspot==0.10.1")
    streams = {"deals", "contacts", "companies", "meetings", "calls", "emails", "tasks", "owners"}
    seen = tap(box, client, "tap_hubspot.tap:TapHubspot.cli", streams, tmp_path / "config.json", given)
    for kind in ("deals", "contacts", "companies", "meetings", "calls"):
        assert seen[kind] == live(box, kind)
