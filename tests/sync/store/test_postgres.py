"""What only a server can do to us: each is told by what to do, and no password is repeated."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from sync.store.database.errors import StoreError
from sync.store.store import Store
from tests.postgres import GUARDED, Server
from tests.stores import Place
from tests.sync.store.rows import NOW, ORG, deal, page

pytest.importorskip("psycopg")


def opened(url: str) -> Store:
    return Store.open(url, base=Path())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql:///mine?host=/nowhere", r"postgresql:///mine\?host=/nowhere: it cannot be reached; check"),
        ("postgresql://u:hidden@127.0.0.1:1/mine", r"postgresql://127.0.0.1:1/mine: it cannot be reached; check"),
        ("postgresql://u:hid%den@127.0.0.1/mine", r"this PostgreSQL address cannot be understood"),
        ("postgresql://u:hid%xxden@127.0.0.1/mine", r"this PostgreSQL address cannot be understood; .* written as %XX"),
    ],
)
def test_a_server_that_cannot_be_reached_is_named_without_the_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as told:
        opened(url)
    assert "hid" not in str(told.value)


@pytest.fixture
def guarded(postgres: Server, postgres_url: str) -> str:
    """A database of a role that needs its password."""
    if postgres.pid is None:
        pytest.skip("the server is not ours to guard with a password")
    postgres.run(f"DROP ROLE IF EXISTS {GUARDED}")
    postgres.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'")
    return re.sub(r"user=\w+", f"user={GUARDED}", postgres_url)


def test_a_wrong_password_is_told_and_never_shown(guarded: str) -> None:
    with pytest.raises(
        StoreError, match="the server refused the password or the role; check password and user"
    ) as told:
        opened(f"{guarded}&password=hidden")
    assert "hidden" not in str(told.value)


def test_a_missing_password_is_told(guarded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    with pytest.raises(StoreError, match=r"asks for a password; set \[store\] password"):
        opened(guarded)


def test_a_role_without_rights_on_our_tables_is_told(guarded: str) -> None:
    with pytest.raises(StoreError, match="the role may not do this; it needs CREATE on its schema"):
        opened(f"{guarded}&password=right")


def test_a_database_that_does_not_exist_is_told(postgres: Server) -> None:
    with pytest.raises(StoreError, match="there is no such database; create one with ENCODING 'UTF8'"):
        opened(postgres.url_of("nowhere"))


def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Server) -> None:
    with postgres.database(tables=False, encoding="LATIN1") as url, pytest.raises(StoreError, match="text as LATIN1"):
        opened(url)


def test_a_server_that_is_gone_within_a_transaction_is_told_and_nothing_is_half_written(
    postgres_url: str, tmp_path: Path
) -> None:
    place = Place(postgres_url, tmp_path)
    store = place.open()
    conn = store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)

    def cut_off_midway() -> None:
        with store.database.write(conn) as work:
            work.run(a_run())
            place.cut_off()
            work.run(a_run())

    with pytest.raises(StoreError, match="run again"):
        cut_off_midway()
    assert place.ask("SELECT count(*) FROM runs") == [(0,)]
    store.close()


def a_run():
    from sync.store.database.schema import runs

    return runs.insert().values(conn=1, run_id="r", command="sync", started_at=0, incomplete=0)


def test_a_server_that_is_back_is_used_again(postgres_url: str, tmp_path: Path) -> None:
    place = Place(postgres_url, tmp_path)
    store = place.open()
    conn = store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)
    place.cut_off()
    assert store.mirror.commit_page(conn, page(deals=deal())) == 1
    store.close()


def test_one_connection_s_rows_are_written_while_another_s_are(postgres_url: str, tmp_path: Path) -> None:
    store = Place(postgres_url, tmp_path).open()
    done = threading.Event()

    def other() -> None:
        with store.database.write(2):
            done.set()

    with store.database.write(1):
        thread = threading.Thread(target=other)
        thread.start()
        assert done.wait(20)
    thread.join()
    store.close()


def test_text_is_ordered_by_its_bytes(postgres_url: str, tmp_path: Path) -> None:
    ordered = Place(postgres_url, tmp_path).ask(
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text' "
        "AND collation_name IS DISTINCT FROM 'C'"
    )
    assert ordered == [(0,)]
