"""A connection that fails is reported with its reason wherever an operator looks, and stops no other."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from tests.proofs.killing import daemon_process, sync_process
from tests.proofs.odd_crm import odd_crm, put_before, send
from tests.proofs.test_mistakes import dealwarden, unreachable, wrong_secret
from tests.proofs.world import World

Start = Callable[[World], "subprocess.Popen[bytes]"]

DATE = "Mon, 15 Jun 2026 09:00:00 GMT"


def nested(request: BaseHTTPRequestHandler) -> None:
    send(request, b"[" * 100_000, Date=DATE)


def last_year(request: BaseHTTPRequestHandler) -> None:
    send(request, b'{"portalId": 7, "timeZone": "UTC"}', Date="Fri, 31 Dec 9999 23:59:59 GMT")


def status(world: World) -> tuple[int, dict[str, Any]]:
    done = dealwarden(world, "status", "--json")
    return done.returncode, json.loads(done.stdout)["connections"]


@pytest.mark.parametrize("answer", [nested, last_year])
def test_an_answer_that_nobody_foresaw_stops_no_other_connection(world: World, answer: Any) -> None:
    with odd_crm(answer) as port:
        put_before(world, port)
        done = dealwarden(world, "sync", "--json")
        code, connections = status(world)
    reports = json.loads(done.stdout)["connections"]
    assert (reports["salesforce"]["error"], len(world.own_tasks()) > 0) == (None, True)
    assert reports["odd"]["error"]
    assert "Traceback" not in done.stderr
    assert (code, connections["odd"]["failing"]["reason"]) == (4, reports["odd"]["error"])
    assert connections["salesforce"]["failing"] is None


def test_a_refused_login_is_in_the_status_of_a_connection_that_was_read_before(world: World) -> None:
    world.sync()
    assert status(world)[0] == 0
    wrong_secret(world)
    dealwarden(world, "sync")
    dealwarden(world, "sync")
    code, connections = status(world)
    failing = connections["salesforce"]["failing"]
    assert (code, failing["cycles"], "secret" in failing["reason"]) == (4, 2, True)
    assert connections["salesforce"]["runs"][0]["error"] == failing["reason"]


def test_a_connection_that_was_never_reached_is_in_the_status_with_its_reason(world: World) -> None:
    unreachable(world)
    dealwarden(world, "sync")
    code, connections = status(world)
    assert (code, "127.0.0.1:9" in connections["salesforce"]["failing"]["reason"]) == (4, True)


def test_a_crm_that_is_there_again_fails_no_longer(world: World) -> None:
    address = world.box.salesforce_url or ""
    unreachable(world)
    dealwarden(world, "sync")
    world.reword_config("https://127.0.0.1:9", address)
    world.sync()
    assert status(world)[0] == 0


def test_a_failing_cycle_is_logged_as_an_error_with_reason_code_and_counts(world: World) -> None:
    unreachable(world)
    with (
        capture_logs() as logs,
        Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace,
    ):
        workspace.run("salesforce", "sync")
    (ended,) = [entry for entry in logs if entry["event"] == "cycle.ended"]
    assert (ended["log_level"], ended["code"], ended["failure"]) == ("error", 4, "unreachable")
    assert "127.0.0.1:9" in ended["reason"]
    assert {"pulled", "judged", "plan", "applied", "calls", "duration_s"} <= ended.keys()


def test_a_good_cycle_is_logged_as_information(world: World) -> None:
    with (
        capture_logs() as logs,
        Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace,
    ):
        workspace.run("salesforce", "sync")
    (ended,) = [entry for entry in logs if entry["event"] == "cycle.ended"]
    assert (ended["log_level"], ended["reason"], ended["applied"]["create"] > 0) == ("info", None, True)


def test_a_cycle_that_fails_after_it_began_is_not_left_running(world: World) -> None:
    world.sync()
    refused = {"match": "*/composite", "kind": "401_expired"}  # twice: a fresh session is refused too
    world.faults(refused | {"nth": 1}, refused | {"nth": 2})
    report = world.run()
    assert (report.exit_code, world.fired()) == (4, 2)
    run = status(world)[1]["salesforce"]["runs"][0]
    assert (run["ended_at"] is None, bool(run["error"])) == (False, True)


@pytest.mark.parametrize("start", [daemon_process, sync_process])
def test_sigterm_ends_within_5_s_beside_a_crm_that_answers_a_byte_a_second(world: World, start: Start) -> None:
    asked, over = threading.Event(), threading.Event()

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(200)
        request.send_header("Date", DATE)
        request.end_headers()
        asked.set()
        with suppress(OSError):  # whoever asked has left
            while not over.wait(0.5):
                request.wfile.write(b" ")

    with odd_crm(trickle) as port:
        put_before(world, port)
        process = start(world)
        try:
            assert asked.wait(60)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
            assert time.monotonic() - began < 5
        finally:
            over.set()
            process.kill()
            process.wait()
