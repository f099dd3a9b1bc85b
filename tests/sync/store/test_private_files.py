"""The files of the store are for their owner alone, and a lock is never somebody else's file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store.database.errors import StoreError
from sync.store.database.lease import hold, lease_file, waited_lock
from sync.store.store import Store
from tests.sync.store.rows import NOW


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_a_new_database_and_all_files_beside_it_are_private(tmp_path: Path) -> None:
    store = Store.open("sqlite:///mine.db", base=tmp_path)
    with store.hold("org") as leased:
        leased.switches.observe(1, "undone", "run", "Ada", NOW)
        assert {file.name.partition("mine.db")[2] for file in tmp_path.iterdir()} >= {"", "-wal", "-shm"}
        assert modes(tmp_path) == {0o600}
    store.close()


def test_a_database_that_others_could_read_is_taken_away_from_them(tmp_path: Path) -> None:
    Store.open("sqlite:///mine.db", base=tmp_path).close()
    (tmp_path / "mine.db").chmod(0o644)
    store = Store.open("sqlite:///mine.db", base=tmp_path)
    assert stat.S_IMODE((tmp_path / "mine.db").stat().st_mode) == 0o600
    store.close()


def test_the_file_of_another_program_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_bytes(b"no database" * 100)
    (tmp_path / "mine.db").chmod(0o644)
    with pytest.raises(StoreError):
        Store.open("sqlite:///mine.db", base=tmp_path)
    assert stat.S_IMODE((tmp_path / "mine.db").stat().st_mode) == 0o644


@pytest.mark.parametrize("put", [Path.symlink_to, Path.hardlink_to])
def test_a_link_in_place_of_the_lease_file_is_refused_and_its_target_untouched(tmp_path: Path, put: object) -> None:
    target = tmp_path / "target"
    target.write_text("12345")
    database = tmp_path / "mine.db"
    put(lease_file(database, "org"), target)  # type: ignore[operator]
    with pytest.raises(StoreError, match="link"), hold(database, "org"):
        pass
    assert target.read_text() == "12345"


def test_a_link_in_place_of_the_migration_s_lock_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("12345")
    (tmp_path / "mine.db.migrate.lock").symlink_to(target)
    with pytest.raises(StoreError, match="symbolic link"), waited_lock(tmp_path / "mine.db.migrate.lock"):
        pass


def test_a_pipe_in_place_of_the_lease_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(lease_file(tmp_path / "mine.db", "org"))
    with pytest.raises(StoreError), hold(tmp_path / "mine.db", "org"):
        pass
