"""One state of the database for as long as a plan is made."""

from __future__ import annotations

import pytest

from sync.store.store import Store
from tests.sync.store.rows import NOW


def _switch_off(store: Store, conn: int) -> None:
    store.switches.observe(conn, "switched off", "acme", "Dana", NOW)


def test_a_snapshot_does_not_show_what_is_written_meanwhile(store: Store, conn: int) -> None:
    with store.snapshot() as snapshot:
        before = snapshot.switches.observing(conn)
        _switch_off(store, conn)
        assert (before, snapshot.switches.observing(conn)) == (None, None)


def test_the_store_shows_what_is_written_while_a_snapshot_is_open(store: Store, conn: int) -> None:
    with store.snapshot() as snapshot:
        snapshot.switches.observing(conn)
        _switch_off(store, conn)
        assert store.switches.observing(conn) is not None


def test_a_snapshot_of_a_snapshot_shows_what_was_written_meanwhile(store: Store, conn: int) -> None:
    with store.snapshot() as snapshot:
        snapshot.switches.observing(conn)
        _switch_off(store, conn)
        with snapshot.snapshot() as newer:
            assert newer.switches.observing(conn) is not None


def test_a_snapshot_cannot_be_written_to(store: Store, conn: int) -> None:
    with store.snapshot() as snapshot, pytest.raises(TypeError, match="a snapshot cannot be written to"):
        _switch_off(snapshot, conn)
    assert store.switches.observing(conn) is None
