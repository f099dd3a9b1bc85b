from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sync.config.config import Config, parse_config
from sync.errors import ConfigError

CONNECTION = """
[connections.acme]
type = "salesforce"
domain = "acme"
client_id = "env:SF_CLIENT_ID"
client_secret = "env:SF_CLIENT_SECRET"
"""


@pytest.fixture
def parsed(tmp_path: Path) -> Callable[..., Config]:
    """Parse a config of the given text and, unless told otherwise, one good connection."""

    def parse(text: str = "", connection: str = CONNECTION) -> Config:
        return parse_config(tmp_path / "config.toml", text + connection)

    return parse


@pytest.fixture
def problems(parsed: Callable[..., Config], tmp_path: Path) -> Callable[..., list[str]]:
    """Give the problems of a config, without the file's path before the line."""

    def find(text: str = "", connection: str = CONNECTION) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            parsed(text, connection)
        return [line.removeprefix(f"{tmp_path / 'config.toml'}:") for line in caught.value.problems]

    return find


@pytest.fixture
def connection_with() -> Callable[[str], str]:
    """Give the good connection with more lines under its header."""
    return lambda lines: f"{CONNECTION}{lines}\n"
