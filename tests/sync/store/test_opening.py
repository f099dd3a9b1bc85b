from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from sync.store.database.errors import StoreError
from sync.store.database.mirror_schema import metadata
from sync.store.database.schema import HEAD, VERSION_TABLE
from sync.store.database.upgrade import MIGRATIONS
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, ORG

REPOSITORY = Path(__file__).parents[3]


def engine_of(place: Place) -> Engine:
    """An engine of its own on the test's database."""
    return create_engine(place.full_url.replace("postgresql:", "postgresql+psycopg:"))


def test_a_relative_file_lies_under_the_base(tmp_path: Path) -> None:
    Store.open("sqlite:///mine.db", base=tmp_path).close()
    assert (tmp_path / "mine.db").is_file()


def test_what_was_stored_is_there_after_opening_again(place: Place) -> None:
    first = place.open()
    first.connections.register(ORG, kind="salesforce", name="acme", now=NOW)
    first.close()
    second = place.open()
    assert second.connections.org_of("acme") == ORG.org_id
    second.close()


def test_migrations_make_exactly_the_tables_of_the_schema(place: Place) -> None:
    place.open().close()
    with engine_of(place).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_program_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_names_fit_into_what_postgresql_keeps_of_them() -> None:
    names = [name for table in metadata.tables.values() for name in (table.name, *table.c.keys())]
    names += [str(index.name) for table in metadata.tables.values() for index in table.indexes]
    assert [name for name in names if len(name) > 63] == []


def test_every_table_but_those_of_leases_and_attempts_carries_the_connection() -> None:
    assert [table.name for table in metadata.tables.values() if "conn" not in table.c] == ["attempts", "leases"]


def test_readers_are_not_blocked_by_a_writer(store: Store) -> None:
    with store.database.write() as work:
        work.run(metadata.tables["plans"].delete())
        assert store.connections.org_of("acme") is None


def test_commits_to_a_file_survive_a_power_cut(tmp_path: Path) -> None:
    store = Store.open("sqlite:///mine.db", base=tmp_path)
    with store.database.write() as work:
        for pragma, value in {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}.items():
            assert work._connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    store.close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"folder .*nowhere does not exist; create it"):
        Store.open("sqlite:///nowhere/mine.db", base=tmp_path)


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    file = tmp_path / "mine.db"
    file.write_text("name,amount\n" * 200)
    with pytest.raises(StoreError, match="this is not a database"):
        Store.open("sqlite:///mine.db", base=tmp_path)
    assert file.read_text() == "name,amount\n" * 200


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open("sqlite:///mine.db", base=tmp_path)


def test_another_programs_database_is_refused_untouched(bare_place: Place) -> None:
    bare_place.execute("CREATE TABLE deals (id INTEGER)")
    with pytest.raises(StoreError, match="belongs to another program"):
        bare_place.open()
    assert bare_place.tables() == {"deals"}


def test_a_database_newer_than_the_program_is_refused(place: Place) -> None:
    place.open().close()
    place.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer dealwarden .*9999.*upgrade dealwarden"):
        place.open()


@pytest.mark.skipif(sys.platform != "linux", reason="the folder stands for one that nobody may write")
def test_a_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(StoreError, match=r"cannot be (opened|written)"):
        Store.open("sqlite:///mine.db", base=Path("/proc/self"))


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://host/db", "sqlite://", "sqlite:///:memory:", "dealwarden.db", "mysql://h/d"]
)
def test_an_url_that_names_no_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match=r"\[store\] url"):
        Store.open(url, base=tmp_path)


def test_a_migration_that_fails_leaves_nothing_behind(bare_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    real = op.create_table

    def breaks_late(name: str, *columns: object) -> object:
        if name == "effects":
            raise RuntimeError("cut")
        return real(name, *columns)

    monkeypatch.setattr(op, "create_table", breaks_late)
    with pytest.raises(RuntimeError, match="cut"):
        bare_place.open()
    assert bare_place.tables() == set()


OPEN = "import sys; from pathlib import Path; from sync.store.store import Store; Store.open(sys.argv[1], base=Path())"


def test_processes_that_start_together_on_no_database_all_get_one(bare_place: Place) -> None:
    command = [sys.executable, "-c", OPEN, bare_place.full_url]
    started = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_opening_an_up_to_date_database_does_not_load_the_migration_tool(place: Place) -> None:
    place.open().close()
    command = [sys.executable, "-c", f"{OPEN}; sys.exit('alembic' in sys.modules)", place.full_url]
    assert subprocess.run(command, check=False, cwd=REPOSITORY).returncode == 0
