"""Checks of a config that look at several keys at once, made before its values are read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.toml_positions import KeyPath
from sync.config_problems import Problem

NOT_YET: Final[Mapping[KeyPath, tuple[str, ...]]] = {
    (): ("digest", "guards", "notify", "calendars", "calendar", "web"),
    ("tasks",): (
        "open_per_deal",
        "open_per_owner",
        "new_per_owner_per_day",
        "pause_owner_at",
        "cooldown",
        "backlog",
    ),
    ("scope",): ("pipelines", "record_types", "deal_types", "include", "exclude"),
    ("retention",): ("effect_bodies_days",),
    ("connections", "*"): ("pilot", "scope", "guards", "calendar", "record_type", "task_type", "required_fields"),
}
"""Keys that are planned and do nothing so far: refused by name, so that nobody relies on them."""

_AUTH_KEYS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "client-credentials": (("client_id", "client_secret"), ()),
    "jwt": (("client_id", "username", "private_key"), ()),
    "refresh-token": (("client_id", "refresh_token"), ("client_secret",)),
}
"""For each way to log in: the keys it needs, and those it may also have."""


def take_not_yet(data: dict[str, Any]) -> Iterator[Problem]:
    """Report what is planned but does nothing yet, and take it out of *data* so that it is reported once."""
    for path, keys in NOT_YET.items():
        for place, table in _tables(data, path):
            for key in keys:
                if key in table:
                    del table[key]
                    yield Problem((*place, key), "not yet supported; take it out, it would do nothing")
    for name, connection in list(_named(data, "connections")):
        if connection.get("type") == "hubspot":
            del data["connections"][name]
            yield Problem(("connections", name, "type"), 'found "hubspot", not yet supported; expected salesforce')


def connection_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Check, for each connection, that the keys given fit together."""
    for name, connection in _named(data, "connections"):
        path: KeyPath = ("connections", name)
        if "name" in connection:
            yield Problem((*path, "name"), "unknown key; a connection is called what its table is called")
        if ("domain" in connection) == ("login_url" in connection):
            found = "both domain and login_url" if "domain" in connection else "neither domain nor login_url"
            yield Problem(path, f"found {found}, expected one of them")
        yield from _auth_problems(path, connection)


def _auth_problems(path: KeyPath, connection: Mapping[str, Any]) -> Iterator[Problem]:
    auth = connection.get("auth", "client-credentials")
    if not isinstance(auth, str) or auth not in _AUTH_KEYS:
        return
    needed, allowed = _AUTH_KEYS[auth]
    for key in needed:
        if key not in connection and key != "client_id":
            yield Problem((*path, key), f'missing, expected since auth is "{auth}"')
    every_key = {key for keys in _AUTH_KEYS.values() for key in (*keys[0], *keys[1])}
    for key in sorted(every_key - set(needed) - set(allowed)):
        if key in connection:
            yield Problem((*path, key), f'found a value that nothing reads, since auth is "{auth}"; take it out')


def _tables(data: dict[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Walk to the tables at *path*, where ``*`` stands for every name."""
    found: list[tuple[KeyPath, dict[str, Any]]] = [((), data)]
    for part in path:
        found = [
            ((*place, name), table[name])
            for place, table in found
            for name in (list(table) if part == "*" else [str(part)])
            if isinstance(table.get(name), dict)
        ]
    yield from found


def _named(data: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    tables = data.get(key)
    if isinstance(tables, dict):
        for name, table in list(tables.items()):
            if isinstance(table, dict):
                yield name, table
