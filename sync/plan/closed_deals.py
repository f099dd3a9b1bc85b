"""Managed tasks on deals that ended: most are closed, those about closed deals stay for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from rules.model import RuleSet
from sync.judge.scope import CLOSED_DAYS
from sync.model.change import PlannedChange
from sync.plan.history.history import History
from sync.plan.policy import Policy
from sync.plan.tasks import plan_closed_deal
from sync.store.lookups import Ending

_REASONS: Final[Mapping[Ending, str]] = {
    "won": "The deal was won.",
    "lost": "The deal was lost.",
    "gone": "The deal was deleted.",
}
_REVIEW_OVER: Final = f"The deal closed more than {CLOSED_DAYS} days ago."


def closed_families(ruleset: RuleSet) -> frozenset[str]:
    """Return the families whose rules judge closed deals."""
    return frozenset(rule.family for rule in ruleset.judged("closed").rules)


def close_ended(
    ended: Mapping[str, Ending], names: Mapping[str, str], recent: Collection[str], history: History, policy: Policy
) -> Iterator[PlannedChange]:
    """Close the managed tasks on deals that are won, lost or deleted: the rules about open deals no longer judge them.

    On *recent* deals those of rules about closed deals stay: these judge on.
    """
    reviews = closed_families(policy.ruleset)
    for deal_id in sorted(ended):
        name, why = names.get(deal_id, ""), _REASONS[ended[deal_id]]
        others = (policy.families | history.families_on(deal_id)) - reviews
        rest = replace(policy, families=others, strangers=False)
        yield from plan_closed_deal(deal_id, name, why, history, rest)
        if deal_id not in recent:
            over = why if ended[deal_id] == "gone" else _REVIEW_OVER
            yield from plan_closed_deal(
                deal_id, name, over, history, replace(policy, families=reviews, strangers=False)
            )
