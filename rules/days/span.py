"""Lengths of time as rule files write them: whole days, or business days."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A number of whole days, of business days where *business* is set."""

    count: int
    business: bool

    def __str__(self) -> str:
        return f"{self.count} {'business ' if self.business else ''}day{'' if self.count == 1 else 's'}"
