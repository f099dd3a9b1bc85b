"""State files: what keeps a simulated CRM from one start to the next."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sandbox.server.options import SandboxError


class Kept(Protocol):
    """A simulated CRM that may be kept in a file."""

    def close(self) -> None:
        """Close the file."""
        ...


_Crm = TypeVar("_Crm", bound=Kept)


def opened(path: Path | None, make: Callable[[Path | None], _Crm], fill: Callable[[_Crm], None]) -> _Crm:
    """The CRM as *make* makes it; *fill* is called for one that is new.

    A state file is filled under another name, so that a start that was killed leaves no half of an org behind.
    """
    if path is None:
        crm = make(None)
        fill(crm)
        return crm
    try:
        if not path.exists():
            # Renamed when full: a start that was killed leaves no org that looks complete.
            half = path.with_name(path.name + ".part")
            for remnant in half.parent.glob(f"{half.name}*"):  # with the log that SQLite keeps beside it
                remnant.unlink()
            with contextlib.closing(make(half)) as new:
                fill(new)
            half.replace(path)
        return make(path)
    except (sqlite3.Error, OSError) as error:
        raise SandboxError(f"--state {path}: cannot be used as a state file: {error}") from error
