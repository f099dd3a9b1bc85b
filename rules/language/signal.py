"""What conditions and templates may name: signals, each with its type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class SignalType(StrEnum):
    """What kind of value a signal has; conditions are checked against it."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    PHASE = "phase"  # text out of PHASES that compares by its place there
    LIST = "list"  # list of text: for templates only


@dataclass(frozen=True, slots=True)
class Signal:
    """One typed fact about one deal.

    *sources* are the names under which coverage of its evidence is measured: all of them must be covered, or, with
    *any_source*, at least one. *ages* says that the value moves with the day alone, so that a change of it is no
    reason to rewrite a task.
    """

    name: str
    type: SignalType
    meaning: str
    unit: str = ""
    sources: tuple[str, ...] = ()
    any_source: bool = False
    history: Literal["full", "since_install", "none"] = "none"
    ages: bool = False
