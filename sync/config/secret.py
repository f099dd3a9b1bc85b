"""Secrets by reference: where a secret lies is configuration, what it says never is."""

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

    def resolve(self, base: Path) -> str:
        """Read the secret now; a relative file lies in *base*, the config's folder.

        Raises:
            SecretError: there is nothing at that place; names the key and the reference, never a value.
        """
        kind, _, place = self.reference.partition(":")
        value = self._from_environment(place) if kind == "env" else self._from_file(_file(base, place))
        if not value.strip():
            raise SecretError(f"[{self.key}] {self.reference}: there is nothing in it; put the secret there")
        return value.strip()

    def _from_environment(self, name: str) -> str:
        try:
            return os.environ[name]
        except KeyError:
            raise SecretError(f"[{self.key}] {self.reference}: the environment variable {name} is not set") from None

    def _from_file(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise SecretError(f"[{self.key}] {self.reference}: {path} is not a text file") from None
        except OSError as error:
            raise SecretError(f"[{self.key}] {self.reference}: {path} cannot be read ({error.strerror})") from error


@lru_cache(maxsize=64)
def _file(base: Path, place: str) -> Path:
    return base / Path(place).expanduser()


def is_reference(text: str) -> bool:
    """Say whether *text* is a reference to a secret, as opposed to, perhaps, the secret itself."""
    return _REFERENCE.fullmatch(text) is not None
