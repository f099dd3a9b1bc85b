"""Checks of a config that look at several keys at once, made before its values are read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connectors.plugin import MODES
from rules.files.toml_positions import KeyPath
from rules.signals.mapped_fields import type_of_extra
from sync.config.plugins import plugin_problems
from sync.config.problems import Problem

NOT_YET: Final[Mapping[KeyPath, tuple[str, ...]]] = {
    (): ("notify", "web"),
    ("retention",): ("effect_bodies_days",),
    ("connections", "*"): ("record_type", "task_type", "required_fields"),
}
"""Keys that are planned and do nothing so far: refused by name, so that nobody relies on them."""

_AUTH_KEYS: Final[Mapping[str, Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]]] = {
    "salesforce": {
        "client-credentials": (("client_id", "client_secret"), ()),
        "jwt": (("client_id", "username", "private_key"), ("audience",)),
        "refresh-token": (("client_id", "refresh_token"), ("client_secret",)),
    },
    "hubspot": {
        "service-key": (("token",), ()),
        "oauth": (("client_id", "client_secret", "refresh_token"), ()),
    },
}
"""For each CRM and way to log in, the default way first: the keys it needs, and those it may also have."""


def take_not_yet(data: dict[str, Any]) -> Iterator[Problem]:
    """Report what is planned but does nothing yet, and take it out of *data* so that it is reported once."""
    for path, keys in NOT_YET.items():
        for place, table in _tables(data, path):
            for key in keys:
                if key in table:
                    del table[key]
                    yield Problem((*place, key), "not yet supported; take it out, it would do nothing")


def connection_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Check, for each connection, that the keys given fit together."""
    for name, connection in _named(data, "connections"):
        path: KeyPath = ("connections", name)
        # The name is added to the table before validation, and would silently win over one in the file.
        if "name" in connection:
            yield Problem((*path, "name"), "unknown key; a connection is called what its table is called")
        if connection.get("type") == "salesforce" and ("domain" in connection) == ("login_url" in connection):
            given = "both domain and login_url" if "domain" in connection else "neither domain nor login_url"
            yield Problem(path, f"found {given}, expected one of them")
        yield from _auth_problems(path, connection)
        yield from _pilot_problems(path, connection)
        yield from plugin_problems(path, connection)


def _pilot_problems(path: KeyPath, connection: Mapping[str, Any]) -> Iterator[Problem]:
    pilot = connection.get("pilot")
    mode, first = connection.get("mode", MODES[0]), pilot.get("mode", MODES[-1]) if isinstance(pilot, dict) else None
    if mode in MODES and first in MODES and MODES.index(first) <= MODES.index(mode):
        yield Problem((*path, "pilot", "mode"), f'found "{first}", expected more than the connection\'s mode, "{mode}"')


def extra_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Check that connections agree on the type of an extra: one rule set judges the deals of all."""
    first: dict[str, tuple[str, str]] = {}
    for connection, table in _named(data, "connections"):
        extras = table.get("extras")
        for name, extra in extras.items() if isinstance(extras, dict) else ():
            given = extra.get("type") if isinstance(extra, dict) else None
            kind = given if isinstance(given, str) else type_of_extra(name).value
            other, expected = first.setdefault(name, (connection, kind))
            if kind != expected:
                text = f"found the type {kind}, expected {expected}, which it has in connections.{other}"
                yield Problem(("connections", connection, "extras", name), text)


def _auth_problems(path: KeyPath, connection: Mapping[str, Any]) -> Iterator[Problem]:
    crm = connection.get("type")
    ways = _AUTH_KEYS.get(crm, {}) if isinstance(crm, str) else {}
    auth = connection.get("auth", next(iter(ways), None))
    if not isinstance(auth, str) or auth not in ways:
        return
    needed, allowed = ways[auth]
    for key in needed:
        if key not in connection and (crm, key) != ("salesforce", "client_id"):
            yield Problem((*path, key), f'missing, expected since auth is "{auth}"')
    every_key = {key for keys in ways.values() for key in (*keys[0], *keys[1])}
    for key in sorted(every_key - set(needed) - set(allowed)):
        if key in connection:
            yield Problem((*path, key), f'found a value that nothing reads, since auth is "{auth}"; take it out')


def _tables(data: dict[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Walk to the tables at *path*, where ``*`` stands for every name."""
    places: list[tuple[KeyPath, dict[str, Any]]] = [((), data)]
    for part in path:
        places = [
            ((*place, name), table[name])
            for place, table in places
            for name in (list(table) if part == "*" else [str(part)])
            if isinstance(table.get(name), dict)
        ]
    yield from places


def _named(data: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = data.get(key)
    if isinstance(tables, dict):
        for name, table in list(tables.items()):
            if isinstance(table, dict):
                yield name, table
