from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.serve import Options, Sandbox


def control(sandbox: Sandbox, path: str, crm: str = "hubspot") -> Any:
    return requests.get(f"{sandbox.control_url}/_sandbox/{path}", params={"crm": crm}, timeout=10).json()


def deals(sandbox: Sandbox) -> requests.Response:
    token = (sandbox.config_path.parent / "hubspot_token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{sandbox.hubspot_url}/crm/objects/2026-09/deals?limit=100", headers=headers, timeout=10)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = tmp_path_factory.mktemp("both") / "config.toml"
    with Sandbox(Options(crm="both", deals=20, config_out=config)) as sandbox:
        yield sandbox


def test_both_crms_answer_with_one_ready_line(both: Sandbox) -> None:
    line = both.ready_line()
    assert line["salesforce"].startswith("https://127.0.0.1:")
    assert line["hubspot"].startswith("http://127.0.0.1:")


def test_both_crms_hold_the_same_pipeline(both: Sandbox) -> None:
    names = {row["Name"] for row in control(both, "tables/Opportunity", "salesforce")}
    assert {row["properties"]["dealname"] for row in control(both, "tables/deals")} == names


def test_both_crms_go_by_one_clock(both: Sandbox) -> None:
    both.clock.advance(86_400)
    dates = [deals(both).headers["Date"][:16]]
    reply = requests.get(
        f"{both.salesforce_url}/services/data", verify=str(both.config_path.parent / "ca.pem"), timeout=10
    )
    assert [*dates, reply.headers["Date"][:16]] == ["Tue, 16 Jun 2026"] * 2


def test_the_written_connection_leads_to_the_portal(both: Sandbox) -> None:
    config = tomllib.loads(both.config_path.read_text())["connections"]
    assert list(config) == ["salesforce", "hubspot"]
    connection = config["hubspot"]
    assert (connection["base_url"], connection["expect_org"]) == (both.hubspot_url, both.portal.portal_id)
    assert (connection["type"], connection["mode"], connection["auth"]) == ("hubspot", "enforce", "service-key")
    secret = both.config_path.parent / connection["token"].removeprefix("file:")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert deals(both).status_code == 200


def test_every_open_stage_has_its_phase_by_id(both: Sandbox) -> None:
    phases = tomllib.loads(both.config_path.read_text())["connections"]["hubspot"]["phases"]["default"]
    (pipeline,) = both.portal.schema.pipelines.values()
    assert list(phases) == [stage.id for stage in pipeline.stages if not stage.is_closed]
    assert list(phases.values())[:2] == ["discovery", "qualification"]


def test_elements_and_scores_are_properties_of_the_portal(both: Sandbox) -> None:
    connection = tomllib.loads(both.config_path.read_text())["connections"]["hubspot"]
    known = both.portal.schema.all("deals")
    assert len(connection["elements"]) == 8
    named = [name for mapping in connection["elements"].values() for kind, name in mapping.items() if kind != "role"]
    assert set(named) | set(connection["scores"].values()) <= known.keys()


def test_calls_and_tables_are_told_by_crm(both: Sandbox) -> None:
    deals(both)
    assert control(both, "calls")["by_kind"]["read"] >= 1
    assert control(both, "calls", "salesforce")["by_kind"]["read"] == 0


def test_hubspot_alone_writes_no_other_connection(tmp_path: Path) -> None:
    with Sandbox(Options(crm="hubspot", deals=2, config_out=tmp_path / "config.toml")) as sandbox:
        assert sandbox.ready_line()["salesforce"] is None
        assert list(tomllib.loads((tmp_path / "config.toml").read_text())["connections"]) == ["hubspot"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "hubspot_token"]


def test_a_bare_portal_lacks_the_products_properties(tmp_path: Path) -> None:
    with Sandbox(Options(crm="hubspot", deals=2, bare=True, config_out=tmp_path / "config.toml")) as sandbox:
        assert "dealwarden_key" not in sandbox.portal.schema.all("tasks")


def test_a_state_file_keeps_the_portal_over_a_restart(tmp_path: Path) -> None:
    options = Options(crm="hubspot", deals=2, state=tmp_path / "portal.db", config_out=tmp_path / "config.toml")
    with Sandbox(options) as sandbox:
        count = len(sandbox.portal.table("deals"))
        sandbox.clock.advance(86_400)
        made = sandbox.portal.create("tasks", {"hs_task_subject": "Kept", "hs_timestamp": "2026-06-20T09:00:00Z"})
        last = sandbox.clock.now()
    with Sandbox(options) as again:
        kept = again.portal.get("tasks", made["id"], properties=["hs_task_subject"])
        assert (kept or {})["properties"]["hs_task_subject"] == "Kept"
        assert len(again.portal.table("deals")) == count
        assert (last - again.clock.now()).total_seconds() < 60


def test_both_states_lie_side_by_side(tmp_path: Path) -> None:
    options = Options(crm="both", deals=1, state=tmp_path / "org.db", config_out=tmp_path / "config.toml")
    with Sandbox(options):
        pass
    assert {"org.db", "org.db.hubspot"} <= {path.name for path in tmp_path.iterdir()}
