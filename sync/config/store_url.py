"""The address of the store, read from a config without loading all that a config needs."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from sync.config.config_file import parse_toml, read_config_text
from sync.config.credentials import shown_url
from sync.config.secret import Secret, is_reference
from sync.errors import ConfigError

DEFAULT_URL = "sqlite:///dealwarden.db"
_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")
_EXPECTED = (
    f'expected a SQLite file as in "{DEFAULT_URL}" or a PostgreSQL address as in "postgresql://user@host/database"'
)


def is_postgres(url: str) -> bool:
    """Whether *url* names a PostgreSQL database."""
    return url.startswith(_POSTGRES)


def sqlite_file(url: str, base: Path) -> Path:
    """Return the database file behind *url*; a relative one is in *base*, the config's folder.

    Raises:
        ValueError: *url* names no SQLite file; the message says what was expected.
    """
    place = url.removeprefix(_SQLITE)
    if place == url or not place or place.startswith((":memory:", "?")):
        raise ValueError(f'found "{shown_url(url)}", {_EXPECTED}')
    return (base / place).resolve()


def is_missing(url: str) -> bool:
    """Whether *url* names a SQLite file that does not exist yet; of other databases it is not known."""
    return url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).is_file()


def absolute_url(url: str, base: Path) -> str:
    """Check an address, and make the path of a SQLite file absolute.

    Raises:
        ValueError: *url* names no database that can be used; the message says what was expected.
    """
    return url if is_postgres(url) else f"{_SQLITE}{sqlite_file(url, base)}"


def written_url(url: str, base: Path) -> str:
    """Check an address, or a reference to one, as a config may hold it.

    Raises:
        ValueError: *url* names no database that can be used, or holds a password; the message never repeats one.
    """
    if is_reference(url):
        return url
    # A config is copied, committed and mailed; a password must not be in it.
    if without_password(url) != url:
        raise ValueError(
            'found an address with a password in it, expected a reference: write password = "env:NAME" next to it, '
            'or url = "env:NAME" for the whole address'
        )
    return absolute_url(url, base)


def without_password(url: str) -> str:
    """Return *url* with three dots in place of its password, if it has one."""
    return re.sub(r"(://[^:/?#@\s]*):\S*@|(\bpassword=)[^&]*", r"\1\2...@", url) if "://" in url else url


def resolve_store(url: str, password: Secret | None, base: Path) -> str:
    """Read the references of a store's address now, and return the address with its password.

    Raises:
        SecretError: a reference leads nowhere.
        ConfigError: a referenced address names no database that can be used.
    """
    if is_reference(url):
        try:
            url = absolute_url(Secret("store.url", url).resolve(base), base)
        except ValueError as error:
            raise ConfigError([f"[store.url] {error}"]) from error
    if password is None:
        return url
    return f"{url}{'&' if '?' in url else '?'}password={quote(password.resolve(base), safe='')}"


def store_url(config_path: Path) -> str:
    """Read nothing but the store's address from a config file, and resolve it.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or names no database.
        SecretError: a reference leads nowhere.
    """
    text = read_config_text(config_path)
    base = config_path.resolve().parent
    section = parse_toml(config_path, text).get("store", {})
    url = section.get("url", DEFAULT_URL) if isinstance(section, dict) else section
    password = section.get("password") if isinstance(section, dict) else None
    if not isinstance(url, str):
        raise ConfigError([f'{config_path}: [store.url] found {url!r}, expected text as in "{DEFAULT_URL}"'])
    secret = Secret("store.password", password) if isinstance(password, str) and is_reference(password) else None
    try:
        return resolve_store(written_url(url, base), secret, base)
    except ValueError as error:
        raise ConfigError([f"{config_path}: [store.url] {error}"]) from error
