"""Whole cycles on PostgreSQL: the same effects as on SQLite, daemons that share it, and a server that goes away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.store.database.database import Database, Work
from tests.proofs.conftest import SMALL
from tests.proofs.killing import sync_process
from tests.proofs.ledger import disagreements, leases_left
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, core_alone, kept_in

CREATES = "*/composite/sobjects*"


@pytest.fixture
def shared(world: World, postgres_url: str) -> World:
    """A small org whose daemon keeps its store in PostgreSQL."""
    return kept_in(world, postgres_url)


def a_day_and_a_half(config: Path, url: str) -> Iterator[object]:
    """Live through two cycles of both CRMs between which people and time are at work; give all that was done."""
    with Sandbox(Options(crm="both", config_out=config, **SMALL)) as box:  # type: ignore[arg-type]
        org, portal = kept_in(core_alone(World(box)), url), PortalWorld(box)
        for one in (org, portal):
            one.sync()
        org.edit("Task", org.open_tasks()[0]["Id"], Status="Completed")
        portal.edit("tasks", portal.open_tasks()[0]["id"], hs_task_subject="Mine now")
        for one in (org, portal):
            one.advance(hours=36)
            one.sync()
            yield one.keys_by_id()
        yield org.place.ask("SELECT conn, kind, subject, payload_hash, remote_id, state FROM effects ORDER BY seq")
        yield org.place.ask("SELECT conn, deal_id, score, band, confidence, reasons FROM scores ORDER BY 1, 2")
        yield org.place.ask("SELECT conn, deal_id, rule_id, severity, since_day FROM findings ORDER BY 1, 2, 3")


def test_cycles_of_both_crms_do_the_same_on_both_databases(tmp_path: Path, postgres_url: str) -> None:
    on_sqlite = a_day_and_a_half(tmp_path / "sqlite" / "config.toml", "sqlite:///dealwarden.db")
    on_postgres = a_day_and_a_half(tmp_path / "postgres" / "config.toml", postgres_url)
    for said, also_said in zip(on_sqlite, on_postgres, strict=True):
        assert said == also_said
        assert said


def test_two_daemons_on_one_database_leave_what_one_leaves(shared: World, undisturbed_keys: list[str]) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(2) as both:
        config = load_config(shared.config)
        opened = [stack.enter_context(Workspace.open(config, progress=SilentProgress())) for _ in range(2)]
        running = [both.submit(workspace.run, shared.crm, "sync") for workspace in opened]
        codes = {one.result().exit_code for one in running}
    assert 0 in codes
    assert codes <= {0, 5}
    assert (shared.keys(), disagreements(shared), leases_left(shared)) == (undisturbed_keys, [], [])


def test_a_daemon_that_slept_through_its_lease_in_the_middle_of_a_write_leaves_it_to_the_next(
    shared: World, undisturbed_keys: list[str]
) -> None:
    shared.quirks(slow_body_s=30)
    shared.faults({"match": CREATES, "nth": 1, "kind": "slow_body"})
    shared.reset_calls()
    sleeper = sync_process(shared)
    try:
        while not shared.calls()["write"]:  # from now on it waits for the answer
            assert sleeper.poll() is None
        os.kill(sleeper.pid, signal.SIGSTOP)
        shared.place.execute("UPDATE leases SET expires_at = 1")
        shared.sync()
        os.kill(sleeper.pid, signal.SIGCONT)
        assert sleeper.wait(120) == 5
    finally:
        sleeper.kill()
        sleeper.wait(60)
    assert (shared.keys(), disagreements(shared), leases_left(shared)) == (undisturbed_keys, [], [])


def test_a_server_that_goes_away_between_a_write_and_its_record_doubles_nothing(
    shared: World, undisturbed_keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Database.write
    shared.reset_calls()

    @contextmanager
    def cut_off_after_a_write(self: Database, conn: int | None = None) -> Iterator[Work]:
        with whole(self, conn) as work:
            yield work
            if shared.calls()["write"]:
                shared.place.cut_off()

    monkeypatch.setattr(Database, "write", cut_off_after_a_write)
    report = shared.run()
    monkeypatch.undo()
    assert (report.exit_code, len(shared.keys()) > 0) == (2, True)
    assert "the server stopped" in (report.error or "")
    shared.sync()
    assert (shared.keys(), disagreements(shared), leases_left(shared)) == (undisturbed_keys, [], [])
