"""What happens to the database and the clocks: told clearly, survived without a duplicate or a lost edit."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.host import Host
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from tests.proofs.killing import MAIN
from tests.proofs.stores import Stores
from tests.proofs.world import World, kept_in


@dataclass(frozen=True)
class Ended:
    code: int
    text: str


def sync(world: World, before: Callable[[], object] | None = None) -> Ended:
    """Run ``dealwarden sync`` as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, "sync", "--config", str(world.config)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False, preexec_fn=before
    )
    return Ended(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def in_a_file(world: World) -> None:
    """Leave a test out where the store is not a file of the daemon's own."""
    if world.place.kind != "sqlite":
        pytest.skip("about SQLite's file; on PostgreSQL the disk is the server's")


about_the_file = pytest.mark.usefixtures("in_a_file")


def at_rest(world: World) -> Path:
    """Give the database with everything in its one file."""
    world.place.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    return world.database


@pytest.mark.parametrize("stores", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_a_database_from_before_all_effects_makes_no_duplicate_and_keeps_what_people_typed(
    world: World, stores: Stores
) -> None:
    kept_in(world, stores.new())
    world.run("plan")
    backup = stores.copied(world)
    made = world.sync().applied.create
    edited, completed, deleted = world.open_tasks()[:3]
    world.edit("Task", edited["Id"], Subject="Mine now", Description="I am on it")
    world.edit("Task", completed["Id"], Status="Completed")
    world.delete("Task", deleted["Id"])
    before = {row["Id"]: row for row in world.own_tasks()}
    kept_in(world, backup)
    report = world.sync()
    world.sync()
    assert (made > 10, report.plan.create, len(world.own_tasks())) == (True, 0, len(before))
    touched = [edited["Id"], completed["Id"], deleted["Id"]]
    after = {row["Id"]: row for row in world.own_tasks()}
    assert [after[one] for one in touched] == [before[one] for one in touched]


@about_the_file
@pytest.mark.parametrize("damage", [pytest.param("header", marks=pytest.mark.soak), "inside"])
def test_a_damaged_database_is_named_and_moving_it_away_loses_nothing(world: World, damage: str) -> None:
    world.sync()
    before = world.own_tasks()
    file = at_rest(world)
    with file.open("r+b") as stream:
        stream.seek(0 if damage == "header" else 4096)
        stream.write(b"\xa5" * (64 if damage == "header" else file.stat().st_size - 8192))
    ended = sync(world)
    assert (ended.code, str(file) in ended.text, "Traceback" in ended.text) == (2, True, False), ended.text
    world.forget()
    assert world.sync().plan.create == 0
    assert world.own_tasks() == before


def too_small_disk() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


@about_the_file
def test_a_disk_without_room_ends_with_one_clear_line_and_the_next_cycle_with_room_makes_up_for_it(
    world: World, undisturbed_keys: list[str]
) -> None:
    ended = sync(world, too_small_disk)
    assert (ended.code, str(world.database) in ended.text, "Traceback" in ended.text) == (2, True, False), ended.text
    world.sync()
    assert world.keys() == undisturbed_keys


@pytest.mark.soak
@about_the_file
@pytest.mark.parametrize("commits", [9, 14, 17, 20, 23])
def test_a_database_that_fills_up_at_any_commit_neither_loses_nor_doubles_a_task(
    world: World, undisturbed_keys: list[str], monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """The database refuses like a full disk, from the nth transaction on, those between a write and its record too."""
    import sqlite3

    from sync.store.database.database import Database

    whole, left = Database.write, iter(range(commits))

    def full(self: Database, conn: int | None = None):
        if next(left, None) is None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise self._backend.explained(error)
        return whole(self, conn)

    monkeypatch.setattr(Database, "write", full)
    report = world.run()
    monkeypatch.setattr(Database, "write", whole)
    assert report.exit_code == 2
    assert "disk is full" in (report.error or "")
    world.sync()
    assert world.keys() == undisturbed_keys


@pytest.mark.soak
@about_the_file
def test_a_database_that_may_not_be_written_is_named(world: World) -> None:
    world.sync()
    before = world.own_tasks()
    file = at_rest(world)
    world.forget()
    file.unlink()
    file.mkdir()  # no user, the superuser included, may write a folder as a file
    ended = sync(world)
    assert (ended.code, str(file) in ended.text, "Traceback" in ended.text) == (2, True, False), ended.text
    assert world.own_tasks() == before


@pytest.mark.soak
@pytest.mark.parametrize("step", [timedelta(days=-400), timedelta(days=400)], ids=["back", "forward"])
def test_a_step_of_the_host_s_clock_changes_no_task(
    world: World, monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    world.sync()
    before = world.own_tasks()
    monkeypatch.setattr("sync.app.workspace.Host", lambda: Host(now=lambda: datetime.now(UTC) + step))
    plan = world.sync().plan
    assert (plan.create, plan.update, plan.close) == (0, 0, 0)
    assert world.own_tasks() == before


@pytest.mark.soak
def test_a_step_back_of_the_crm_s_clock_doubles_and_closes_no_task(world: World) -> None:
    world.sync()
    keys, standing = world.keys(), len(world.open_tasks())
    world.set_clock("2026-06-15T08:40:00Z")
    assert world.run().plan.close == 0
    world.advance(hours=2)
    world.run()
    assert len(world.keys()) == len(set(world.keys()))
    assert set(keys) <= set(world.keys())
    assert len(world.open_tasks()) >= standing


def elsewhere(world: World) -> Path:
    """Give the config of a second daemon, on a machine of its own, for the same org."""
    folder = world.config.parent.with_name("second")
    shutil.copytree(world.config.parent, folder)
    config = folder / "config.toml"
    config.write_text(config.read_text().replace(world.place.url, "sqlite:///dealwarden.db"))
    return config


def test_two_daemons_with_databases_of_their_own_leave_what_one_leaves(
    world: World, undisturbed_keys: list[str]
) -> None:
    configs = (world.config, elsewhere(world))
    with ExitStack() as stack, ThreadPoolExecutor(2) as both:
        opened = [stack.enter_context(Workspace.open(load_config(one), progress=SilentProgress())) for one in configs]
        running = [both.submit(workspace.run, world.crm, "sync") for workspace in opened]
        reports = [one.result() for one in running]
    assert [report.error for report in reports] == [None, None]
    assert world.keys() == undisturbed_keys


def test_a_second_daemon_on_one_database_leaves_the_connection_to_the_first(world: World) -> None:
    with closing(world.place.open()) as first, first.hold(world.box.org.org_id):
        report = world.run()
    assert (report.exit_code, world.own_tasks()) == (5, [])
