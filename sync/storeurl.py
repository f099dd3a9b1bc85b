"""Where the store lies, read from a config without loading all that a config needs."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sync.errors import ConfigError

DEFAULT_URL = "sqlite:///dealwarden.db"
_SQLITE = "sqlite:///"


def sqlite_file(url: str, base: Path) -> Path:
    """Give the database file behind *url*; a relative one lies in *base*, the config's folder.

    Raises:
        ValueError: *url* names no SQLite file; the message says what was expected.
    """
    if url.startswith(("postgres:", "postgresql:", "postgresql+")):
        raise ValueError(
            f'found "{url.partition(":")[0]}", not yet supported; expected a SQLite file as in "{DEFAULT_URL}"'
        )
    place = url.removeprefix(_SQLITE)
    if place == url or not place or place.startswith((":memory:", "?")):
        raise ValueError(f'found "{url}", expected a SQLite file as in "{DEFAULT_URL}"')
    return (base / place).resolve()


def store_file(config_path: Path) -> Path:
    """Read nothing but the store's place from a config file.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or names no SQLite file.
    """
    text = read_config_text(config_path)
    section = parse_toml(config_path, text).get("store", {})
    url = section.get("url", DEFAULT_URL) if isinstance(section, dict) else section
    if not isinstance(url, str):
        raise ConfigError([f'{config_path}: [store.url] found {url!r}, expected text as in "{DEFAULT_URL}"'])
    try:
        return sqlite_file(url, config_path.resolve().parent)
    except ValueError as error:
        raise ConfigError([f"{config_path}: [store.url] {error}"]) from error


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
        raise ConfigError([f"{path}: the file is not UTF-8 text"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})"]) from error


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
