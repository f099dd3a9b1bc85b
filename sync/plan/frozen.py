"""Rules that an open task names and that are unknown now: what became unknown ends nothing."""

from __future__ import annotations

from sync.model import task_text
from sync.model.finding import Stated
from sync.model.own_task import OwnTask
from sync.plan.deal_view import DealView
from sync.plan.policy import Policy


def frozen_rules(view: DealView, task: OwnTask) -> Stated:
    """Return the rules that the task names and that are unknown now: what became unknown ends nothing.

    Rules of the family that the task never named do not matter: nobody has read of them.
    """
    stated = task_text.stated_rules(task.body) or ()
    return [(rule_id, severity) for rule_id, severity in stated if rule_id in view.unknown]


def has_unknown(view: DealView, task: OwnTask, policy: Policy) -> bool:
    """Whether a rule of the task is unknown now; all of its family, where it names none left."""
    stated, known = task_text.stated_rules(task.body) or (), {rule.id for rule in policy.ruleset.rules}
    if any(rule_id in known for rule_id, _ in stated):
        return bool(frozen_rules(view, task))
    return any(rule.family == task.family and rule.id in view.unknown for rule in policy.ruleset.rules)
