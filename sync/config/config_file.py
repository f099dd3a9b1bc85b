"""The config file as text and as TOML, before any of its values is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sync.errors import ConfigError

DEFAULT_CONFIG: Final = Path("config.toml")
"""The config that commands read where none is named."""


def read_config_text(path: Path) -> str:
    """Read a config file whole.

    Raises:
        ConfigError: it is not there, not readable or no UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        advice = "name another with --config FILE, or start from config.example.toml"
        raise ConfigError([f"{path}: there is no such file; {advice}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: the file is not UTF-8 text; save it as UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: the file cannot be read ({error.strerror}); check its permissions"]) from error


def mapped_stages(path: Path) -> dict[str, frozenset[tuple[str, str]]]:
    """Return the stages that each connection maps to a phase, by pipeline and id, without checking them.

    Raises:
        ConfigError: the file cannot be read, or is not TOML.
    """
    tables = parse_toml(path, read_config_text(path)).get("connections", {})
    named = tables.items() if isinstance(tables, dict) else ()
    return {name: frozenset(_stages(table.get("phases"))) for name, table in named if isinstance(table, dict)}


def _stages(phases: object) -> Iterator[tuple[str, str]]:
    """Yield pipeline and stage; stages directly under phases are those of the only pipeline, called default."""
    for name, value in phases.items() if isinstance(phases, dict) else ():
        if isinstance(value, dict):
            yield from ((name, stage) for stage in value)
        else:
            yield ("default", name)


def parse_toml(path: Path, text: str) -> dict[str, object]:
    """Parse a config's TOML.

    Raises:
        ConfigError: it is no TOML; the message carries the line where parsing stopped.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at line ")
        line = place.partition(",")[0] if place[:1].isdigit() else str(text.count("\n") + 1)
        raise ConfigError([f"{path}:{line}: no valid TOML: {(reason or str(error)).lower()}"]) from None
