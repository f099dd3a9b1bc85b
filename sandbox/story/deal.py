"""One made-up deal: what is wrong with it, how it came here, who is on it, what is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.story import words
from sandbox.story.model import (
    Account,
    Answer,
    BuyingRole,
    Contact,
    Deal,
    Element,
    Outcome,
    Phase,
    Role,
    ToDo,
    Trouble,
)
from sandbox.story.steps import steps
from sandbox.story.texts import answer, filler
from sandbox.story.time import working_time
from sandbox.story.touches import Span, touches

_HEALTHY_SHARE = 0.3

_TROUBLES: Mapping[Trouble, float] = {
    Trouble.NO_CONTACTS: 0.08,
    Trouble.SINGLE_THREADED: 0.26,
    Trouble.CHAMPION_MISSING: 0.2,
    Trouble.CHAMPION_QUIET: 0.16,
    Trouble.BUYER_MISSING: 0.22,
    Trouble.BUYER_QUIET: 0.15,
    Trouble.SILENT: 0.1,
    Trouble.GAPS: 0.4,
    Trouble.FILLER: 0.25,
    Trouble.PAST_CLOSE: 0.115,
    Trouble.PUSHED: 0.25,
    Trouble.STALLED: 0.2,
    Trouble.OWNER_LEFT: 0.06,
    Trouble.NO_NEXT_STEP: 0.2,
    Trouble.NO_AMOUNT: 0.03,
}
"""How often each occurs among the deals that are not healthy from the start."""

_PHASE_WEIGHTS: Mapping[Phase, int] = {
    Phase.DISCOVERY: 20,
    Phase.QUALIFICATION: 20,
    Phase.EVALUATION: 25,
    Phase.BUSINESS_CASE: 15,
    Phase.PROCUREMENT: 12,
    Phase.CLOSE: 8,
}

_LEVELS: Mapping[Phase, int] = {
    Phase.DISCOVERY: 1,
    Phase.QUALIFICATION: 2,
    Phase.EVALUATION: 2,
    Phase.BUSINESS_CASE: 2,
    Phase.PROCUREMENT: 3,
    Phase.CLOSE: 3,
}
"""How far a healthy deal has come with each element."""

_AMOUNTS = ((4_000, 24_500, 20), (25_000, 99_500, 40), (100_000, 900_000, 40))

_COMMITTEE = list(BuyingRole)[:8]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a deal is given by the story around it."""

    index: int
    account: Account
    contacts: tuple[Contact, ...]
    active_owner: int
    former_owner: int
    outcome: Outcome
    now: datetime
    reach_days: int  # touches from longer before the deal's end are left out


def make_deal(rng: Random, setting: Setting) -> Deal:
    """Return a made-up deal."""
    is_open = setting.outcome == "open"
    troubles = _pick_troubles(rng) if is_open else frozenset[Trouble]()
    phase = Phase.CLOSE if setting.outcome == "won" else _pick_phase(rng)
    deal_steps = steps(rng, phase, setting.outcome, troubles, _pick_amount(rng, troubles), setting.now)
    roles = _roles(rng, setting, phase, troubles, deal_steps[0].at)
    champion = next((role.contact for role in roles if role.role is BuyingRole.CHAMPION), None)
    if is_open and any(contact.index == champion and contact.bounced_at for contact in setting.contacts):
        troubles |= {Trouble.CHAMPION_LEFT}
    deal_type = rng.choices(("New Business", "Existing Business", "Renewal"), (65, 25, 10))[0]
    partner = rng.choice(words.PARTNERS) if rng.random() < 0.12 else None
    end = setting.now if is_open else deal_steps[-1].at
    span = Span(max(deal_steps[0].at, end - timedelta(days=setting.reach_days)), end, is_open)
    return Deal(
        index=setting.index,
        name=_name(rng, setting, deal_type, partner),
        account=setting.account.index,
        owner=setting.former_owner if Trouble.OWNER_LEFT in troubles else setting.active_owner,
        outcome=setting.outcome,
        deal_type=deal_type,
        lead_source="Partner" if partner else rng.choice(words.LEAD_SOURCES),
        partner=partner,
        next_step=None if Trouble.NO_NEXT_STEP in troubles or not is_open else rng.choice(words.NEXT_STEPS),
        troubles=troubles,
        people=setting.contacts,
        answers=_answers(rng, setting, phase, troubles),
        roles=roles,
        steps=deal_steps,
        touches=touches(rng, roles, troubles, span),
        to_dos=_to_dos(rng, roles, end) if is_open else (),
    )


def _pick_troubles(rng: Random) -> frozenset[Trouble]:
    if rng.random() < _HEALTHY_SHARE:
        return frozenset()
    troubles = {trouble for trouble, share in _TROUBLES.items() if rng.random() < share}
    if Trouble.NO_CONTACTS in troubles:  # says it all about the people
        troubles -= {
            Trouble.SINGLE_THREADED, Trouble.CHAMPION_MISSING, Trouble.CHAMPION_QUIET, Trouble.BUYER_MISSING,
            Trouble.BUYER_QUIET, Trouble.SILENT,
        }  # fmt: skip
    if Trouble.CHAMPION_MISSING in troubles:
        troubles.discard(Trouble.CHAMPION_QUIET)
    if Trouble.BUYER_MISSING in troubles:
        troubles.discard(Trouble.BUYER_QUIET)
    return frozenset(troubles)


