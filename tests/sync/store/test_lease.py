from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError, LeaseLostError, hold
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, deal, page

HOLDER = """
import sys
from pathlib import Path
from sync.store.store import Store
with Store.open(sys.argv[1], base=Path()).hold("org"):
    print("held", flush=True)
    sys.stdin.read()
"""
FAR_FUTURE, LONG_AGO = 9_000_000_000_000_000, 1


@contextmanager
def other_process(place: Place) -> Iterator[subprocess.Popen[str]]:
    """A living process that holds the lease until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, place.full_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_lease_that_a_living_process_holds_is_refused_at_once_and_names_it(place: Place, store: Store) -> None:
    with (
        other_process(place) as holder,
        pytest.raises(LeaseHeldError, match=f"org: process {holder.pid} ") as refused,
        store.hold("org"),
    ):
        pass
    assert refused.value.pid == holder.pid


def test_a_killed_holder_is_replaced_at_once(place: Place, store: Store) -> None:
    with other_process(place) as holder:
        holder.kill()
        holder.wait()
        with store.hold("org"):
            pass


def test_a_lease_is_free_again_after_the_block(store: Store) -> None:
    for _ in range(2):
        with store.hold("org"):
            pass


def test_a_failing_block_frees_the_lease(store: Store) -> None:
    with pytest.raises(RuntimeError), store.hold("org"):
        raise RuntimeError
    with store.hold("org"):
        pass


def test_connections_have_leases_of_their_own(store: Store) -> None:
    with store.hold("one"), store.hold("two"):
        pass


def test_databases_have_leases_of_their_own(tmp_path: Path) -> None:
    with hold(tmp_path / "x.db", "one"), hold(tmp_path / "y.db", "one"):
        pass


def test_threads_of_one_process_exclude_each_other(store: Store) -> None:
    refused: list[LeaseHeldError] = []

    def contend() -> None:
        try:
            with store.hold("org"):
                pass
        except LeaseHeldError as error:
            refused.append(error)

    with store.hold("org"):
        thread = threading.Thread(target=contend)
        thread.start()
        thread.join()
    assert [error.pid for error in refused] == [os.getpid()]


def test_a_holder_writes_under_its_lease(store: Store, conn: int) -> None:
    with store.hold("org") as leased:
        assert leased.mirror.commit_page(conn, page(deals=deal())) == 1


def test_a_person_s_decision_is_written_while_another_process_holds_the_lease(
    place: Place, store: Store, conn: int
) -> None:
    with other_process(place):
        store.switches.observe(conn, "switched off", "acme", "Dana", NOW)
    assert store.switches.observing(conn) is not None


def test_a_lock_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="lock file cannot be written"), hold(tmp_path / "nowhere" / "x.db", "org"):
        pass


@pytest.fixture
def shared(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Place, Store]]:
    """A database that hosts share."""
    place = Place(postgres_url, tmp_path)
    store = place.open()
    yield place, store
    store.close()


def held_elsewhere(place: Place, until: int) -> None:
    """Have a process of another host hold the lease, by its own account."""
    row = ("org", "0" * 32, "warsaw", 4711, until)
    place.execute("INSERT INTO leases (connection, holder, host, pid, expires_at) VALUES (?, ?, ?, ?, ?)", *row)


def test_a_holder_on_another_host_that_was_heard_of_lately_is_left_alone(shared: tuple[Place, Store]) -> None:
    place, store = shared
    held_elsewhere(place, FAR_FUTURE)
    with pytest.raises(LeaseHeldError, match="org: process 4711 on warsaw is working on it"), store.hold("org"):
        pass


def test_a_holder_on_another_host_that_is_silent_for_a_term_is_replaced(shared: tuple[Place, Store]) -> None:
    place, store = shared
    held_elsewhere(place, LONG_AGO)
    with store.hold("org"):
        assert place.ask("SELECT pid FROM leases") == [(os.getpid(),)]
    assert place.ask("SELECT pid FROM leases") == []


def test_a_holder_that_was_replaced_meanwhile_writes_nothing_more(shared: tuple[Place, Store]) -> None:
    place, store = shared
    with store.hold("org") as leased:
        place.execute("DELETE FROM leases")
        held_elsewhere(place, FAR_FUTURE)
        with pytest.raises(LeaseLostError, match="process 4711 on warsaw took it over while this one did not renew it"):
            leased.dirty.mark_all(1)
    assert place.ask("SELECT holder FROM leases") == [("0" * 32,)]


def test_a_holder_that_is_late_renews_before_it_writes(
    shared: tuple[Place, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, store = shared
    with store.hold("org") as leased:
        place.execute("UPDATE leases SET expires_at = ?", LONG_AGO)
        monkeypatch.setattr("sync.store.database.postgres_lease._RENEW_S", -1)
        leased.dirty.mark_all(1)
        assert place.ask("SELECT count(*) FROM leases WHERE expires_at > ?", LONG_AGO) == [(1,)]


def test_nobody_takes_a_lease_over_while_its_holder_writes(shared: tuple[Place, Store]) -> None:
    place, store = shared
    other = place.open()
    with store.database.hold("org") as leased:
        place.execute("UPDATE leases SET expires_at = ?", LONG_AGO)
        with leased.write(), pytest.raises(LeaseHeldError), other.hold("org"):
            pass
    other.close()
