"""Secrets by reference: where a secret is kept is configuration, its value never is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sync.errors import SecretError

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A place that holds a secret: *reference* is ``env:NAME`` or ``file:path``, *key* the config key that names it."""

    key: str
    reference: str

    def file(self, base: Path) -> Path | None:
        """Return the file that holds the secret; None where an environment variable does."""
        kind, _, place = self.reference.partition(":")
        return _file(base, place) if kind == "file" else None

    def resolve(self, base: Path) -> str:
        """Read the secret now; a relative file is in *base*, the config's folder.

        Raises:
            SecretError: there is nothing at that place; names the key and the reference, never a value.
        """
        kind, _, place = self.reference.partition(":")
        value = self._from_environment(place) if kind == "env" else self._from_file(_file(base, place))
        # An empty variable is nearly always a deployment that forgot it, and a login with it fails far from here.
        if not value.strip():
            raise self._error("found nothing there, expected a secret; put it there")
        return value.strip()

    def _from_environment(self, name: str) -> str:
        try:
            return os.environ[name]
        except KeyError:
            raise self._error(f"the environment variable {name} is not set; set it for this process") from None

    def _from_file(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise self._error(f"{path} is not a text file; put the secret there as text") from None
        except OSError as error:
            advice = "put the secret there, readable for this user"
            raise self._error(f"{path} cannot be read ({error.strerror}); {advice}") from error

    def _error(self, text: str) -> SecretError:
        return SecretError(f"[{self.key}] {self.reference}: {text}")


@lru_cache(maxsize=64)
def _file(base: Path, place: str) -> Path:
    return base / Path(place).expanduser()


def is_reference(text: str) -> bool:
    """Whether *text* is a reference to a secret, as opposed to, perhaps, the secret itself."""
    return _REFERENCE.fullmatch(text) is not None
