"""What the body of a managed task states in its last lines: read back without anything heavy."""

from __future__ import annotations

import re
from typing import Final

_RULES_LINE: Final = re.compile(r"^Rules: (.*)$", re.MULTILINE)
_WAITING_LINE: Final = re.compile(r"^Waiting: (.*)$", re.MULTILINE)
_RULE: Final = re.compile(r"([a-z0-9-]+) \((info|warn|high|critical)\)")


def rules_in(text: str) -> list[tuple[str, str]] | None:
    """Return (rule id, severity's word) of the rules that a body names; None where their line is gone."""
    return _named(_RULES_LINE, text)


def waiting_in(text: str) -> list[tuple[str, str]]:
    """Return the same of the rules of other families that a body lists as suppressed."""
    return _named(_WAITING_LINE, text) or []


def _named(line: re.Pattern[str], text: str) -> list[tuple[str, str]] | None:
    match = line.search(text.replace("\r\n", "\n"))
    return None if match is None else _RULE.findall(match[1])
