"""Kinds of connection: which are installed, and whether a connection's table fits its kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from connectors.plugin import GROUP, MAPPING_KEYS, MODES, ConnectorPlugin, Key
from rules.files.toml_positions import KeyPath
from rules.language.errors import nearest
from sync.config.credentials import REFUSED, has_credentials
from sync.config.problems import Problem, shown
from sync.config.secret import is_reference
from sync.errors import PluginError

TYPED: Final = frozenset({"salesforce", "hubspot"})
"""The kinds whose tables have a section of their own in the schema."""

ALWAYS: Final = frozenset({"type", "name", "mode", "fallback_owner", "phases", "scope", "guards", "key_not_unique"})
"""Keys of every connection's table that no connector reads."""

_EXPECTED: Final[Mapping[str, str]] = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a table",
    "date": "a date",
    "datetime": "a time with its zone, as in 2026-06-15T09:00:00Z",
}


def installed() -> tuple[str, ...]:
    """Return the names of the installed kinds of connection."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def load_plugin(kind: str) -> ConnectorPlugin:
    """Load the plugin for the connection type *kind*.

    Raises:
        PluginError: none, several, or one that cannot be used; says what to install or remove.
    """
    return _load(kind, tuple(sys.path))


@lru_cache(maxsize=32)  # a module that was imported stays; a plugin that is missing may be installed meanwhile
def _load(kind: str, _path: tuple[str, ...]) -> ConnectorPlugin:
    entries = list(entry_points(group=GROUP, name=kind))
    if not entries:
        raise PluginError(_not_installed(kind))
    # Which one is loaded would depend on the order of installation.
    if len(entries) > 1:
        offering = " and ".join(sorted(_package(entry) for entry in entries))
        raise PluginError(f'found several plugins for "{kind}", from {offering}; uninstall all but one')
    (entry,) = entries
    try:
        plugin = entry.load()
    except Exception as error:  # a plugin may fail in any way on its import
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(
            f'the plugin "{kind}" of {_package(entry)} cannot be loaded ({reason}); reinstall it'
        ) from error
    if not isinstance(plugin, ConnectorPlugin) or plugin.name != kind:
        raise PluginError(
            f'the plugin "{kind}" of {_package(entry)} is no ConnectorPlugin of that name; report it to its authors'
        )
    return plugin


def plugin_problems(path: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the table of a connection whose kind has no section in the schema, by what its plugin says of its keys."""
    kind = table.get("type")
    if not isinstance(kind, str) or kind in TYPED:
        return
    try:
        plugin = load_plugin(kind)
    except PluginError as error:
        yield Problem((*path, "type"), str(error))
        return
    yield from _mode_problems(path, table, plugin)
    settings = own_keys(table)
    for key, value in settings.items():
        spec = plugin.keys.get(key)
        text = _unknown_key(key, plugin) if spec is None else _value_problem(spec, value)
        if text:
            yield Problem((*path, key), text)
    for key in sorted(MAPPING_KEYS - plugin.reads):
        if key in table:
            yield Problem((*path, key), f"found a value that nothing reads in a {kind} connection; take it out")
    missing = [key for key, spec in plugin.keys.items() if spec.required and key not in settings]
    for key in missing:
        yield Problem((*path, key), f"missing, expected {plugin.keys[key].meaning}")
    # A plugin's own check may rely on the keys that it requires.
    if not missing:
        yield from (Problem((*path, key), text) for key, text in plugin.check(settings))


def own_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a connection's table that are its plugin's."""
    return {key: value for key, value in table.items() if key not in ALWAYS | MAPPING_KEYS}


def _not_installed(kind: str) -> str:
    if kind in TYPED:
        return f'dealwarden\'s own plugin "{kind}" is not registered; reinstall dealwarden'
    known = installed()
    close = nearest(kind, known)
    suggestion = f'; did you mean "{close}"?' if close else "."
    return (
        f'found "{kind}", expected one of {", ".join(known)}{suggestion} Another CRM needs its plugin: install the '
        "package that offers it into dealwarden's own environment (python -m pip install PACKAGE)"
    )


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value


def _mode_problems(path: KeyPath, table: Mapping[str, Any], plugin: ConnectorPlugin) -> Iterator[Problem]:
    why = f": {plugin.why_modes}" if plugin.why_modes else ""
    mode = table.get("mode", MODES[0])
    if mode in MODES and mode not in plugin.modes:
        yield Problem((*path, "mode"), f'found "{mode}", expected {" or ".join(plugin.modes)}{why}')
    elif "pilot" in table and plugin.modes == MODES[:1]:
        yield Problem((*path, "pilot"), f"found a pilot, expected none{why}")


def _unknown_key(key: str, plugin: ConnectorPlugin) -> str:
    known = (*plugin.keys, *(ALWAYS - {"name"}), *plugin.reads)
    close = nearest(key, known)
    return "unknown key" + (f'; did you mean "{close}"?' if close else f"; known here: {', '.join(sorted(known))}")


def _value_problem(spec: Key, value: Any) -> str:
    if spec.secret:
        if isinstance(value, str) and is_reference(value):
            return ""
        return 'found a value, expected a reference: put the secret elsewhere and write "env:NAME" or "file:path" here'
    if isinstance(value, str) and "://" in value and has_credentials(value):
        return REFUSED
    if _fits(spec.kind, value):
        return ""
    return f"found {shown(value)}, expected {_EXPECTED.get(spec.kind.__name__, spec.kind.__name__)}"


def _fits(kind: type, value: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
