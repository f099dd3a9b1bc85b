"""What goes wrong on the way to the CRM in one cycle: anything at all, or one of the mishaps that matter most."""

from __future__ import annotations

import random
from typing import Any, Final

from connectors.retry import ATTEMPTS
from sandbox.server.faults import KINDS
from tests.simulation.crms import SimulatedCrm

Faults = list[dict[str, Any]]

_ANY: Final = tuple(KINDS)
_LOSING: Final = (
    "drop_after_apply", "delay_then_apply", "500_after_apply", "502_after_apply", "503_after_apply", "truncated_json",
    "truncated_gzip", "wrong_content_length", "drop_before_apply", "connection_reset",
)  # fmt: skip
_DOUBLING: Final = ("duplicate_value", "row_error", "multi_207", "lock_row")
_PAGING: Final = ("duplicate_page", "repeated_after", "short_page", "locator_expired")
_FAILING: Final = ("500", "502_html", "503", "connection_reset", "drop_before_apply")
_PLAYS: Final = (
    "nothing",
    "anything",
    "a create without an answer",
    "a create done in part",
    "an outage",
    "a wrong page",
)


def draw(dice: random.Random, crm: SimulatedCrm, *, first: bool) -> Faults:
    """Draw the faults of a cycle; in the *first* one most tasks are made, and everything is read."""
    weights = (2, 3, 3, 1, 2, 1) if first else (6, 9, 2, 1, 3, 2)
    match dice.choices(_PLAYS, weights)[0]:
        case "anything":
            return [_fault(dice, crm) for _ in range(dice.choice((1, 1, 2, 3)))]
        case "a create without an answer":
            return [{"match": crm.creates, "nth": 1, "kind": dice.choice(_LOSING)}]
        case "a create done in part":
            return [{"match": crm.creates, "nth": 1, "kind": dice.choice(_DOUBLING)}]
        case "a wrong page":
            # Most requests have no page that follows; of a few in a row one has, where pages are short.
            kind, begin = dice.choice(_PAGING), dice.randint(1, 8)
            return [{"match": "*", "nth": begin + more, "kind": kind} for more in range(6)]
        case "an outage":
            # As many in a row as a read is tried, so that the reading ends there.
            one = {"match": dice.choice(crm.reads), "nth": dice.choice((1, 2, 2, 3)), "kind": dice.choice(_FAILING)}
            return [dict(one) for _ in range(ATTEMPTS)]
    return []


def _fault(dice: random.Random, crm: SimulatedCrm) -> dict[str, Any]:
    kind = dice.choice(_ANY)
    if dice.random() < 0.4:
        return {"match": crm.writes, "nth": dice.choice((1, 1, 2, 3)), "kind": kind}
    return {"match": "*", "nth": dice.randint(1, 14), "kind": kind}
