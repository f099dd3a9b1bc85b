"""The configuration of a daemon: one TOML file, checked as a whole before anything starts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rules.files.toml_scan import scan
from sync.config.checks import connection_problems, extra_problems, take_not_yet
from sync.config.config_file import parse_toml, read_config_text
from sync.config.connections import Connection
from sync.config.problems import from_validation, render
from sync.config.schema import Settings
from sync.config.sections import Schedule
from sync.config.store_url import resolve_store
from sync.errors import ConfigError, UnknownNameError


@dataclass(frozen=True, slots=True)
class Config:
    """A checked config: *text* is the file as it is, for the rule loader; *settings* are all of its sections."""

    path: Path
    text: str
    settings: Settings

    @property
    def base(self) -> Path:
        """The config's folder, which relative paths and secret files start from."""
        return self.path.parent

    @property
    def store_url(self) -> str:
        """The store's address, its references read now, with an absolute path.

        Raises:
            SecretError: a reference leads nowhere.
        """
        return resolve_store(self.settings.store.url, self.settings.store.password, self.base)

    @property
    def schedule(self) -> Schedule:
        """When cycles run."""
        return self.settings.schedule

    @property
    def packs(self) -> tuple[str, ...]:
        """The names of the shipped packs that judge."""
        return self.settings.rules.packs

    @property
    def overlay_path(self) -> Path:
        """The folder of the operator's own rule files; it may be absent."""
        return self.settings.rules.overlay

    @property
    def connections(self) -> Mapping[str, Connection]:
        """The connections by name, in the file's order."""
        return self.settings.connections

    def only(self, connection: str) -> Config:
        """Return the same config with that connection alone.

        Raises:
            UnknownNameError: there is no such connection.
        """
        if connection not in self.connections:
            raise UnknownNameError("connection", connection, self.connections)
        only = {connection: self.connections[connection]}
        return dataclasses.replace(self, settings=self.settings.model_copy(update={"connections": only}))


def load_config(path: Path) -> Config:
    """Read and check a config file; secrets stay references.

    Raises:
        ConfigError: with every problem of the file, each with its line and TOML path.
    """
    return parse_config(path, read_config_text(path))


def parse_config(path: Path, text: str) -> Config:
    """Check the text of a config that is, or would be, at *path*.

    Raises:
        ConfigError: with every problem of the text, each with its line and TOML path.
    """
    data = parse_toml(path, text)
    problems = [*take_not_yet(data), *connection_problems(data), *extra_problems(data)]
    connections = data.get("connections")
    if isinstance(connections, dict):
        data["connections"] = {
            name: {**table, "name": name} if isinstance(table, dict) else table for name, table in connections.items()
        }
    settings = None
    try:
        settings = Settings.model_validate(data, context={"base": path.resolve().parent})
    except ValidationError as error:
        problems += from_validation(error, Settings)
    if settings is None or problems:
        raise ConfigError(render(problems, scan(str(path), text)))
    return Config(path.resolve(), text, settings)
