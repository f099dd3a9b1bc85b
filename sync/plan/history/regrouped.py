"""Rules that moved to another family take their tasks along, so that nobody reads of a reason twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from rules.model import RuleSet
from sync.model.origin import UNTOLD
from sync.model.own_task import OwnTask, TasksByReason, TaskState
from sync.model.task_stated import rules_in
from sync.plan.history.counting_task import chosen


def follow_rules(tasks: TasksByReason, ruleset: RuleSet) -> TasksByReason:
    """Let every task whose rules are all of one other family by now be a task of that one.

    Where that family has tasks itself, or several come together in it, the one counts that would among its own.
    """
    family_of = {rule.id: rule.family for rule in ruleset.rules}
    staying, arriving = dict(tasks), defaultdict[tuple[str, str], list[OwnTask]](list)
    for (deal_id, family), task in tasks.items():
        now = _families(task, family_of)
        # Rules that went different ways leave no one family whose task this could be.
        if len(now) == 1 and family not in now:
            del staying[deal_id, family]
            arriving[deal_id, now.pop()].append(task)
    followed = dict(staying)
    for reason, several in arriving.items():
        known = [staying[reason]] if reason in staying else []
        followed[reason] = chosen([*known, *(_as_task_of(reason[1], task) for task in several)])
    for reason, task in tasks.items():
        # What is left says how many episodes there were.
        if reason not in followed and not reason[1].startswith(UNTOLD):
            followed[reason] = replace(task, state=TaskState.REGROUPED, duplicates=(), ended_beside=())
    return followed


def _as_task_of(family: str, task: OwnTask) -> OwnTask:
    # Its number was counted under another name and says nothing of episodes under this one.
    return replace(task, family=family, highest=0)


def _families(task: OwnTask, family_of: Mapping[str, str]) -> set[str]:
    if task.state is not TaskState.OPEN and not task.ended_by_person:
        return set()
    stated = rules_in(task.body)
    named = task.last_named if stated is None else [rule_id for rule_id, _ in stated]
    return {family_of[rule_id] for rule_id in named if rule_id in family_of}
