"""What goes wrong on the way to the CRM in one cycle: anything at all, or one of the mishaps that matter most."""

from __future__ import annotations

import random
from typing import Any, Final

from connectors.retry import ATTEMPTS
from connectors.sandbox.faults import KINDS
from tests.simulation.crms import SimulatedCrm

Faults = list[dict[str, Any]]

_ANY: Final = tuple(KINDS)
_LOSING: Final = (
    "drop_after_apply", "delay_then_apply", "500_after_apply", "502_after_apply", "503_after_apply", "truncated_json",
    "truncated_gzip", "wrong_content_length", "drop_before_apply", "connection_reset",
)  # fmt: skip
_FAILING: Final = ("500", "502_html", "503", "connection_reset", "drop_before_apply")
_PLAYS: Final = ("nothing", "anything", "a create without an answer", "an outage")


def draw(dice: random.Random, crm: SimulatedCrm, *, first: bool) -> Faults:
    """Draw the faults of a cycle; in the *first* one most tasks are made, and everything is read."""
    weights = (2, 3, 3, 2) if first else (6, 9, 2, 3)
    match dice.choices(_PLAYS, weights)[0]:
        case "anything":
            return [_fault(dice, crm) for _ in range(dice.choice((1, 1, 2, 3)))]
        case "a create without an answer":
            return [{"match": crm.creates, "nth": 1, "kind": dice.choice(_LOSING)}]
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
