"""One cycle at a time per connection: a lock beside the database that dies with its holder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sync.store.errors import StoreError


class LeaseHeldError(Exception):
    """Another living process works on this connection: leave it alone and come back later.

    *pid* is that process, where its lock file names one.
    """

    def __init__(self, connection: str, pid: int | None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"connection {connection}: {who} is working on it; wait until it ends, or stop it")
        self.connection = connection
        self.pid = pid


def lease_file(database: Path, connection: str) -> Path:
    """Give the lock file of *connection* beside the *database* file."""
    digest = hashlib.sha256(connection.encode()).hexdigest()[:12]
    return database.with_name(f"{database.name}.{digest}.lock")


@contextmanager
def hold(database: Path, connection: str) -> Iterator[None]:
    """Hold the lease of *connection*, for as long as the block runs and this process lives.

    Two threads of one process exclude each other as well. The lock file stays behind, empty: removing it would let
    two holders lock two files of one name.

    Raises:
        LeaseHeldError: a living process has it; told at once, without waiting.
        StoreError: the lock file cannot be written.
    """
    file = lease_file(database, connection)
    try:
        stream = file.open("a+")
    except OSError as error:
        raise StoreError(
            f"{file}: the lock file cannot be written ({error}); check the folder's permissions"
        ) from error
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
def waited_lock(file: Path) -> Iterator[None]:
    """Hold the lock on *file*, waiting for as long as another process has it."""
    with file.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _sign(stream: TextIO, text: str) -> None:
    stream.seek(0)
    stream.truncate()
    stream.write(text)
    stream.flush()


def _holder(stream: TextIO) -> int | None:
    stream.seek(0)
    text = stream.read().strip()
    return int(text) if text.isdigit() else None
