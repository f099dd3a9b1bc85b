"""One cycle at a time per connection: a lock next to the database that ends with its holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sync.config.private_files import open_lock
from sync.store.database.errors import StoreError


class LeaseHeldError(Exception):
    """Another living process works on this connection: do nothing and come back later.

    *pid* is that process, where it is known, and *host* where it runs, if not here.
    """

    advice = "is working on it; wait until it ends, or stop it"

    def __init__(self, connection: str, pid: int | None, host: str | None = None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        where = f" on {host}" if host is not None else ""
        super().__init__(f"connection {connection}: {who}{where} {self.advice}")
        self.connection, self.pid, self.host = connection, pid, host


class LeaseLostError(LeaseHeldError):
    """Another process took over a lease that was held here: write nothing more, the other goes on."""

    advice = "took it over while this one did not renew it; nothing more is written here"


def lease_file(database: Path, connection: str) -> Path:
    """Return the lock file of *connection*, in the folder of the *database* file."""
    digest = hashlib.sha256(connection.encode()).hexdigest()[:12]
    return database.with_name(f"{database.name}.{digest}.lock")


@contextmanager
def hold(database: Path, connection: str) -> Iterator[None]:
    """Hold the lease of *connection*, for as long as the block runs and this process lives.

    Two threads of one process exclude each other as well. The lock file stays behind, empty: removing it would let
    two holders lock two files of one name.

    Raises:
        LeaseHeldError: a living process has it; raised at once, without waiting.
        StoreError: the lock file cannot be written.
    """
    file = lease_file(database, connection)
    stream = _opened(file)
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LeaseHeldError(connection, _holder(stream)) from error
        _sign(stream, str(os.getpid()))
        try:
            yield
        finally:
            _sign(stream, "")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep a new *file* locked for as long as the block runs and this process lives, then remove it.

    Raises:
        StoreError: it cannot be made.
    """
    stream = _opened(file, new=True)
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


def is_locked(file: Path) -> bool | None:
    """Whether a living process has *file* locked; None if that cannot be found out."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)) as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


@contextmanager
def waited_lock(file: Path) -> Iterator[None]:
    """Hold the lock on *file*, waiting for as long as another process has it.

    Raises:
        StoreError: the file cannot be written.
    """
    with _opened(file) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _opened(file: Path, *, new: bool = False) -> TextIO:
    try:
        return os.fdopen(open_lock(file, new=new), "r+")
    except OSError as error:
        if file.is_symlink():
            raise StoreError(
                f"{file}: the lock file is a symbolic link, expected an ordinary file; find out who put it there, "
                "and remove it"
            ) from error
        raise StoreError(
            f"{file}: the lock file cannot be written ({error.strerror}); check the folder's permissions"
        ) from error


def _sign(stream: TextIO, text: str) -> None:
    stream.seek(0)
    stream.truncate()
    stream.write(text)
    stream.flush()


def _holder(stream: TextIO) -> int | None:
    stream.seek(0)
    text = stream.read().strip()
    return int(text) if text.isdigit() else None
