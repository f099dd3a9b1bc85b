"""What a body of ours states in its last lines: read back without anything heavy."""

from __future__ import annotations

import re
from typing import Final

_RULES_LINE: Final = re.compile(r"^Rules: (.*)$", re.MULTILINE)
_WAITING_LINE: Final = re.compile(r"^Waiting: (.*)$", re.MULTILINE)
_RULE: Final = re.compile(r"([a-z0-9-]+) \((info|warn|high|critical)\)")


def rules_in(text: str) -> list[tuple[str, str]] | None:
    """Give (rule id, severity's word) of the rules that a body stands for; None where their line is gone."""
    return _named(_RULES_LINE, text)


def waiting_in(text: str) -> list[tuple[str, str]]:
    """Give the same of the rules of other families that a body names as waiting."""
    return _named(_WAITING_LINE, text) or []


def _named(line: re.Pattern[str], text: str) -> list[tuple[str, str]] | None:
    match = line.search(text.replace("\r\n", "\n"))
    return None if match is None else _RULE.findall(match[1])
