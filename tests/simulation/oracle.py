"""What must hold after every step, whatever happened: the promises, asked of the simulated CRM's own tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.crms import SimulatedCrm
from tests.simulation.records import Deal, Task
from tests.simulation.rulebook import FAMILIES, Level, Rulebook

ZONE = ZoneInfo("America/New_York")
Reason = tuple[str, str]  # deal, family


class ViolationError(AssertionError):
    """A promise was broken."""


def stem(deal_id: str, family: str) -> str:
    """Work out, apart from the product's code, how the keys of a reason begin."""
    return "dw:" + hashlib.sha256(f"{deal_id}\n{family}".encode()).hexdigest()[:20]


@dataclass
class Oracle:
    """Remembers what people did and what the deals looked like, and checks the product's tasks against it.

    *typed* are the values that people gave to fields of our tasks, by task; *ended* the tasks that people completed,
    deleted or answered, and since when.
    """

    crm: SimulatedCrm
    now: Any
    edition: Rulebook
    hidden: frozenset[str] = frozenset()
    typed: dict[str, dict[str, str | None]] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    seen: dict[Reason, list[tuple[datetime, Mapping[str, Level], str]]] = field(default_factory=dict)
    editions: list[tuple[datetime, Rulebook]] = field(default_factory=list)
    deals: dict[str, Deal] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    ended: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    patience: timedelta = timedelta()  # how much later a write may land than it was decided on
    capped: bool = False  # one open task a deal, and the others wait
    brought_back: set[str] = field(default_factory=set)  # tasks that a person reopened, or took out of the bin
    unlisted: set[str] = field(default_factory=set)  # tasks whose memory was lost before the CRM's search lists them
    forgotten: bool = False  # the product lost its database, or got an older one back

    def today(self) -> date:
        """The connection's day."""
        return self.now().astimezone(ZONE).date()

    def look(self) -> None:
        """Note how the deals stand now; call it whenever something may have changed that rules look at."""
        self.deals = self.crm.deals()
        now, today = self.now(), self.today()
        if not self.editions or self.editions[-1][1] is not self.edition:
            self.editions.append((now, self.edition))
        for deal in self.deals.values():
            why = _why_left(deal, today)
            for family in FAMILIES:
                levels = self.edition.levels(deal, family, today, self.hidden)
                history = self.seen.setdefault((deal.id, family), [])
                if not history or (history[-1][1], history[-1][2]) != (levels, why):
                    history.append((now, levels, why))

    def check(self, since: datetime) -> None:
        """Check everything; *since* is when the newest cycle began to look at the CRM.

        Raises:
            ViolationError: a promise was broken.
        """
        self.check_news(since)
        broken = [*self._one_task_per_reason(), *self._caps(), *self._people_first(), *self._nothing_else_written()]
        if broken:
            raise ViolationError("; ".join(broken))

    def check_news(self, since: datetime) -> None:
        """Check only the tasks that were made or closed since they were last looked at; *since* as above.

        Raises:
            ViolationError: a promise was broken.
        """
        before, self.tasks = self.tasks, {task.id: task for task in self.crm.tasks()}
        broken: list[str] = []
        for task in self.tasks.values():
            old = before.get(task.id)
            if old is None:
                broken += self._made_rightly(task, since - self.patience)
            elif old.is_open and not task.is_open and not task.is_deleted and task.by_us:
                broken += self._closed_rightly(task, since - self.patience)
        if broken:
            raise ViolationError("; ".join(broken))

    def reason_of(self, task: Task) -> Reason | None:
        """Find which deal and family a task's key speaks of."""
        for deal_id in self.deals:
            for family in FAMILIES:
                if task.key.startswith(stem(deal_id, family) + "-"):
                    return deal_id, family
        return None

    def _one_task_per_reason(self) -> Iterator[str]:
        keys: dict[str, str] = {}
        standing: dict[Reason | None, str] = {}
        for task in self.tasks.values():
            if task.key in keys:
                yield f"two tasks with the key {task.key}: {keys[task.key]} and {task.id}"
            keys[task.key] = task.id
            reason = self.reason_of(task)
            if reason is None:
                yield f"task {task.id} has a key that fits no deal: {task.key}"
            elif task.is_open:
                other = standing.get(reason)
                by_person = {task.id, other} & self.brought_back
                if other and not by_person and self._homes(task.id) == self._homes(other):
                    yield f"two open tasks for {reason}: {other} and {task.id}"
                standing[reason] = task.id

    def _homes(self, task_id: str) -> set[str]:
        """Give the families that the rules which a task names belong to by now: a task follows its rules."""
        named = re.findall(r"sim-[a-z]+", str(self.tasks[task_id].fields["body"]).partition("Rules:")[2])
        return {rule.family for rule in self.edition.rules if rule.id in named}

    def _caps(self) -> Iterator[str]:
        standing: dict[str, list[str]] = {}
        for task in self.tasks.values():
            reason = self.reason_of(task)
            if self.capped and task.is_open and reason is not None and task.id not in self.brought_back | self.unlisted:
                standing.setdefault(reason[0], []).append(task.id)
        yield from (f"deal {deal} has {len(ids)} open tasks: {ids}" for deal, ids in standing.items() if len(ids) > 1)

    def _people_first(self) -> Iterator[str]:
        for task_id, typed in self.typed.items():
            task = self.tasks.get(task_id)
            if task is None:
                yield f"task {task_id}, which a person had changed, is gone"
                continue
            for name, value in typed.items():
                if name != "state" and not same(name, task.fields[name], value):
                    yield f"task {task_id}: {name} was {value!r} by a person and is {task.fields[name]!r}"
            if typed.get("state") == "completed" and task.is_open:
                yield f"task {task_id} was completed by a person and is open again"

    def _nothing_else_written(self) -> Iterator[str]:
        for deal_id, now in self.crm.deals().items():
            then = self.deals.get(deal_id)
            if then is not None and then.others != now.others:
                changed = sorted(k for k in now.others if now.others[k] != then.others.get(k))
                yield f"deal {deal_id}: {changed} changed and no person did it"

    def _window(self, reason: Reason, since: datetime) -> list[tuple[Mapping[str, Level], str]]:
        """Give everything that was true of a reason at some moment from *since* on."""
        history = self.seen.get(reason, [])
        inside = [(levels, why) for at, levels, why in history if at >= since]
        before = [(levels, why) for at, levels, why in history if at < since]
        return [*before[-1:], *inside]

    def _made_rightly(self, task: Task, since: datetime) -> Iterator[str]:
        reason = self.reason_of(task)
        if reason is None:
            return
        states = self._window(reason, since)
        if not any(not why and _fires(levels) for levels, why in states):
            yield f"task {task.id} was made for {reason}, where nothing fired: {states}"
        earlier = [one for one in self.tasks.values() if self.reason_of(one) == reason and one.id != task.id]
        for one in earlier:
            if one.id in self.ended:
                yield from self._may_follow(task, one, reason)

    def _may_follow(self, task: Task, ended: Task, reason: Reason) -> Iterator[str]:
        when, how = self.ended[ended.id]
        history = self._window(reason, when)
        if any(not why and _all_clear(levels) for levels, why in history):
            return
        told = _told(ended)
        news = any(level > told.get(rule, Level.CLEAR) for levels, _ in history for rule, level in levels.items())
        if (
            how in ("completed", "deleted") and told and news
        ):  # a rule that the task did not name, or worse than it said
            return
        days = (self.today() - when.astimezone(ZONE).date()).days
        if (how == "completed" and days >= 11) or (how == "snoozed" and days >= 2):
            return
        yield f"task {task.id} was made for {reason} though {ended.id} had been {how} and nothing was clear since"

    def _closed_rightly(self, task: Task, since: datetime) -> Iterator[str]:
        reason = self.reason_of(task)
        if reason is None:
            return
        states, text = self._window(reason, since), task.reason
        spoken = [edition for at, edition in self.editions]
        if text.startswith("Resolved"):
            right = any(not why and _nothing_holds(levels, _told(task)) for levels, why in states)
        elif "retired" in text or "another task" in text:
            right = len({edition.name for edition in spoken}) > 1
        elif "as answered" in text or text.startswith(("Snoozed", "Not a risk", "The data")):
            right = task.id in self.answered
        else:
            right = any(why and why in text for _, why in states)
        if not right:
            yield f"task {task.id} of {reason} was closed as {text!r}, and that was not so: {states}"

    def settled(self, quarantined: frozenset[str]) -> None:
        """Check that after a quiet while everything is as it should be; *quarantined* are keys that the CRM refused.

        Raises:
            ViolationError: a promise was broken.
        """
        today, broken = self.today(), []
        standing = {self.reason_of(task) for task in self.tasks.values() if task.is_open}
        for deal in self.deals.values():
            for family in FAMILIES:
                reason, why = (deal.id, family), _why_left(deal, today)
                levels = self.edition.levels(deal, family, today, self.hidden)
                excused = self._refused(reason, quarantined) or self._untraceable(deal) or self._kept(reason, why)
                akin = [] if why else self._akin(reason)
                # a task that went with its rule to another family stays while that rule holds or cannot be told
                speaks_for = [one for one in akin if one not in standing and not _all_clear(self._levels(one))]
                if (
                    reason in standing
                    and not excused
                    and not speaks_for
                    and (why or not levels or all(v is Level.CLEAR for v in levels.values()))
                ):
                    broken.append(f"a task for {reason} still stands: {why or levels}")
                wanted = not why and _fires(levels)
                waits = self.capped and any(one is not None and one[0] == deal.id for one in standing)
                spoken_for = any(one in standing or self._blocked(one, quarantined) for one in (*akin, reason))
                if wanted and not spoken_for and not waits:
                    broken.append(f"no task stands for {reason}: {levels}")
        if broken:
            raise ViolationError("; ".join(broken))

    def _levels(self, reason: Reason) -> Mapping[str, Level]:
        return self.edition.levels(self.deals[reason[0]], reason[1], self.today(), self.hidden)

    def _akin(self, reason: Reason) -> list[Reason]:
        """Give the deal's other families that had a rule in common with this one: a task follows its rules."""
        deal_id, family = reason
        homes = {(rule.id, rule.family) for _, edition in self.editions for rule in edition.rules}
        ours = {rule_id for rule_id, home in homes if home == family}
        return [
            (deal_id, other) for other in FAMILIES if other != family and any((one, other) in homes for one in ours)
        ]

    def _blocked(self, reason: Reason, quarantined: frozenset[str]) -> bool:
        of_reason = [task for task in self.tasks.values() if self.reason_of(task) == reason]
        return any(task.id in self.ended for task in of_reason) or self._refused(reason, quarantined)

    def _kept(self, reason: Reason, why: str) -> bool:
        """Say whether a person opened the task again that was closed for what still is so: it closes for that once."""
        told = [why] if why else ["Resolved", "retired", "another task"]
        ours = (task for task in self.tasks.values() if task.is_open and self.reason_of(task) == reason)
        return any(task.id in self.brought_back and any(one in task.reason for one in told) for task in ours)

    def _untraceable(self, deal: Deal) -> bool:
        """A portal shows no link to an archived deal: without its own memory nobody can tell whose task it was."""
        return self.forgotten and self.crm.name == "hubspot" and deal.state == "deleted"

    def _refused(self, reason: Reason, quarantined: frozenset[str]) -> bool:
        return any(key.startswith(stem(*reason) + "-") for key in quarantined)


