"""The languages that task texts ship in: one file each, laid over the packs, with the words that are in no rule."""

from __future__ import annotations

import tomllib
from functools import cache

from rules.files.document import RuleFile
from rules.files.shipped import language_text
from rules.language.words import ENGLISH, Language


@cache
def language_of(code: str) -> Language:
    """Return the language of that code, English or one that ships as a file."""
    if code == ENGLISH.code:
        return ENGLISH
    table = tomllib.loads(language_text(code))["language"]
    return Language(
        code,
        months=tuple(table["months"]),
        date_format=table["date"],
        day_format=table["day"],
        words=table["words"],
        labels=table["labels"],
        thousands=table["thousands"],
        amount=table["amount"],
        decimal=table["decimal"],
    )


def language_file(code: str) -> RuleFile:
    """Return the file that lays a language over the packs."""
    return RuleFile(f"packs/languages/{code}.toml", language_text(code))
