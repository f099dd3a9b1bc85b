"""What people answer on our tasks: by hashtag, in the answer field or anywhere in the body.

An answer is kept in the CRM, on the task itself, so that it outlives the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

AnswerKind = Literal["snooze", "notrisk", "wrongdata"]

SNOOZE_DAYS: Final = 14
"""How long a bare ``#snooze`` lasts."""

_LONGEST_DAYS: Final = 366

# Our own text names the hashtags in quotes; what a person writes has none before it.
_MARK: Final = r"(?<![\w\"“'&;#])#(snooze|not-?risk|wrong-?data)\b"
_HASHTAG: Final = re.compile(rf"{_MARK}[ \t:]*([^\r\n]*)", re.IGNORECASE)
_MARKED: Final = re.compile(_MARK, re.IGNORECASE)
_SPAN: Final = re.compile(r"(\d{1,4})\s*(d|days?|w|weeks?)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of a task's reason; *days* is how long a snooze lasts, *why* their own words."""

    kind: AnswerKind
    why: str
    days: int = 0

    def until(self, answered: date) -> date | None:
        """Return the day on which a snooze is over; None for an answer that holds until the reason is gone."""
        return answered + timedelta(days=self.days) if self.kind == "snooze" else None

    def reason(self, today: date) -> str:
        """Return the reason that the closed task states."""
        until = self.until(today)
        if until is not None:
            return f"Snoozed until {until.isoformat()}, as answered."
        said = "Not a risk" if self.kind == "notrisk" else "The data is wrong"
        return f"{said}, as answered{f': {self.why[:200]}' if self.why else '.'}"


def answer_in(*texts: str | None) -> Answer | None:
    """Find the first answer in the first of *texts* that holds one."""
    for text in texts:
        match = _HASHTAG.search(text or "")
        if match is not None:
            return _answer(match[1].lower().replace("-", ""), match[2].strip())
    return None


def unanswered(text: str) -> str:
    """Return *text* so that nothing in it is an answer: what a field of the deal says must not silence its task."""
    return _MARKED.sub(r"# \1", text)


def _answer(word: str, rest: str) -> Answer:
    if word == "notrisk":
        return Answer("notrisk", rest)
    if word == "wrongdata":
        return Answer("wrongdata", rest)
    span = _SPAN.match(rest)
    if span is None:
        return Answer("snooze", rest, SNOOZE_DAYS)
    days = int(span[1]) * (7 if (span[2] or "d").lower().startswith("w") else 1)
    return Answer("snooze", rest[span.end() :].strip(), min(days, _LONGEST_DAYS))
