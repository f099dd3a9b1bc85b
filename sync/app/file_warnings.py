"""Warnings about files that a config names: secrets that others can read, and rule files that are not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from sync.app.rule_files import ignored_files
from sync.config.config import Config
from sync.config.private_files import others_may_read
from sync.config.secret import Secret, is_reference

log = structlog.get_logger("dealwarden.config")


def warn_of_files(config: Config) -> None:
    """Log a warning for each secret file that its group or everybody may read or write, and each unread rule file."""
    for key, path in _secret_files(config):
        if others_may_read(path):
            log.warning("secret.readable", setting=key, file=str(path), do=f"chmod 600 {path}")
    for warning in ignored_files(config):
        log.warning("rules.file_ignored", warning=warning)


def _secret_files(config: Config) -> Iterator[tuple[str, Path]]:
    """Yield each file that a setting takes a secret from, with the setting's path."""
    for name, connection in config.connections.items():
        for key, value in connection.own_keys().items():
            if isinstance(value, str) and is_reference(value):
                yield from _file(Secret(f"connections.{name}.{key}", value), config.base)
    store = config.settings.store
    if store.password is not None:
        yield from _file(store.password, config.base)
    if is_reference(store.url):
        yield from _file(Secret("store.url", store.url), config.base)


def _file(secret: Secret, base: Path) -> Iterator[tuple[str, Path]]:
    if (path := secret.file(base)) is not None:
        yield secret.key, path
