"""Whether the product's copy of the deals is what the CRM holds, once it says that it has read everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from tests.simulation.crms import SimulatedCrm
from tests.simulation.product import Product
from tests.simulation.records import MARKS, Deal

_QUESTION: Final = "SELECT deal_id, name, owner_id, is_closed, close_date, extras FROM deals"


def unlike(crm: SimulatedCrm, product: Product, hidden: frozenset[str]) -> Iterator[str]:
    """Name the deals of which the copy says something else than the CRM.

    A portal tells of deleted deals only in a sweep: of those nothing is asked.
    """
    copy = {row[0]: _copied(row, hidden) for row in product.ledger(_QUESTION)}
    for deal in crm.deals().values():
        if deal.state == "deleted":
            if deal.id in copy and crm.name == "salesforce":
                yield f"deal {deal.id} is deleted and the copy has it"
        elif copy.get(deal.id) != (there := _there(deal, hidden)):
            yield f"the copy of deal {deal.id} says {copy.get(deal.id)} and the CRM {there}"


def _copied(row: tuple[object, ...], hidden: frozenset[str]) -> dict[str, object]:
    extras = json.loads(str(row[5] or "{}"))
    marks = {mark: extras.get(f"x_{mark}", extras.get(mark)) for mark in MARKS if mark not in hidden}
    day = date(1970, 1, 1) + timedelta(days=int(str(row[4])))
    return {"name": row[1], "owner": row[2], "closed": bool(row[3]), "day": day, **marks}


def _there(deal: Deal, hidden: frozenset[str]) -> dict[str, object]:
    marks = {mark: deal.marks[mark] for mark in MARKS if mark not in hidden}
    return {
        "name": deal.name, "owner": deal.owner, "closed": deal.state != "open", "day": deal.close_date, **marks
    }  # fmt: skip
