"""What the body of a managed task states in its last lines: read back without anything heavy.

Bodies of every release are read for ever: the first one wrote the rules, what waits and the day in lines of their own,
later ones write them in one line, with the version of the text at its end.
"""

from __future__ import annotations

import re
from typing import Final

VERSION: Final = "v2"
"""The version of task texts; a managed body of another one is rewritten once."""

_RULES_LINE: Final = re.compile(r"^Rules: (.*)$", re.MULTILINE)
_WAITING_LINE: Final = re.compile(r"^Waiting: (.*)$", re.MULTILINE)
_RULE: Final = re.compile(r"([a-z0-9-]+) \((info|warn|high|critical)\)")
_WRITTEN: Final = re.compile(r"^Written .*$|·[^·\n]*·[^·\n]*dw:[0-9a-f]+-\d+( v\S+)?[ \t]*$", re.MULTILINE)
_STAMP: Final = re.compile(r"dw:[0-9a-f]+-\d+ (v\S+)[ \t]*$", re.MULTILINE)
_AS_OF: Final = re.compile(r"^(?P<kept>\S.*) · [^·\n]*$")


def rules_in(text: str) -> list[tuple[str, str]] | None:
    """Return (rule id, severity's word) of the rules that a body names; None where their line is gone."""
    return _named(_RULES_LINE, text)


def waiting_in(text: str) -> list[tuple[str, str]]:
    """Return the same of the rules of other families that a body lists as suppressed."""
    return _named(_WAITING_LINE, text) or []


def version_in(text: str) -> str | None:
    """Return the version of a managed body, "v1" before versions were stated; None where its last lines are gone."""
    stamp = _STAMP.search(_unix(text))
    if stamp is not None:
        return stamp[1]
    return None if rules_in(text) is None else "v1"


def is_signed(text: str, key: str) -> bool:
    """Whether a body ends as dealwarden's do: with the key of its task, after the last lines of any release."""
    last = _unix(text).rstrip().rsplit("\n", 1)[-1]
    return bool(key) and re.search(rf"\b{re.escape(key)}(?: v\S+)?$", last.rstrip()) is not None


def undated(text: str) -> str:
    """Return a body without what ages by itself: the day on which it was written, and the risk as of that day."""
    lines = _WRITTEN.sub("", _unix(text)).strip().split("\n")
    as_of = _AS_OF.match(lines[0])
    first = as_of["kept"] if as_of else lines[0]
    return "\n".join(line.rstrip() for line in (first, *lines[1:])).strip()


def _named(line: re.Pattern[str], text: str) -> list[tuple[str, str]] | None:
    match = line.search(_unix(text))
    return None if match is None else _RULE.findall(match[1])


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
