"""One state of the database for as long as a plan is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sync.store.store import Store
from tests.sync.store.rows import NOW


def _switched_off(store: Store, conn: int) -> None:
    store.switches.observe(conn, "switched off", "acme", "Dana", NOW)


def test_what_somebody_else_writes_meanwhile_is_not_seen(store: Store, conn: int) -> None:
    with ThreadPoolExecutor(1) as elsewhere, store.snapshot():
        before = store.switches.observing(conn)
        elsewhere.submit(_switched_off, store, conn).result()
        assert before is None
        assert store.switches.observing(conn) is None
    assert store.switches.observing(conn) is not None


def test_what_the_same_thread_writes_is_seen_at_once(store: Store, conn: int) -> None:
    with store.snapshot():
        store.switches.observing(conn)
        _switched_off(store, conn)
        assert store.switches.observing(conn) is not None


def test_other_threads_see_what_stands(store: Store, conn: int) -> None:
    with ThreadPoolExecutor(1) as elsewhere, store.snapshot():
        store.switches.observing(conn)
        elsewhere.submit(_switched_off, store, conn).result()
        assert elsewhere.submit(store.switches.observing, conn).result() is not None
