"""Rule files from disk: the shipped packs, the config's share, and the operator's overlay, loaded as one rule set."""

from __future__ import annotations

from pathlib import Path

from rules.catalogue import CATALOGUE, with_extras
from rules.load import RuleFile, load
from rules.model import RuleSet
from sync.config import Config
from sync.errors import ConfigError
from sync.wiring import all_extras

DEFAULT_PACKS = ("core",)
DEFAULT_OVERLAY = "rules.d"


def load_rules(config: Config) -> RuleSet:
    """Load the rules that a configuration names, with its mapped extras as further signals.

    Raises:
        RuleError: a rule file is wrong; names every problem of every file.
        ConfigError: a rule file cannot be read.
    """
    catalogue = with_extras(CATALOGUE, all_extras(config))
    own = RuleFile(str(config.path), config.text)
    return load(config.packs, read_overlay(config.overlay_path), own, catalogue=catalogue)


def load_default_rules(folder: Path) -> RuleSet:
    """Load the shipped rules and what *folder* lays over them, without any configuration.

    Raises:
        RuleError: a rule file is wrong; names every problem of every file.
        ConfigError: a rule file cannot be read.
    """
    return load(DEFAULT_PACKS, read_overlay(folder / DEFAULT_OVERLAY), catalogue=CATALOGUE)


def read_overlay(folder: Path) -> list[RuleFile]:
    """Read the operator's rule files, by name; none where there is no such folder.

    Raises:
        ConfigError: a file cannot be read, or is no UTF-8 text.
    """
    files: list[RuleFile] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            files.append(RuleFile(str(path), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            problems.append(f"{path}: the file is not UTF-8 text")
        except OSError as error:
            problems.append(f"{path}: cannot be read ({error.strerror})")
    if problems:
        raise ConfigError(problems)
    return files
