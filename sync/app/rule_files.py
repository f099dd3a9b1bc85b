"""Rule files from disk: shipped packs, the config's part, and the operator's overlay, loaded as one rule set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rules.files.load import RuleFile, load
from rules.model import Bands, RuleSet
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.app.connect import all_extras
from sync.config.config import Config
from sync.config.sections import DEFAULT_PACKS, Scope
from sync.errors import ConfigError

DEFAULT_OVERLAY = "rules.d"
SCENARIO = ".scenario.toml"
"""How the names of scenario files end; they are in the folder of the rule files."""


Layers = tuple[Sequence[RuleFile], Sequence[RuleFile]]
"""The operator's rule files: those for all connections, and those for a single connection, which override them."""


def layers_of(config: Config, connection: str = "") -> Layers:
    """Read the operator's rule files.

    Raises:
        ConfigError: a rule file cannot be read.
    """
    own = config.connections[connection].overlay if connection else None
    return read_overlay(config.overlay_path), [] if own is None else read_overlay(own)


def load_rules(config: Config, connection: str = "", *, layers: Layers | None = None) -> RuleSet:
    """Load the rules that a configuration names, with its mapped extras as further signals.

    *connection* has its own scope and its own rule files counted; *layers* take the place of the configured folders.

    Raises:
        RuleError: a rule file is wrong; names every problem of every file.
        ConfigError: a rule file cannot be read.
    """
    catalogue = with_extras(CATALOGUE, all_extras(config))
    whole = RuleFile(str(config.path), config.text)
    shared, own = layers_of(config, connection) if layers is None else layers
    settings = config.settings
    rule_set = load(
        config.packs,
        shared,
        whole,
        catalogue=catalogue,
        connection=connection,
        own=own,
        language=settings.rules.language,
    )
    return replace(rule_set, bands=Bands(**settings.score.bands.model_dump()))


def load_rule_sets(config: Config) -> Mapping[str, RuleSet]:
    """Load the rule set of every connection; those without a scope or rule files of their own share a rule set.

    Raises:
        RuleError: a rule file is wrong; names every problem of every file.
        ConfigError: a rule file cannot be read.
    """
    shared = load_rules(config)
    own = {
        name
        for name, connection in config.connections.items()
        if connection.scope != Scope() or connection.overlay or connection.pilot
    }
    return {name: load_rules(config, name) if name in own else shared for name in config.connections}


def load_default_rules(folder: Path) -> RuleSet:
    """Load the shipped rules and what *folder* lays over them, without any configuration.

    Raises:
        RuleError: a rule file is wrong; names every problem of every file.
        ConfigError: a rule file cannot be read.
    """
    return load(DEFAULT_PACKS, read_overlay(folder / DEFAULT_OVERLAY), catalogue=CATALOGUE)


def ignored_files(config: Config) -> list[str]:
    """Return a warning for each file of the overlay folders that is not read, since its name is none of a rule file."""
    own = [connection.overlay for connection in config.connections.values() if connection.overlay is not None]
    return [warning for folder in dict.fromkeys((config.overlay_path, *own)) for warning in ignored_in(folder)]


def ignored_in(folder: Path) -> list[str]:
    """Return a warning for each file of a folder of rule files that is not read; notes in ``.md`` may lie there."""
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    named = (path for path in files if not path.name.startswith(".") and path.suffix.lower() != ".md")
    return [f"{path}: not read; the name of a rule file ends with .toml" for path in named if path.suffix != ".toml"]


def read_scenarios(folder: Path) -> list[RuleFile]:
    """Read the scenarios in a folder of rule files, sorted by name.

    Raises:
        ConfigError: a file cannot be read, or is no UTF-8 text.
    """
    return read_overlay(folder, f"*{SCENARIO}")


def read_overlay(folder: Path, pattern: str = "*.toml") -> list[RuleFile]:
    """Read the rule files of a folder, sorted by name; none where there is no such folder.

    Raises:
        ConfigError: a file cannot be read, or is no UTF-8 text.
    """
    files: list[RuleFile] = []
    problems: list[str] = []
    for path in sorted(folder.glob(pattern)) if folder.is_dir() else ():
        if path.name.endswith(SCENARIO) and pattern != f"*{SCENARIO}":
            continue
        try:
            files.append(RuleFile(str(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            problems.append(f"{path}: the file is not UTF-8 text; save it as UTF-8")
        except OSError as error:
            problems.append(f"{path}: the file cannot be read ({error.strerror}); check its permissions")
    if problems:
        raise ConfigError(problems)
    return files
