"""Stories of what people do to our tasks, as the files in ``stories`` tell them. README.md says how to read one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent / "stories"
START = datetime(2026, 6, 15, 9, tzinfo=ZoneInfo("America/New_York"))
"""A Monday morning in the zone of both CRMs: every story's first cycle."""

_MOMENT = re.compile(r"day (\d+)(?: (\d\d):(\d\d))?")
_STORY = {"title", "row", "why", "only", "rules", "deal", "other", "start", "start_score", "steps", "needs_memory"}
_STEP = {"at", "why", "rules", "deal", "other", "task", "late", "leaves", "score", "expect"}
_DEAL = {"amount", "next_step", "name", "owner", "stage", "muted_until", "is", "takes_in"}
_TASK = {
    "is",
    "subject",
    "body",
    "note",
    "answer",
    "priority",
    "owner",
    "due",
    "status",
    "moves_to",
    "hidden",
    "family",
}
_EXPECTED = {"is", "on", "family", "subject", "body", "says", "reason", "owner", "priority", "status", "due"}

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One moment: what people do then, and what must stand in the CRM after the cycle that follows."""

    at: datetime
    expect: tuple[Facts, ...]
    deal: Facts = field(default_factory=dict)
    other: Facts = field(default_factory=dict)
    task: Facts = field(default_factory=dict)
    late: Facts = field(default_factory=dict)
    rules: str | None = None
    leaves: str | None = None
    score: float | None = None


@dataclass(frozen=True)
class Story:
    """One story: its deals, and its steps in order, of which the first is the first cycle."""

    name: str
    title: str
    deals: Mapping[str, Facts]
    rules: str | None
    steps: tuple[Step, ...]
    only: str | None
    needs_memory: bool

    def plays_in(self, crm: str) -> bool:
        return self.only in (None, crm)


def moment(text: str) -> datetime:
    """Read ``day 3 14:30``, in the CRM's own zone; without a time it is ten in the morning."""
    match = _MOMENT.fullmatch(text)
    assert match, f"{text!r} is no moment such as 'day 3' or 'day 3 14:30'"
    day = START + timedelta(days=int(match[1]))
    return day.replace(hour=int(match[2] or 10), minute=int(match[3] or 0))


def stories() -> list[Story]:
    return [read(path) for path in sorted(FOLDER.glob("*.toml"))]


def read(path: Path) -> Story:
    told = tomllib.loads(path.read_text())
    _check(path, told, _STORY)
    deals = {role: told[role] for role in ("deal", "other") if role in told}
    for deal in deals.values():
        _check(path, deal, _DEAL)
    first = Step(START, _expected(path, told.get("start", [{"is": "open"}])), score=told.get("start_score"))
    return Story(
        name=path.stem,
        title=told["title"],
        deals=deals,
        rules=told.get("rules"),
        steps=(first, *(_step(path, one) for one in told["steps"])),
        only=told.get("only"),
        needs_memory=told.get("needs_memory", False),
    )


def _step(path: Path, told: Facts) -> Step:
    _check(path, told, _STEP)
    for name, known in (("deal", _DEAL), ("other", _DEAL), ("task", _TASK), ("late", _TASK)):
        _check(path, told.get(name, {}), known)
    given = {name: told[name] for name in ("deal", "other", "task", "late", "rules", "leaves", "score") if name in told}
    return Step(moment(told["at"]), _expected(path, told["expect"]), **given)


def _expected(path: Path, told: list[Facts]) -> tuple[Facts, ...]:
    for one in told:
        _check(path, one, _EXPECTED)
    return tuple(told)


def _check(path: Path, told: Facts, known: set[str]) -> None:
    assert set(told) <= known, f"{path.name}: unknown {sorted(set(told) - known)}, known are {sorted(known)}"
