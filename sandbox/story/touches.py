"""Who was met, called and written to on a made-up deal, and when last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sandbox.story import words
from sandbox.story.model import BuyingRole, Role, Touch, Trouble
from sandbox.story.time import working_time


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a deal's life whose touches are generated; an open deal may have some booked after its *end*."""

    begin: datetime
    end: datetime
    is_open: bool


def touches(rng: Random, roles: tuple[Role, ...], troubles: frozenset[Trouble], span: Span) -> tuple[Touch, ...]:
    """Return the touches of a deal within *span*, and what is booked after, oldest first."""
    end, is_open = span.end, span.is_open
    quiet_for = _quiet_for(rng, roles, troubles)
    touched: list[Touch] = []
    for contact, days in quiet_for.items():
        touched += _two_way(rng, contact, days, quiet_for, end, rounds=3 if is_open else 1)
    touched += _one_way(rng, list({role.contact for role in roles}), end)
    touched = [touch for touch in touched if span.begin < touch.at < end]
    if is_open and roles and rng.random() < (0.2 if troubles else 0.7):
        touched.append(_planned(rng, [role.contact for role in roles], end))
    return tuple(sorted(touched, key=lambda touch: touch.at))


def _quiet_for(rng: Random, roles: tuple[Role, ...], troubles: frozenset[Trouble]) -> Mapping[int, float]:
    """Days since the last two-way touch, for each contact that ever answered."""
    quiet: dict[int, float] = {}
    for place, role in enumerate(roles):
        if role.contact in quiet:
            continue
        days = _days_quiet(rng, role.role, place, troubles)
        if days is not None:
            quiet[role.contact] = days
    return quiet


def _days_quiet(rng: Random, role: BuyingRole | None, place: int, troubles: frozenset[Trouble]) -> float | None:
    if Trouble.SILENT in troubles:
        return rng.uniform(32, 80)
    if role is BuyingRole.CHAMPION and Trouble.CHAMPION_QUIET in troubles:
        return rng.uniform(24, 58)
    if role is BuyingRole.ECONOMIC_BUYER and Trouble.BUYER_QUIET in troubles:
        return rng.uniform(48, 85)
    if Trouble.SINGLE_THREADED in troubles and place > 0:
        return rng.uniform(35, 80) if rng.random() < 0.6 else None
    if role is BuyingRole.CHAMPION:
        return rng.uniform(1, 5)
    if not troubles:
        return rng.uniform(1, 18)
    return rng.uniform(1, 26) if rng.random() < 0.85 else None


def _two_way(
    rng: Random, contact: int, days: float, quiet_for: Mapping[int, float], end: datetime, *, rounds: int
) -> Iterator[Touch]:
    for _ in range(rounds):
        at = working_time(rng, end - timedelta(days=days))
        # Company in a meeting must not make anybody look fresher than planned: a day more covers the move to a Friday.
        company = [other for other, since in quiet_for.items() if other != contact and since + 3 < days]
        yield _conversation(rng, at, contact, company)
        days += rng.uniform(9, 32)


def _conversation(rng: Random, at: datetime, contact: int, company: list[int]) -> Touch:
    # Some activities hang on the contact alone, as where a rep forgot to pick the deal.
    linked = rng.random() < 0.92
    kind = rng.random()
    if kind < 0.42:
        attendees = (contact, *rng.sample(company, min(len(company), rng.randrange(3))))
        return Touch(
            at, "meeting", attendees, rng.choice(words.MEETING_SUBJECTS), rng.choice((30, 45, 60)), linked=linked
        )
    if kind < 0.66:
        inbound = rng.random() < 0.3
        subject = rng.choice(words.CALL_SUBJECTS)
        return Touch(at, "call", (contact,), subject, rng.randrange(4, 40), inbound=inbound, linked=linked)
    return Touch(at, "email", (contact,), f"Re: {rng.choice(words.MAIL_SUBJECTS)}", 0, inbound=True, linked=linked)


def _one_way(rng: Random, contacts: list[int], end: datetime) -> Iterator[Touch]:
    """Mail sent, calls that nobody took, and now and then a call logged on the deal alone."""
    for _ in range(rng.choices((0, 1, 2, 3), (20, 40, 25, 15))[0]):
        at = working_time(rng, end - timedelta(days=rng.uniform(1, 60)))
        attendees = (rng.choice(contacts),) if contacts else ()
        sent = Touch(at, "email", attendees, rng.choice(words.MAIL_SUBJECTS), 0)
        if not contacts or rng.random() < 0.3:
            sent = replace(sent, kind="call", subject=rng.choice(words.CALL_SUBJECTS), connected=False)
        yield sent


def _planned(rng: Random, contacts: list[int], now: datetime) -> Touch:
    people = sorted(set(contacts))
    attendees = tuple(rng.sample(people, min(len(people), rng.randrange(1, 4))))
    day = now + timedelta(days=rng.randrange(3, 12))
    at = working_time(rng, day)
    return Touch(at, "meeting", attendees, rng.choice(words.MEETING_SUBJECTS), rng.choice((30, 45, 60)))
