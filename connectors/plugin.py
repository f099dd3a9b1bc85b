"""What a package offers so that a connection's ``type`` finds its connector.

A package names one ``ConnectorPlugin`` under the entry-point group ``dealwarden.connectors``. The configuration is read
by every command, the connector is needed by few: keep the module that holds the plugin light, and import the connector
inside ``connect``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from connectors.base import Connector
from connectors.host import Host
from connectors.mapping import FieldMap
from connectors.rotating import RotatingSecret

GROUP: Final = "dealwarden.connectors"
"""The entry-point group; an entry's name is the connection's ``type``."""

MODES: Final = ("observe", "score", "enforce")
"""How far a connection may go, the mildest first."""

MAPPING_KEYS: Final = frozenset(
    {"elements", "extras", "roles", "muted_until", "scores", "ca_file", "close_status"},
)
"""Keys that every connection table may have and that only a connector can respect."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a connection's table that belongs to the plugin.

    *kind* is ``str``, ``int``, ``float``, ``bool``, ``list``, ``dict`` or one of ``datetime``'s types, as TOML reads
    them. The value of a *secret* is a reference (``env:NAME``, ``file:path``); ``ConnectionContext.secret`` reads it.
    """

    meaning: str
    kind: type = str
    required: bool = False
    secret: bool = False


def _nothing_rotates(_key: str) -> RotatingSecret | None:
    return None


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """What a connector receives besides its own keys.

    Relative paths start at *folder*, the configuration's. *quota_share* is our part of the CRM's daily calls, and
    *spent_today* what earlier processes took of it. *secret* gives, for a key, a function that reads what the reference
    under it leads to, or None where the key was left out: call it when a session begins, not before. *rotating* gives
    the same secret for a CRM that replaces it when it is used. *host* has the clocks to go by.
    """

    name: str
    folder: Path
    secret: Callable[[str], Callable[[], str] | None]
    mapping: FieldMap = field(default_factory=FieldMap)
    ca_file: Path | None = None
    close_status: str | None = None
    quota_share: float = 0.2
    spent_today: int = 0
    host: Host = field(default_factory=Host)
    rotating: Callable[[str], RotatingSecret | None] = _nothing_rotates

    def needed_secret(self, key: str) -> Callable[[], str]:
        """Return the reader of a secret that the configuration was checked to name."""
        # Called by connect: configuration errors were reported before, so this is a fault of the plugin.
        reader = self.secret(key)
        if reader is None:
            raise KeyError(key)
        return reader


class Connect(Protocol):
    """Makes a connector; sends nothing and reads no secret yet."""

    def __call__(self, settings: Mapping[str, Any], *, context: ConnectionContext) -> Connector:
        """Make the connector of one connection from the plugin's own keys, as the configuration has them."""


def _no_address(_settings: Mapping[str, Any], _org_id: str, _deal_id: str) -> str | None:
    return None


def _nothing_wrong(_: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class ConnectorPlugin:
    """A kind of connection: its name, its keys, and how a connector is made of them.

    Before *connect* sees the *keys* they are checked: unknown ones, missing ones, wrong types, secrets that stand there
    themselves. *check* adds further problems, as (key, what was found and expected). *reads* are those of
    ``MAPPING_KEYS`` that the connector respects; the others are refused in its table. *modes* are those that it can
    serve; *why_modes* explains to the operator why the others are impossible. *deal_url* returns the address of a
    deal from the own keys, the org's id and the deal's, without asking the CRM.
    """

    name: str
    connect: Connect
    keys: Mapping[str, Key] = field(default_factory=dict)
    check: Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]] = _nothing_wrong
    reads: frozenset[str] = MAPPING_KEYS
    modes: tuple[str, ...] = MODES
    why_modes: str = ""
    deal_url: Callable[[Mapping[str, Any], str, str], str | None] = _no_address
