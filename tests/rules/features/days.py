"""A rule judged day by day, as a daemon does that runs all the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from rules.days.business_days import PLAIN, Calendar
from rules.judgement.evaluate import findings_of
from rules.judgement.streaks import FIRED, STREAKS, Past, settle
from rules.model import RuleSet
from tests.rules.judgement.world import rule, ruleset

MONDAY = date(2026, 6, 15)
HOLDS, CLEAR, WORSE, UNKNOWN, ELSEWHERE = 3, 0, 4, None, -1


@dataclass
class Days:
    """One rule on one deal; what it remembers goes from each judgement into the next."""

    rules: RuleSet
    past: Past = field(default_factory=Past)
    today: date = MONDAY
    calendar: Calendar = PLAIN

    @classmethod
    def of(cls, **keys: object) -> Days:
        made = rule("late", when="amount > 1", severity=[(None, "high")], **keys)
        return cls(ruleset(made))

    def judge(self, said: int | None) -> int | None:
        """Judge today and wait until tomorrow."""
        raw = pl.DataFrame({"deal_id": ["d1"], "late": [said]}, schema={"deal_id": pl.String(), "late": pl.Int8()})
        settled = settle(self.rules.rules, raw, self.past, self.today, self.calendar)
        held = findings_of(self.rules, settled.verdicts).select(FIRED.names())
        assert settled.streaks.schema == STREAKS
        self.past = Past(held, settled.streaks)
        self.today += timedelta(days=1)
        code: int | None = settled.verdicts.get_column("late")[0]
        return code

    def run(self, *said: int | None) -> list[int | None]:
        """Judge on verdict day after the other."""
        return [self.judge(verdict) for verdict in said]

    def wait(self, days: int) -> Days:
        """Let days pass without a judgement."""
        self.today += timedelta(days=days)
        return self
