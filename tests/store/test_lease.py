from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.store.errors import StoreError
from sync.store.lease import LeaseHeldError, hold

HOLDER = """
import sys
from pathlib import Path
from sync.store.lease import hold
with hold(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(database: Path, connection: str) -> Iterator[subprocess.Popen[str]]:
    """A living process that holds the lease until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database), connection],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_lease_that_a_living_process_holds_is_refused_at_once_and_names_it(tmp_path: Path) -> None:
    with other_process(tmp_path / "x.db", "org") as holder:
        with (
            pytest.raises(LeaseHeldError, match=f"org: process {holder.pid} ") as refused,
            hold(tmp_path / "x.db", "org"),
        ):
            pass
        assert refused.value.pid == holder.pid


def test_a_killed_holder_is_replaced_at_once(tmp_path: Path) -> None:
    with other_process(tmp_path / "x.db", "org") as holder:
        holder.kill()
        holder.wait()
        with hold(tmp_path / "x.db", "org"):
            pass


def test_a_lease_is_free_again_after_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path / "x.db", "org"):
            pass


def test_a_failing_block_frees_the_lease(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), hold(tmp_path / "x.db", "org"):
        raise RuntimeError
    with hold(tmp_path / "x.db", "org"):
        pass


def test_connections_and_databases_have_leases_of_their_own(tmp_path: Path) -> None:
    with hold(tmp_path / "x.db", "one"), hold(tmp_path / "x.db", "two"), hold(tmp_path / "y.db", "one"):
        pass


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    refused: list[LeaseHeldError] = []

    def contend() -> None:
        try:
            with hold(tmp_path / "x.db", "org"):
                pass
        except LeaseHeldError as error:
            refused.append(error)

    with hold(tmp_path / "x.db", "org"):
        thread = threading.Thread(target=contend)
        thread.start()
        thread.join()
    assert [error.pid for error in refused] == [os.getpid()]


def test_a_lock_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="lock file cannot be written"), hold(tmp_path / "nowhere" / "x.db", "org"):
        pass