def _pick_phase(rng: Random) -> Phase:
    return rng.choices(list(_PHASE_WEIGHTS), list(_PHASE_WEIGHTS.values()))[0]


def _pick_amount(rng: Random, troubles: frozenset[Trouble]) -> int | None:
    low, high, _ = rng.choices(_AMOUNTS, [weight for _, _, weight in _AMOUNTS])[0]
    return None if Trouble.NO_AMOUNT in troubles else rng.randrange(low, high + 1, 500)


def _name(rng: Random, setting: Setting, deal_type: str, partner: str | None) -> str:
    name = f"{setting.account.name} - {rng.choice(words.PRODUCTS)}"
    if deal_type == "Renewal":
        name = f"{setting.account.name} - renewal {setting.now.year}"
    return f"{name} (via {partner})" if partner else name


def _roles(
    rng: Random, setting: Setting, phase: Phase, troubles: frozenset[Trouble], created_at: datetime
) -> tuple[Role, ...]:
    if Trouble.NO_CONTACTS in troubles:
        return ()
    size = min(3 + phase.rank // 2 + rng.randrange(2), len(setting.contacts))
    if Trouble.SINGLE_THREADED in troubles and rng.random() < 0.5:
        size = rng.randrange(1, 3)
    held: list[tuple[int, BuyingRole | None]] = []
    for contact, role in zip(setting.contacts[:size], _COMMITTEE, strict=False):
        if role is BuyingRole.CHAMPION and Trouble.CHAMPION_MISSING in troubles:
            held.append((contact.index, rng.choice((None, BuyingRole.INFLUENCER))))
        elif role is BuyingRole.ECONOMIC_BUYER and Trouble.BUYER_MISSING in troubles:
            held.append((contact.index, rng.choice((None, BuyingRole.OTHER))))
        elif role is BuyingRole.USER and troubles and rng.random() < 0.15:
            held.append((contact.index, BuyingRole.BLOCKER))
        else:
            held.append((contact.index, role))
    if (setting.contacts[1].index, BuyingRole.ECONOMIC_BUYER) in held and rng.random() < 0.08:
        held.append((setting.contacts[1].index, BuyingRole.EXEC_SPONSOR))  # one person, two rows
    return tuple(
        Role(contact, role, is_primary=place == 0, since=_soon_after(rng, created_at, setting.now, place))
        for place, (contact, role) in enumerate(held)
    )


def _soon_after(rng: Random, created_at: datetime, now: datetime, place: int) -> datetime:
    age = (now - created_at).total_seconds()
    return created_at + timedelta(seconds=int(age * min(place * 0.08, 0.5) * rng.random()))


def _answers(rng: Random, setting: Setting, phase: Phase, troubles: frozenset[Trouble]) -> Mapping[Element, Answer]:
    people = {Element.CHAMPION: setting.contacts[0]}
    answers: dict[Element, Answer] = {}
    for element in Element:
        person = people.get(element, setting.contacts[1])
        text = answer(rng, element, name=f"{person.first_name} {person.last_name}", title=person.title)
        level = _LEVELS[phase]
        if _is_open_question(rng, element, troubles):
            answers[element] = Answer(None, 0)
        elif Trouble.FILLER in troubles and rng.random() < 0.35:
            answers[element] = Answer(filler(rng), rng.randrange(2))
        elif setting.outcome != "open" and rng.random() < 0.25:
            answers[element] = Answer(None, 0)
        else:
            answers[element] = Answer(text, max(level - rng.randrange(3), 0) if Trouble.GAPS in troubles else level)
    return answers


def _is_open_question(rng: Random, element: Element, troubles: frozenset[Trouble]) -> bool:
    if element is Element.CHAMPION and Trouble.CHAMPION_MISSING in troubles:
        return rng.random() < 0.7
    if element is Element.ECONOMIC_BUYER and Trouble.BUYER_MISSING in troubles:
        return rng.random() < 0.7
    return Trouble.GAPS in troubles and rng.random() < 0.4


def _to_dos(rng: Random, roles: tuple[Role, ...], now: datetime) -> tuple[ToDo, ...]:
    return tuple(_to_do(rng, roles, now) for _ in range(rng.choices((0, 1, 2), (55, 30, 15))[0]))


def _to_do(rng: Random, roles: tuple[Role, ...], now: datetime) -> ToDo:
    created_at = working_time(rng, now - timedelta(days=rng.uniform(2, 40)))
    done = rng.random() < 0.5
    due = None
    if rng.random() < 0.85:  # some of the open ones are overdue: people's own tasks often are
        due = (
            created_at + timedelta(days=rng.randrange(1, 8)) if done else now + timedelta(days=rng.randrange(-6, 12))
        ).date()
    return ToDo(
        subject=rng.choice(words.TO_DO_SUBJECTS),
        created_at=created_at,
        due=due,
        completed_at=min(created_at + timedelta(days=rng.randrange(1, 6)), now - timedelta(days=1)) if done else None,
        contact=rng.choice(roles).contact if roles and rng.random() < 0.4 else None,
    )
