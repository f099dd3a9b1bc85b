"""What ships as data: the packs of rules, and the languages of task texts. Imports nothing heavy, for the config."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from rules.language.words import ENGLISH


@cache
def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that ship with the product."""
    return _names("rules.packs")


def pack_text(name: str) -> str:
    """Return the text of a shipped pack."""
    return files("rules.packs").joinpath(f"{name}.toml").read_text(encoding="utf-8")


@cache
def language_names() -> tuple[str, ...]:
    """Return the codes of the languages that task texts can be written in, English first."""
    return (ENGLISH.code, *_names("rules.packs.languages"))


def language_text(code: str) -> str:
    """Return the text of the file that lays a language over the packs."""
    return files("rules.packs.languages").joinpath(f"{code}.toml").read_text(encoding="utf-8")


def _names(package: str) -> tuple[str, ...]:
    entries = files(package).iterdir()
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml")))
