"""Files that hold CRM data or locks: readable for their owner alone, whatever the umask is."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
_OTHERS: Final = 0o077


def open_lock(path: Path, *, new: bool = False) -> int:
    """Open a lock file for reading and writing, made where it is not there, and return its descriptor.

    *new* refuses a file that is there. Where somebody put a link in its place, writing would change the link's target.

    Raises:
        OSError: it cannot be opened, is a symbolic link, or is no ordinary file of one name.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_EXCL if new else 0)
    descriptor = os.open(path, flags, PRIVATE)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        raise OSError(0, "it is a link, or no ordinary file: remove it", str(path))
    return descriptor


def create_private(path: Path) -> None:
    """Make an empty file that its owner alone may read, unless there is a file."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))


def make_private(path: Path) -> None:
    """Take a file away from others; one that is not there, not ours or not ordinary stays as it is."""
    try:
        found = path.stat()
    except OSError:
        return
    if stat.S_ISREG(found.st_mode) and found.st_mode & _OTHERS and found.st_uid == os.geteuid():
        path.chmod(PRIVATE)


def write_private(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a file that its owner alone may read; an existing one is replaced in place and taken away from others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
        make_private(path)
        file.write(text)


def others_may_read(path: Path) -> bool:
    """Whether anybody but its owner may read or write a file; not where there is none."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
