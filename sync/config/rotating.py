"""Refresh tokens that rotate, kept where the config says that the secret is: in a file, replaced as a whole."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import AuthError
from sync.config.private_files import open_lock
from sync.config.secret import Secret


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret that its CRM may replace; a relative file is in *base*, the config's folder."""

    secret: Secret
    base: Path

    @contextmanager
    def turn(self) -> Iterator[str]:
        """Hold the lock beside the file, waiting for another process to end its turn, and read the secret.

        Raises:
            SecretError: there is nothing at that place.
        """
        with _locked(self._file):
            yield self.secret.resolve(self.base)

    def keep(self, value: str) -> None:
        """Replace the file as a whole, readable for its owner alone: at no moment is there half a token or none.

        Raises:
            AuthError: it is an environment variable, or a file that cannot be replaced.
        """
        file = self._file
        where = f"[{self.secret.key}] {self.secret.reference}"
        advice = "get a new refresh token, put it into a file that this user may replace, and name it as file:PATH"
        if file is None:
            raise AuthError(
                f"{where}: the CRM replaced the refresh token when it was used, and an environment variable cannot "
                f"keep the new one; {advice}"
            )
        try:
            _replace(file, value)
        except OSError as error:
            raise AuthError(
                f"{where}: the CRM replaced the refresh token, and {file} cannot be replaced ({error.strerror}); "
                f"{advice}"
            ) from error

    @property
    def _file(self) -> Path | None:
        file = self.secret.file(self.base)
        # What a link leads to is replaced, and not the link.
        return None if file is None else file.resolve()


@contextmanager
def _locked(file: Path | None) -> Iterator[None]:
    descriptor = None
    if file is not None:
        # In a folder that is read-only nothing can rotate either; keeping a new token says so.
        with suppress(OSError):
            descriptor = open_lock(file.with_name(f"{file.name}.lock"))
    try:
        if descriptor is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _replace(file: Path, value: str) -> None:
    # Made with 0600, in the same folder, so that the replacement is one step on one file system.
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(f"{value}\n")
            written.flush()
            os.fsync(written.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
