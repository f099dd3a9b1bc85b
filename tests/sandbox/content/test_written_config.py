"""The config that a sandbox writes for itself."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import written_config
from sandbox.salesforce.api.auth import ConnectedApp
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.exports import load_folder


def written(org: Org, path: Path) -> dict[str, Any]:
    app = ConnectedApp(client_id="an id", client_secret="a secret")
    connection = written_config.salesforce(org, url="https://127.0.0.1:8443", ca_pem=b"PEM", app=app)
    where = written_config.write(path, [connection])
    assert where == path
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def config(seeded: Org, tmp_path: Path) -> dict[str, Any]:
    return written(seeded, tmp_path / "sandbox" / "config.toml")


def test_the_connection_leads_to_this_org_and_no_other(seeded: Org, config: dict[str, Any]) -> None:
    connection = config["connections"]["salesforce"]
    assert (connection["login_url"], connection["expect_org"]) == ("https://127.0.0.1:8443", seeded.org_id)
    assert (connection["mode"], connection["auth"]) == ("enforce", "client-credentials")


def test_secrets_lie_beside_the_config_and_only_their_owner_reads_them(config: dict[str, Any], tmp_path: Path) -> None:
    folder, connection = tmp_path / "sandbox", config["connections"]["salesforce"]
    for name, text in (("client_id", "an id"), ("client_secret", "a secret")):
        file = folder / connection[name].removeprefix("file:")
        assert file.read_text() == text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (folder / connection["ca_file"]).read_bytes() == b"PEM"
    assert "a secret" not in (folder / "config.toml").read_text()


def test_open_stages_get_their_phases_in_order(config: dict[str, Any]) -> None:
    assert list(config["connections"]["salesforce"]["phases"].items()) == [
        ("Discovery", "discovery"),
        ("Qualification", "qualification"),
        ("Evaluation", "evaluation"),
        ("Business Case", "business_case"),
        ("Procurement", "procurement"),
        ("Closing", "close"),
    ]


def test_elements_map_to_the_fields_of_a_seeded_org(seeded: Org, config: dict[str, Any]) -> None:
    elements = config["connections"]["salesforce"]["elements"]
    assert len(elements) == 8
    assert elements["champion"] == {"role": "champion", "field": "Champion__c"}
    assert elements["decision_criteria"] == {"text": "Decision_Criteria__c", "field": "Decision_Criteria_Level__c"}
    fields = seeded.schema.objects["Opportunity"].fields
    assert all(element[kind] in fields for element in elements.values() for kind in element if kind != "role")


def test_an_org_without_playbook_fields_maps_roles_only(
    org: Org, exported: Callable[..., Path], tmp_path: Path
) -> None:
    load_folder(org, exported(Opportunity='Id,StageName\na,Prospecting\nb,"Odd ""stage"""\n'))
    connection = written(org, tmp_path / "config.toml")["connections"]["salesforce"]
    assert connection["elements"] == {"economic_buyer": {"role": "economic_buyer"}, "champion": {"role": "champion"}}
    assert connection["phases"] == {"Prospecting": "discovery"}


def test_the_rest_is_the_shipped_default(config: dict[str, Any]) -> None:
    assert config["store"] == {"url": "sqlite:///dealwarden.db"}
    assert config["rules"] == {"overlay": "rules.d"}
    assert list(config["segments"]) == ["enterprise", "mid", "smb"]
    assert "scope" not in config