def _fires(levels: Mapping[str, Level]) -> bool:
    return any(level >= Level.HIGH for level in levels.values())


def _told(task: Task) -> dict[str, Level]:
    """Read what a task told of its reason: rules with their levels, none where a person wrote over them."""
    line = re.search(r"^Rules: (.*)$", (task.fields["body"] or "").replace("<br>", "\n"), re.MULTILINE)
    named = re.findall(r"(sim-[a-z]+) \((warn|high|critical)\)", line[1]) if line else []
    return {rule: Level[word.upper()] for rule, word in named}


def _all_clear(levels: Mapping[str, Level]) -> bool:
    return all(level is Level.CLEAR for level in levels.values())


def _nothing_holds(levels: Mapping[str, Level], told: Iterable[str]) -> bool:
    """Say whether no rule holds, and those that the task told of, which still speak, are known to be clear."""
    speaking = [level for rule, level in levels.items() if rule in told] or list(levels.values())
    return all(level <= Level.CLEAR for level in levels.values()) and all(level is Level.CLEAR for level in speaking)


def _why_left(deal: Deal, today: date) -> str:
    """Give the word that a task must say when it is closed because its deal is no longer looked at."""
    if deal.state != "open":
        return deal.state
    if deal.muted_until is not None and deal.muted_until > today:
        return "muted"
    return "out of scope" if deal.kind == "Renewal" else ""


def same(name: str, now: str | None, typed: str | None) -> bool:
    """Say whether a field of a task says what was typed into it."""
    if name == "due":
        return str(now or "")[:10] == str(typed or "")[:10]
    return (now or "").strip().casefold() == (typed or "").strip().casefold()
