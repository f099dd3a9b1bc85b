from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.serve import Options, Sandbox, SandboxError

COMMAND = """
import sys
from pathlib import Path
from sandbox.serve import Options, serve
sys.exit(serve(Options(deals=2, config_out=Path(sys.argv[1]))))
"""


def test_what_was_started_is_stopped_within_five_seconds(tmp_path: Path) -> None:
    sandbox = Sandbox(Options(deals=2, config_out=tmp_path / "config.toml"))
    sandbox.start()
    ports = [int(str(url).rpartition(":")[2]) for url in (sandbox.salesforce_url, sandbox.control_url)]
    idle = [socket.create_connection(("127.0.0.1", port)) for port in ports]
    started = time.monotonic()
    sandbox.stop()
    sandbox.stop()
    assert time.monotonic() - started < 5
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    for connection in idle:
        connection.close()


def test_the_ready_line_names_what_answers(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(Options(deals=2, config_out=tmp_path / "config.toml")) as sandbox:
        line = sandbox.ready_line()
        assert line["ready"] is True
        assert line["hubspot"] is None
        versions = http.get(f"{line['salesforce']}/services/data", verify=str(tmp_path / "ca.pem"), timeout=10)
        assert versions.status_code == 200
        config = tomllib.loads(Path(line["config"]).read_text())
        assert config["connections"]["salesforce"]["login_url"] == line["salesforce"]
        assert http.get(f"{line['control']}/_sandbox/calls", timeout=10).json()["by_kind"]["meta"] == 1


def test_the_written_secret_opens_a_session(tmp_path: Path, http: requests.Session) -> None:
    with Sandbox(Options(deals=2, config_out=tmp_path / "config.toml")) as sandbox:
        secrets = {name: (tmp_path / name).read_text() for name in ("client_id", "client_secret")}
        reply = http.post(
            f"{sandbox.salesforce_url}/services/oauth2/token",
            data={"grant_type": "client_credentials"} | secrets,
            verify=str(tmp_path / "ca.pem"),
            timeout=10,
        )
        assert reply.json()["instance_url"] == sandbox.salesforce_url
        wrong = http.post(
            f"{sandbox.salesforce_url}/services/oauth2/token",
            data={"grant_type": "client_credentials"} | secrets | {"client_secret": "x"},
            verify=str(tmp_path / "ca.pem"),
            timeout=10,
        )
        assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")


def test_a_bare_org_lacks_the_products_fields(tmp_path: Path) -> None:
    with Sandbox(Options(deals=2, bare=True, config_out=tmp_path / "config.toml")) as sandbox:
        assert "Dealwarden_Key__c" not in sandbox.org.schema.objects["Task"].fields


def test_a_state_file_keeps_the_org_over_a_restart(tmp_path: Path) -> None:
    options = Options(deals=2, state=tmp_path / "org.db", config_out=tmp_path / "config.toml")
    with Sandbox(options) as sandbox:
        made = sandbox.org.insert("Task", {"Subject": "Kept"}, by=sandbox.org.user_id)
        org_id, rows = sandbox.org.org_id, len(sandbox.org.table("Opportunity"))
        sandbox.clock.advance(86_400)
        sandbox.org.update("Task", made, {"Subject": "Kept on"}, by=sandbox.org.user_id)
        last = sandbox.clock.now()
    with Sandbox(options) as again:
        assert (again.org.get("Task", made) or {})["Subject"] == "Kept on"
        assert (again.org.org_id, len(again.org.table("Opportunity"))) == (org_id, rows)
        assert (last - again.clock.now()).total_seconds() < 60


def test_an_export_folder_is_served_at_real_time(tmp_path: Path) -> None:
    (tmp_path / "Opportunity.csv").write_text(
        "Id,Name,StageName,CloseDate\n006000000000001AAA,Deal,Prospecting,2018-01-01\n"
    )
    with Sandbox(Options(data=tmp_path, config_out=tmp_path / "config.toml")) as sandbox:
        assert [row["Name"] for row in sandbox.org.table("Opportunity")] == ["Deal"]
        assert abs(sandbox.clock.now().timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deals": -1}, "--deals"),
        ({"deals": 5, "data": Path("exports")}, "--data"),
    ],
)
def test_what_cannot_be_served_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        Sandbox(Options(**options))


def test_a_missing_export_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="--data"):
        Sandbox(Options(data=tmp_path / "none", config_out=tmp_path / "config.toml")).start()


def test_a_config_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="--config-out"):
        Sandbox(Options(deals=0, config_out=tmp_path / "file" / "config.toml")).start()


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "org.db").write_text("not a database, but long enough to be told from an empty one")
    with pytest.raises(SandboxError, match="--state"):
        Sandbox(Options(deals=0, state=tmp_path / "org.db", config_out=tmp_path / "config.toml")).start()


def test_a_taken_port_is_refused_and_nothing_stays_open(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(SandboxError, match=str(port)):
            Sandbox(Options(control_port=port, config_out=tmp_path / "config.toml")).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_one_line_and_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", COMMAND, str(tmp_path / "config.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["ready"] is True
        process.send_signal(number)
        rest, errors = process.communicate(timeout=5)
    assert (process.returncode, rest, errors) == (0, "", "")
