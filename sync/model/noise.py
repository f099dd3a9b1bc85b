"""What became of the tasks that each rule made: acted on, dismissed, or expired untouched.

A rule whose tasks people wave away is tuned wrongly, or asks for what the CRM does not hold. Imports nothing heavy, so
that ``status`` answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from sync.model.answers import answer_in
from sync.model.task_stated import rules_in

Fate = Literal["open", "acted", "put_off", "moot", "dismissed", "expired"]
"""Put off: snoozed. Moot: deal or rule ended before it was due. Expired: they ended later, or it is still open."""

Result = Literal["resolved", "completed", "dismissed", "not_a_risk", "wrong_data", "snoozed", "expired", "moot", "open"]
"""The same, told apart: resolved is closed by us since the reason went, completed what a person ticked off."""

_FATES: Final[Mapping[Result, Fate]] = {
    "resolved": "acted",
    "completed": "acted",
    "dismissed": "dismissed",
    "not_a_risk": "dismissed",
    "wrong_data": "dismissed",
    "snoozed": "put_off",
    "expired": "expired",
    "moot": "moot",
    "open": "open",
}

TOO_NOISY: Final = 0.3
"""The share of ended tasks waved away from which a rule wants tuning: what teams report as a rule of thumb."""

ENOUGH: Final = 10
"""So many ended tasks say something about a rule."""

RESOLVED: Final = "Resolved"
"""How our reason begins when the finding went away."""

_REASONS: Final = 5


@dataclass(slots=True)
class Noise:
    """One rule's tasks, by what became of them, and the last words of those who dismissed any."""

    acted: int = 0
    dismissed: int = 0
    expired: int = 0
    moot: int = 0
    put_off: int = 0
    open: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """Count the tasks that say something of the rule."""
        return self.acted + self.dismissed + self.expired

    @property
    def share(self) -> float:
        """Return the share of the ended tasks that nobody acted on."""
        return (self.dismissed + self.expired) / self.ended if self.ended else 0.0

    @property
    def too_noisy(self) -> bool:
        """Whether the rule wants tuning."""
        return self.ended >= ENOUGH and self.share > TOO_NOISY

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON knows them."""
        counts = {name: getattr(self, name) for name in ("acted", "dismissed", "expired", "moot", "put_off", "open")}
        return {**counts, "share": round(self.share, 3), "too_noisy": self.too_noisy, "reasons": self.reasons}


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a managed task shows of its end, by the columns of ``own_tasks``."""

    body: str | None
    reason: str | None
    answer: str | None
    due: date | None
    is_open: bool
    is_deleted: bool
    ended: datetime | None


def noise_of(tasks: Iterable[TaskOutcome], today: date) -> dict[str, Noise]:
    """Count what became of *tasks*, newest last, by each rule that their bodies name; noisiest first, then by id."""
    by_rule: dict[str, Noise] = {}
    for task in tasks:
        fate, words = _fate(task, today)
        for rule_id, _ in rules_in(task.body or "") or ():
            noise = by_rule.setdefault(rule_id, Noise())
            setattr(noise, fate, getattr(noise, fate) + 1)
            if words:
                noise.reasons = [*noise.reasons, words][-_REASONS:]
    return dict(sorted(by_rule.items(), key=lambda entry: (-entry[1].share, entry[0])))


def warnings(by_rule: Mapping[str, Noise]) -> list[str]:
    """Return which rules want tuning, and why."""
    return [
        f"{rule} is noise: of {noise.ended:,} ended tasks {noise.dismissed:,} were dismissed "
        f"and {noise.expired:,} ran out. Tune it: dealwarden rules override {rule}"
        for rule, noise in by_rule.items()
        if noise.too_noisy
    ]


def result_of(task: TaskOutcome, today: date) -> Result:
    """Return what became of a task; a plain completion counts as completed, whether or not it fixed anything."""
    answer = answer_in(task.answer, task.body)
    if answer is not None and answer.kind != "snooze":
        return "not_a_risk" if answer.kind == "notrisk" else "wrong_data"
    if task.is_deleted:
        return "dismissed"
    if answer is not None:
        return "snoozed"
    late = task.due is not None and (task.ended.date() if task.ended else today) > task.due
    if task.is_open:
        return "expired" if late else "open"
    if not task.reason:
        return "completed"
    if task.reason.startswith(RESOLVED):
        return "resolved"
    return "expired" if late else "moot"


def _fate(task: TaskOutcome, today: date) -> tuple[Fate, str]:
    """Return what became of a task, and what a person said of it; a plain completion counts as acted on."""
    result = result_of(task, today)
    answer = answer_in(task.answer, task.body)
    if result not in ("not_a_risk", "wrong_data") or answer is None:
        return _FATES[result], ""
    return _FATES[result], f"{answer.kind}: {answer.why}" if answer.why else answer.kind
