"""What is planned deal by deal: tasks, lines of digests, and what caps and disputes suppress."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from rules.model import Facts
from sync.connection.context import Cycle
from sync.judge.judge import Judged
from sync.judge.scope import Scope
from sync.model import task_text
from sync.model.change import PlannedChange
from sync.model.suppressed import Suppressed, Want
from sync.plan.capacity import backlog_of, disputes_of, is_ramping, load_of, remembered, wants_of
from sync.plan.caps import suppress
from sync.plan.deal_view import DealView, views
from sync.plan.digest import Digest, lines_of
from sync.plan.digest_text import Line
from sync.plan.history.history import History
from sync.plan.history.read_history import history_of
from sync.plan.policy import Policy, policy_of
from sync.plan.rewrites import rewrites_of
from sync.plan.tasks import plan_deal, releases
from sync.plan.todays_digest import is_for_manager, lines_for_manager

Released = tuple[str, str, int]
"""Deal, family and number of an ended episode whose reason was clear since."""


@dataclass(frozen=True, slots=True)
class PlanBasis:
    """Everything that a cycle's plan is made by beside the judgement; *tasks* are all managed ones as rows."""

    cycle: Cycle
    facts: Facts
    scope: Scope
    tasks: pl.DataFrame
    history: History
    policy: Policy
    digest: Digest | None

    @classmethod
    def of(cls, cycle: Cycle, facts: Facts, scope: Scope) -> PlanBasis:
        """Read the managed tasks and what is known of them."""
        connection, policy = cycle.connection, policy_of(cycle, facts)
        tasks = cycle.store.tasks.all(cycle.conn)
        history = history_of(cycle, tasks, policy.families, facts.time_zone)
        weekday = connection.digest_weekday
        digest = None if weekday is None else Digest(weekday, connection.digest_from)
        return cls(cycle, facts, scope, tasks, history, policy, digest)


@dataclass(slots=True)
class DealPlans:
    """What was planned, in the order in which the deals were judged; *suppressed* begins with what caps hold back."""

    planned: list[PlannedChange] = field(default_factory=list)
    released: list[Released] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    urgent: list[Line] = field(default_factory=list)  # what managers read today
    suppressed: list[Suppressed] = field(default_factory=list)


def plan_deals(basis: PlanBasis, parts: Sequence[tuple[Judged, Policy]], refused: Collection[str]) -> DealPlans:
    """Plan the tasks of all judged deals, each part by its policy; *refused* are keys that the CRM would not take.

    The caps look at all deals before the first task is worded, since a task also names what is suppressed beside it.
    Only the deals that want a new task wait for that: the others are planned at once, so that a million of them take no
    memory.
    """
    parts = _with_rewrites(basis, parts)
    planned: dict[int, _DealPlan] = {}
    waiting: deque[tuple[int, DealView, Policy]] = deque()
    wants: list[Want] = []
    for at, (view, policy) in enumerate(_views(basis, parts)):
        wanted = list(wants_of(view, basis.history, policy, refused)) if policy.caps.any else []
        if wanted:
            wants += wanted
            waiting.append((at, view, policy))
        else:
            planned[at] = _plan(basis, view, policy, (), ())
    suppressed = _suppress(basis, wants)
    families: dict[str, set[str]] = defaultdict(set)
    urgent: dict[str, set[str]] = defaultdict(set)
    for entry in suppressed:
        families[entry.want.deal_id].add(entry.want.family)
        if is_for_manager(entry) and not entry.told:
            urgent[entry.want.deal_id].add(entry.want.family)
    while waiting:
        at, view, policy = waiting.popleft()
        planned[at] = _plan(basis, view, policy, families[view.deal_id], urgent[view.deal_id])
    return _gathered(suppressed, (planned[at] for at in sorted(planned)))


def _with_rewrites(basis: PlanBasis, parts: Sequence[tuple[Judged, Policy]]) -> list[tuple[Judged, Policy]]:
    """Add to each policy which open tasks of another text version are written anew now."""
    tasks, per_day = list(basis.history.tasks.values()), basis.cycle.connection.guards.rewrites_per_day
    if not any(task_text.is_outdated(task.body, basis.policy.ruleset.language) for task in tasks):
        return list(parts)
    holding = {reason for judged, policy in parts for reason in _holding(judged, policy)}
    due = rewrites_of(tasks, holding, basis.policy, per_day)
    return [(judged, replace(policy, rewrites=due)) for judged, policy in parts]


def _holding(judged: Judged, policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield deal and family of every finding that a task may be about."""
    families = {rule.id: rule.family for rule in policy.ruleset.rules if rule.mode == "on"}
    outside = judged.outside
    for deal_id, rule_id in judged.findings.select("deal_id", "rule_id").iter_rows():
        if families.get(rule_id) in policy.families and deal_id not in outside:
            yield deal_id, families[rule_id]


@dataclass(frozen=True, slots=True)
class _DealPlan:
    planned: tuple[PlannedChange, ...]
    disputed: tuple[Suppressed, ...]
    released: tuple[Released, ...]
    lines: tuple[Line, ...]
    urgent: tuple[Line, ...]


def _plan(
    basis: PlanBasis, view: DealView, policy: Policy, suppressed: Collection[str], urgent: Collection[str]
) -> _DealPlan:
    history, digest = basis.history, basis.digest
    return _DealPlan(
        tuple(plan_deal(view, history, policy, suppressed)),
        tuple(disputes_of(view, history, policy)),
        tuple(releases(view, history, policy)),
        () if digest is None else tuple(lines_of(view, history, policy, digest, suppressed)),
        () if digest is None else tuple(lines_for_manager(view, urgent, policy)),
    )


def _gathered(suppressed: Iterable[Suppressed], plans: Iterable[_DealPlan]) -> DealPlans:
    gathered = DealPlans(suppressed=list(suppressed))
    for plan in plans:
        gathered.planned += plan.planned
        gathered.suppressed += plan.disputed
        gathered.released += plan.released
        gathered.lines += plan.lines
        gathered.urgent += plan.urgent
    return gathered


def _suppress(basis: PlanBasis, wants: Sequence[Want]) -> list[Suppressed]:
    if not basis.policy.caps.any:
        return []
    old = backlog_of(basis.cycle, wants, first=basis.scope.first)
    # What the backlog holds back takes nobody's place.
    new = set(wants) - {entry.want for entry in old}
    load = load_of(basis.cycle, basis.facts, basis.tasks, basis.history.tasks.values())
    ramping = is_ramping(basis.cycle, basis.facts, basis.tasks)
    told = _told_before(basis)
    return [
        *old,
        *(
            replace(entry, told=is_for_manager(entry) and (entry.want.deal_id, entry.want.family) in told)
            for entry in suppress(new, load, basis.policy.caps, ramping=ramping)
        ),
    ]


def _told_before(basis: PlanBasis) -> frozenset[tuple[str, str]]:
    """Return deal and family of what a manager's digest told, and is suppressed ever since."""
    stored = remembered(basis.cycle.store.judgements.suppressed(basis.cycle.conn))
    return frozenset((entry.want.deal_id, entry.want.family) for entry in stored if entry.told)


def _views(basis: PlanBasis, parts: Iterable[tuple[Judged, Policy]]) -> Iterator[tuple[DealView, Policy]]:
    connection = basis.cycle.connection
    for judged, policy in parts:
        for view in views(
            judged,
            basis.history.tasks,
            connection.ruleset,
            basis.facts,
            basis.scope.changed,
            connection.fallback_owner,
        ):
            yield view, policy
