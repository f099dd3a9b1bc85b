"""How a made-up deal came to its current state: phases entered, amounts changed, close dates pushed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from sandbox.story.model import PHASE_DAYS, Outcome, Phase, Step, Trouble
from sandbox.story.time import working_time


@dataclass(frozen=True, slots=True)
class _Change:
    """What changed at a moment; None is what stayed."""

    at: datetime
    phase: Phase | None = None
    outcome: Outcome | None = None
    amount: int | None = None
    close_date: date | None = None


def steps(
    rng: Random, phase: Phase, outcome: Outcome, troubles: frozenset[Trouble], amount: int | None, now: datetime
) -> tuple[Step, ...]:
    """Return the steps of a deal that is in *phase* now, or was when it closed; oldest first."""
    end = now if outcome == "open" else working_time(rng, now - timedelta(days=rng.uniform(2, 500)))
    entered = _entered(rng, phase, troubles, end)
    close_date = _close_date(rng, entered[-1], troubles, end) if outcome == "open" else end.date()
    created_at = entered[0][0]
    changes = [_Change(at, phase=stage) for at, stage in entered[1:]]
    pushes = list(_pushes(rng, troubles, created_at, end, close_date))
    changes += [_Change(at, close_date=day) for at, day in pushes[1:]]
    first = Step(created_at, entered[0][1], "open", amount, pushes[0][1])
    if amount is not None and rng.random() < 0.35:
        first = replace(first, amount=max(round(amount * rng.uniform(0.6, 1.4) / 500), 1) * 500)
        changes.append(_Change(_between(rng, created_at, end), amount=amount))
    if outcome != "open":
        changes.append(_Change(end, outcome=outcome, close_date=end.date()))
    return tuple(_apply(first, sorted(changes, key=lambda change: change.at)))


def _apply(first: Step, changes: list[_Change]) -> Iterator[Step]:
    step = first
    yield step
    for change in changes:
        step = Step(
            at=change.at,
            phase=change.phase or step.phase,
            outcome=change.outcome or step.outcome,
            amount=step.amount if change.amount is None else change.amount,
            close_date=change.close_date or step.close_date,
        )
        yield step


def _entered(rng: Random, phase: Phase, troubles: frozenset[Trouble], end: datetime) -> list[tuple[datetime, Phase]]:
    """When each phase was entered, oldest first; one in the middle may have been skipped."""
    path = list(Phase)[: phase.rank + 1]
    if troubles and len(path) > 3 and rng.random() < 0.1:
        del path[rng.randrange(1, len(path) - 1)]
    short, long = PHASE_DAYS[phase]
    stay = (
        rng.uniform(long * 1.2, long * 2.4) if Trouble.STALLED in troubles else rng.uniform(min(6, short), long * 0.8)
    )
    entered: list[tuple[datetime, Phase]] = []
    at = end - timedelta(days=stay)
    for stage in reversed(path):
        entered.append((working_time(rng, at), stage))
        at -= timedelta(days=rng.uniform(*PHASE_DAYS[stage]))
    return entered[::-1]


def _close_date(rng: Random, current: tuple[datetime, Phase], troubles: frozenset[Trouble], now: datetime) -> date:
    if Trouble.PAST_CLOSE in troubles:
        return now.date() - timedelta(days=rng.randrange(1, 46))
    if troubles:
        return now.date() + timedelta(days=rng.randrange(3, 121))
    entered, phase = current
    left = max(PHASE_DAYS[phase][0] - (now - entered).days, 5)
    need = left + sum(PHASE_DAYS[later][0] for later in list(Phase)[phase.rank + 1 :])
    return now.date() + timedelta(days=round(need * rng.uniform(1.0, 1.5)))


def _pushes(
    rng: Random, troubles: frozenset[Trouble], begin: datetime, end: datetime, final: date
) -> Iterator[tuple[datetime, date]]:
    """Close dates the deal has had, the first from its beginning on."""
    count = rng.randrange(2, 6) if Trouble.PUSHED in troubles else rng.choice((0, 0, 1))
    begin_pushing = max(begin, end - timedelta(days=170))
    moments = sorted(_between(rng, begin_pushing, end) for _ in range(count))
    day = final
    days = [day]
    for _ in range(count):
        day -= timedelta(days=rng.randrange(14, 40))
        days.append(day)
    return zip([begin, *moments], reversed(days), strict=True)


def _between(rng: Random, begin: datetime, end: datetime) -> datetime:
    """Pick a moment strictly inside; a working hour where the span allows it."""
    moment = begin + (end - begin) * rng.uniform(0.1, 0.9)
    at_work = working_time(rng, moment)
    return at_work if begin < at_work < end else moment.replace(microsecond=0)
