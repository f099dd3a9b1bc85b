"""What sellers write into the MEDDPICC fields of a made-up pipeline: real answers, and the filler that people type."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from sandbox.story.model import Element

FILLER = (
    "TBD",
    "n/a",
    "tbd",
    "N/A",
    "strong champion",
    "yes",
    "-",
    "to be confirmed",
    "unknown",
    "good",
    "TBC",
    "see notes",
)

_ANSWERS: Mapping[Element, tuple[str, ...]] = {
    Element.METRICS: (
        "Cut order processing from {days} days to 2; worth about {money} a year "
        "in {area}, measured by their own finance report.",
        "Wants {percent} % fewer unplanned stops in {area}; today each stop "
        "costs {money} and they count nine a quarter.",
        "Success is {percent} % less manual rework in {area} within two "
        "quarters; cost of doing nothing put at {money} a year.",
        "Target is to close the month in {days} days rather than 14; {area} loses {money} a year to late corrections.",
    ),
    Element.ECONOMIC_BUYER: (
        "{name}, {title}, owns the budget line for {area} and signs anything "
        "above {money}; wants payback inside 18 months.",
        "Budget sits with {name} ({title}); met on the business case, asks for "
        "numbers by {area} before it goes any further.",
        "{name} controls the spend for {area}. Decides with the COO; needs "
        "the {money} case in the company's own template.",
    ),
    Element.DECISION_CRITERIA: (
        "Must-haves: single sign-on, EU hosting, open API for {area}; scored "
        "list with weights shared by the project team.",
        "Three criteria in order: time to first value in {area}, integration "
        "effort, total cost over three years under {money}.",
        "They score vendors on fit for {area}, security posture and references "
        "of the same size; price counts for {percent} %.",
    ),
    Element.DECISION_PROCESS: (
        "Steering group recommends, {name} approves, board is informed above "
        "{money}; next steering date is set for {area}.",
        "Two-step approval: project team picks by scorecard, then {name} and "
        "finance sign off within about {days} working days.",
        "Pilot read-out, then written recommendation to {name}; {area} and "
        "IT both hold a veto. Takes about {days} days.",
    ),
    Element.PAPER_PROCESS: (
        "Procurement runs its own template: vendor form, security questionnaire, "
        "then legal redlines; about {days} days in all.",
        "MSA on their paper. Security review first (SOC 2 and data residency), "
        "legal next, purchase order last; {days} days.",
        "New vendor onboarding takes {days} days; they want net 60 and a "
        "data processing agreement before legal starts.",
    ),
    Element.IMPLICATE_PAIN: (
        "Audit finding on {area}: without a fix by year end they pay {money} in "
        "penalties, and the head of {area} answers for it.",
        "The {area} team misses its targets for the third quarter; {percent} % of "
        "the team's week goes into workarounds that all hate.",
        "The current tool loses support this year. If {area} is not moved, the expansion worth {money} is put on hold.",
    ),
    Element.CHAMPION: (
        "{name} ({title}) sells for us inside: brought in finance, shared the "
        "org chart; gets the {area} programme if this wins.",
        "{name} opened the door to the steering group and rehearsed the pitch "
        "with us; measured on {percent} % savings in {area}.",
        "{name} has the ear of the budget owner and pushes weekly; personally "
        "owns the {area} target of {money} this year.",
    ),
    Element.COMPETITION: (
        "Incumbent is an in-house tool in {area}; one other vendor on the short "
        "list, {percent} % cheaper, weak on integration.",
        "Doing nothing is the main rival: {area} could live with spreadsheets "
        "for another year. One vendor dropped out already.",
        "Up against a suite vendor that bundles it for free; we win on {area} "
        "and time to value, they on the existing contract.",
    ),
}

_AREAS = ("claims", "logistics", "field service", "customer care", "finance", "order desk", "maintenance", "billing")


def answer(rng: Random, element: Element, *, name: str, title: str) -> str:
    """Return one answer; *name* and *title* are of the person that the answer mentions, if any."""
    return rng.choice(_ANSWERS[element]).format(
        name=name,
        title=title,
        area=rng.choice(_AREAS),
        days=rng.randrange(5, 45),
        percent=rng.randrange(10, 60),
        money=f"{rng.randrange(8, 95) * 10},000",
    )


def filler(rng: Random) -> str:
    """Return a text that says nothing."""
    return rng.choice(FILLER)
