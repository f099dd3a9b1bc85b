from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from sync.store import engine
from sync.store.errors import StoreError
from sync.store.schema import HEAD, VERSION_TABLE, metadata
from sync.store.store import Store
from tests.store.rows import NOW, ORG

REPOSITORY = Path(__file__).parents[2]


def test_a_relative_file_lies_under_the_base(tmp_path: Path) -> None:
    Store.open("sqlite:///mine.db", base=tmp_path).close()
    assert (tmp_path / "mine.db").is_file()


def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    first = Store.open("sqlite:///mine.db", base=tmp_path)
    first.connection_id(ORG, kind="salesforce", name="acme", now=NOW)
    first.close()
    second = Store.open("sqlite:///mine.db", base=tmp_path)
    assert second.org_of("acme") == ORG.org_id
    second.close()


def test_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    with create_engine(f"sqlite:///{store.path}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_program_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_every_table_is_accepted_by_postgresql_as_it_is_spelled() -> None:
    dialect = postgresql.dialect()
    for table in metadata.sorted_tables:
        spelled = str(CreateTable(table).compile(dialect=dialect))
        assert "DOUBLE PRECISION" in spelled or "DOUBLE" not in spelled
        assert "DATETIME" not in spelled
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect)).startswith("CREATE INDEX")


def test_names_fit_into_what_postgresql_keeps_of_them() -> None:
    names = [name for table in metadata.tables.values() for name in (table.name, *table.c.keys())]
    names += [str(index.name) for table in metadata.tables.values() for index in table.indexes]
    assert [name for name in names if len(name) > 63] == []


def test_every_table_carries_the_connection() -> None:
    assert [table.name for table in metadata.tables.values() if "conn" not in table.c] == []


def test_commits_survive_a_power_cut_and_readers_are_not_blocked(store: Store) -> None:
    with store.write() as work:
        work.run(metadata.tables["plans"].delete())
        cursor = work._cursor()
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
        assert store.org_of("acme") is None


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


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mine.db")) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
        other.commit()
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open("sqlite:///mine.db", base=tmp_path)
    with closing(sqlite3.connect(tmp_path / "mine.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]


def test_a_database_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    Store.open("sqlite:///mine.db", base=tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "mine.db")) as other:
        other.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        other.commit()
    with pytest.raises(StoreError, match=r"newer dealwarden .*9999.*upgrade dealwarden"):
        Store.open("sqlite:///mine.db", base=tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the folder stands for one that nobody may write")
def test_a_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(StoreError, match=r"cannot be (opened|written)"):
        Store.open("sqlite:///mine.db", base=Path("/proc/self"))


@pytest.mark.parametrize(
    "url", ["postgresql://host/db", "sqlite://", "sqlite:///:memory:", "dealwarden.db", "mysql://h/d"]
)
def test_an_url_that_names_no_sqlite_file_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match=r"\[store\] url"):
        Store.open(url, base=tmp_path)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    real = op.create_table

    def breaks_late(name: str, *columns: object) -> object:
        if name == "effects":
            raise RuntimeError("cut")
        return real(name, *columns)

    monkeypatch.setattr(op, "create_table", breaks_late)
    with pytest.raises(RuntimeError, match="cut"):
        Store.open("sqlite:///mine.db", base=tmp_path)
    with closing(sqlite3.connect(tmp_path / "mine.db")) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_processes_that_start_together_on_no_database_all_get_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sync.store.store import Store;"
        "Store.open('sqlite:///mine.db', base=Path(sys.argv[1])).close()"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=REPOSITORY) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]


def test_opening_an_up_to_date_database_does_not_load_the_migration_tool(tmp_path: Path) -> None:
    Store.open("sqlite:///mine.db", base=tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from sync.store.store import Store;"
        "Store.open('sqlite:///mine.db', base=Path(sys.argv[1])); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, cwd=REPOSITORY).returncode == 0
