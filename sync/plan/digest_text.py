"""The text of a digest: deal by deal, each fact once, short enough to be read, the rest counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from rules.language.plain_text import one_line
from rules.language.words import Language
from rules.model import Severity
from sync.model.answers import unanswered
from sync.model.task_text import stamp
from sync.plan.assignment import Assignment

LONGEST: Final = 1500
"""Characters of a digest: what is longer is not read to its end."""

_LINES_OF_A_DEAL: Final = 3
_NAME: Final = 100
_LINE: Final = 300

Why = Literal["escalated", "waiting", "disputed", "milder", "digest"]


@dataclass(frozen=True, slots=True)
class Line:
    """One finding of a deal without a task of its own, or with one for long: what *receiver* reads of it.

    *about* is the line of the deal: its money, its dates, its risk.
    """

    receiver: Assignment
    why: Why
    severity: Severity
    deal_id: str
    deal_name: str
    text: str
    about: str = ""
    score: float = 0.0

    @property
    def person(self) -> str:
        """Whose digest it is in; lines are made for somebody."""
        return str(self.receiver.owner_id)


def by_deal(lines: Iterable[Line]) -> list[list[Line]]:
    """Return each deal's lines, no text twice: the worst deal first by severity, then by risk, and so its lines."""
    deals: dict[str, dict[str, Line]] = {}
    for line in sorted(lines, key=lambda line: (-line.severity, line.text)):
        deals.setdefault(line.deal_id, {}).setdefault(line.text, line)
    worst_first = sorted(
        deals.values(), key=lambda told: min((-line.severity, -line.score, line.deal_name) for line in told.values())
    )
    return [list(told.values()) for told in worst_first]


def subject(lines: Iterable[Line], prefix: str, words: Language, *, today: bool = False) -> str:
    """Return the subject of a digest of the week, or of *today*: of how many deals it tells."""
    deals, kind = len({line.deal_id for line in lines}), "digest_today" if today else "digest"
    return f"{prefix} {words.label(f'{kind}_of_one' if deals == 1 else kind).format(deals)}".strip()


def body(lines: Iterable[Line], key: str, written: date, words: Language, *, today: bool = False) -> str:
    """Return the digest of *lines*: as many as fit, worst deals first, the rest counted, and last how it ends."""
    deals = by_deal(lines)
    foot = f"{words.label('daily' if today else 'weekly')}\n{stamp('Digest', key, written, words)}"
    rest = _rest({line.deal_id: len(told) for told in deals for line in told[:1]}, words)
    room = LONGEST - len(foot) - len(rest) - 4
    blocks: list[str] = []
    left: dict[str, int] = {}
    for told in deals:
        block, shown = _block(told, room if not left else 0)
        if shown:
            blocks.append(block)
            room -= len(block) + 2
        if len(told) > shown:
            left[told[0].deal_id] = len(told) - shown
    return "\n\n".join([*blocks, *([_rest(left, words)] if left else []), foot])


def _block(told: Sequence[Line], room: int) -> tuple[str, int]:
    """Return what fits into *room* of a deal, and how many of its lines that are."""
    name, about = one_line(told[0].deal_name, _NAME), told[0].about
    text, shown = unanswered(f"{name} · {about}" if about else name), 0
    for line in told[:_LINES_OF_A_DEAL]:
        longer = f"{text}\n- {unanswered(one_line(line.text, _LINE))}"
        if len(longer) > room:
            break
        text, shown = longer, shown + 1
    return text, shown


def _rest(left: Mapping[str, int], words: Language) -> str:
    return words.label("more").format(sum(left.values()), len(left))
