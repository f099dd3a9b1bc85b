"""Hot reload: rule files and config are read again when they change, and used only if nothing is wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from rules.language.errors import RuleError
from sync.app.file_warnings import warn_of_files
from sync.app.rule_files import load_rule_sets
from sync.app.workspace import Workspace
from sync.config.config import Config, load_config
from sync.errors import ConfigError

LOOK_EVERY_S: Final = 5.0
"""How often the daemon looks whether a file has changed."""

log = structlog.get_logger("dealwarden.rules")

_Stamp = tuple[tuple[str, int, int], ...]


class Reloader:
    """Keeps a running workspace at what its files say, as long as they are good.

    A problem is logged once for each change of the files, and the rules that ran before stay in force.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._seen = _stamp(workspace.config)

    def check(self) -> None:
        """Read the files again if any of them changed; cycles that run go on with the rules that they began with."""
        with self._lock:
            running = self._workspace.config
            now = _stamp(running)
            if now == self._seen:
                return
            self._seen = now
            try:
                config = load_config(running.path)
                rulesets = load_rule_sets(config)
            except (ConfigError, RuleError) as error:
                log.error("rules.refused", problems=[str(problem) for problem in error.problems])
                return
            warn_of_files(config)
            self._workspace.renew(config, rulesets)
            self._seen = _stamp(config)
            log.info("rules.reloaded", rules={name: len(ruleset.rules) for name, ruleset in rulesets.items()})
            for section in _needs_restart(running, config):
                log.warning("config.needs_restart", section=section)


def _stamp(config: Config) -> _Stamp:
    """Return what differs whenever somebody saves the config, or adds, changes or removes a rule file."""
    own = [connection.overlay for connection in config.connections.values() if connection.overlay is not None]
    files = [file for folder in (config.overlay_path, *own) for file in sorted(folder.glob("*.toml"))]
    return tuple(_file_stamps(config.path, *files))


def _file_stamps(*paths: Path) -> Iterator[tuple[str, int, int]]:
    for path in paths:
        try:
            status = path.stat()
        except OSError:  # gone between listing and looking, or not there while an editor replaces it
            continue
        yield (str(path), status.st_mtime_ns, status.st_size)


def _needs_restart(before: Config, after: Config) -> Iterator[str]:
    """Name the sections that a running daemon does not take up."""
    if before.store_url != after.store_url:
        yield "store"
    if before.schedule != after.schedule:
        yield "schedule"
    if after.connections.keys() - before.connections.keys():
        yield "connections"
