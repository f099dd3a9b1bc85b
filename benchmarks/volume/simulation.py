"""Weeks of planning for many reps, in process: the planner's own wants and caps, with people who act on some tasks.

A deal is as one of the demo's deals, until its circumstances change, every `Setting.lasting` business days on average:
then it is as another. So without any task the shares of the demo hold on every day. A person who acts removes the
reason; of the other tasks a person does what *rest* says.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import quantiles
from typing import Final, Literal

from benchmarks.volume.profiles import Demo, Profile
from rules.days.business_days import PLAIN
from rules.days.calendar import business_day_after
from rules.model import RuleSet, Severity
from sync.model.finding import rules_line
from sync.model.limits import Caps
from sync.model.own_task import OwnTask, TaskState
from sync.model.suppressed import FOR_MANAGERS, Cause, Want
from sync.plan.assignment import Assignment
from sync.plan.capacity import wants_of
from sync.plan.caps import Load, suppress
from sync.plan.deal_view import DealView
from sync.plan.history.history import History
from sync.plan.policy import Policy, known_families

_MONDAY: Final = date(2026, 6, 15)
_SLOWEST: Final = 3
"""A person who acts does it within so many business days."""

Rest = Literal["left", "completed"]


@dataclass(frozen=True, slots=True)
class Setting:
    """How many people with how many deals, for how long, and how they behave."""

    caps: Caps
    reps: int = 300
    deals: int = 20
    weeks: int = 8
    acting: float = 0.5
    rest: Rest = "left"
    lasting: int = 40
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Week:
    """Open tasks a rep, over the days of one week, and how many were made."""

    median: float
    high: float  # 95th percentile
    made: int


@dataclass(slots=True)
class Outcome:
    """What the weeks brought; *delays* counts critical findings by the business days until somebody was told."""

    weeks: list[Week] = field(default_factory=list)
    delays: Counter[int] = field(default_factory=Counter)
    by_manager: int = 0  # of them those that a manager's digest alone told
    untold: int = 0

    @property
    def median(self) -> float:
        """The highest median of a week."""
        return max(week.median for week in self.weeks)

    @property
    def high(self) -> float:
        """The highest 95th percentile of a week."""
        return max(week.high for week in self.weeks)


@dataclass(slots=True)
class _Deal:
    deal_id: str
    rep: str
    profile: Profile
    fixed: set[str] = field(default_factory=set)

    def view(self, today: date) -> DealView:
        findings = {name: held for name, held in self.profile.findings.items() if name not in self.fixed}
        return DealView(
            deal_id=self.deal_id,
            name=self.deal_id,
            findings=findings,
            digest_only={},
            unknown=frozenset(),
            excluded="",
            changed=False,
            values={"amount": self.profile.amount},
            assignment=Assignment(self.rep, today),
        )


class Simulation:
    """The deals, the tasks on them, and what people mean to do about these."""

    def __init__(self, demo: Demo, setting: Setting) -> None:
        self._demo, self._setting, self._chance = demo, setting, random.Random(setting.seed)
        self._deals = {
            f"d{rep}-{number}": _Deal(f"d{rep}-{number}", f"rep-{rep}", self._chance.choice(demo.profiles))
            for rep in range(setting.reps)
            for number in range(setting.deals)
        }
        self._tasks: dict[tuple[str, str], OwnTask] = {}
        self._acts: dict[tuple[str, str], tuple[date, Rest | Literal["acted"]]] = {}
        self._released: set[tuple[str, str, int]] = set()
        self._waiting: dict[tuple[str, str], int] = {}
        self._told: set[tuple[str, str]] = set()

    def run(self) -> Outcome:
        """Live through the weeks and return what they brought."""
        outcome = Outcome()
        for week in range(self._setting.weeks):
            counts: list[int] = []
            made = 0
            for weekday in range(5):
                today = _MONDAY + timedelta(weeks=week, days=weekday)
                self._change()
                made += self._plan(today, outcome)
                self._work(today)
                counts += self._open_by_rep()
            cut = quantiles(counts, n=20, method="inclusive")
            outcome.weeks.append(Week(cut[9], cut[18], made))
        return outcome

    def _change(self) -> None:
        for deal in self._deals.values():
            if self._chance.random() < 1 / self._setting.lasting:
                deal.profile = self._chance.choice(self._demo.profiles)
                deal.fixed.clear()
                self._told -= {(deal.deal_id, family) for family in self._demo.ruleset.families}

    def _plan(self, today: date, outcome: Outcome) -> int:
        """Make the tasks of a day, as one cycle would, and close those whose reason is gone."""
        policy = _policy(self._demo.ruleset, self._setting.caps, today)
        history = History(self._tasks, {}, frozenset(self._released))
        views = {deal.deal_id: deal.view(today) for deal in self._deals.values()}
        wants = [want for view in views.values() for want in wants_of(view, history, policy, ())]
        load = Load()
        load.add_open((task for task in self._tasks.values() if task.state is TaskState.OPEN), today)
        ramping = today < business_day_after(_MONDAY, self._setting.caps.ramp)
        suppressed = {entry.want: entry.cause for entry in suppress(wants, load, self._setting.caps, ramping=ramping)}
        self._close(views, today)
        starting = [want for want in wants if want not in suppressed]
        for want in starting:
            self._make(views[want.deal_id], want.family, want.owner_id, policy)
        self._tell({want: suppressed.get(want) for want in wants if want.severity is Severity.CRITICAL}, outcome)
        return len(starting)

    def _close(self, views: Mapping[str, DealView], today: date) -> None:
        for reason, task in self._tasks.items():
            if reason[1] in views[reason[0]].findings:
                continue
            if task.state is TaskState.OPEN:
                self._tasks[reason] = replace(task, state=TaskState.CLOSED_BY_US, ended_on=today, completions=0)
            elif task.ended_by_person:
                self._released.add((*reason, task.episode))

    def _make(self, view: DealView, family: str, owner: str | None, policy: Policy) -> None:
        reason, before = (view.deal_id, family), self._tasks.get((view.deal_id, family))
        self._tasks[reason] = OwnTask(
            task_id="-".join(reason),
            key="",
            deal_id=view.deal_id,
            family=family,
            episode=before.episode + 1 if before else 1,
            state=TaskState.OPEN,
            user_modified=frozenset(),
            owner_id=owner,
            subject="",
            body=f"Rules: {rules_line(view.findings[family])}",
            priority=None,
            due=business_day_after(policy.today, policy.ruleset.families[family].due),
            modified_at=None,
            completions=before.completions if before else 0,
        )
        acts = self._chance.random() < self._setting.acting
        day = business_day_after(policy.today, self._chance.randint(0, _SLOWEST))
        self._acts[reason] = (day, "acted" if acts else self._setting.rest)

    def _work(self, today: date) -> None:
        """Let people do what they meant to do by today."""
        for reason, (day, what) in list(self._acts.items()):
            if day > today:
                continue
            del self._acts[reason]
            task = self._tasks[reason]
            if task.state is not TaskState.OPEN or what == "left":
                continue
            if what == "acted":
                self._deals[reason[0]].fixed.add(reason[1])
            else:
                ended = replace(task, state=TaskState.COMPLETED, ended_on=today, completions=task.completions + 1)
                self._tasks[reason] = ended

    def _tell(self, critical: Mapping[Want, Cause | None], outcome: Outcome) -> None:
        """Count the days until somebody was told: by a task, by the open task of the deal, or by a manager's digest."""
        for want, cause in critical.items():
            reason = (want.deal_id, want.family)
            if reason in self._told:
                continue
            if cause is None or cause == "open_per_deal" or cause in FOR_MANAGERS:
                outcome.delays[self._waiting.pop(reason, 0)] += 1
                self._told.add(reason)
                outcome.by_manager += cause in FOR_MANAGERS
            else:
                self._waiting[reason] = self._waiting.get(reason, 0) + 1
        outcome.untold = len(self._waiting)

    def _open_by_rep(self) -> Iterator[int]:
        open_now = Counter(task.owner_id for task in self._tasks.values() if task.state is TaskState.OPEN)
        return (open_now[f"rep-{rep}"] for rep in range(self._setting.reps))


def _policy(ruleset: RuleSet, caps: Caps, today: date) -> Policy:
    return Policy(
        connection="simulated",
        ruleset=ruleset,
        families=known_families(ruleset),
        today=today,
        from_severity=Severity.HIGH,
        subject_prefix="",
        cooldown=10,
        calendar=PLAIN,
        caps=caps,
    )
