"""Rules that moved to another family take their tasks along, so that nobody reads of a reason twice."""

from __future__ import annotations

from dataclasses import replace

from rules.model import RuleSet
from sync.model.own_task import OwnTask, TasksByReason, TaskState
from sync.model.task_stated import rules_in
from sync.plan.cooldown import ended_by_person


def follow_rules(tasks: TasksByReason, ruleset: RuleSet) -> TasksByReason:
    """Let every task whose rules are all of one other family by now be the task of that one.

    Unless that family has an open task itself: then the reason of the old one is gone.
    """
    family_of = {rule.id: rule.family for rule in ruleset.rules}
    followed = dict(tasks)
    for (deal_id, family), task in tasks.items():
        now = _families(task, family_of)
        # Rules that went different ways leave no one family whose task this could be.
        if len(now) != 1 or family in now:
            continue
        reason = (deal_id, now.pop())
        target = tasks.get(reason)
        if target is None or target.state is not TaskState.OPEN:
            followed[reason] = replace(task, family=reason[1])
            followed[deal_id, family] = replace(task, state=TaskState.REGROUPED, duplicates=())
    return followed


def _families(task: OwnTask, family_of: dict[str, str]) -> set[str]:
    if task.state is not TaskState.OPEN and not ended_by_person(task):
        return set()
    return {family_of[rule_id] for rule_id, _ in rules_in(task.body) or () if rule_id in family_of}
