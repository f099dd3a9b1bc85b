"""The judgement of a whole cycle, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.judgement.shadow import Late
from rules.model import CoverageVerdict, Facts
from sync.connection.context import Cycle
from sync.judge.chunks import Chunks, read_tables
from sync.judge.coverage import coverage_in_force, late_in_force
from sync.judge.judge import Judged, judge
from sync.judge.past import Memory
from sync.judge.scope import Scope
from sync.model.own_task import TasksByReason


@dataclass(frozen=True, slots=True)
class JudgedDeals:
    """What a cycle's judgement says: of the open deals chunk by chunk, and of those that closed not long ago."""

    still_open: tuple[Judged, ...]
    closed: tuple[Judged, ...]
    coverage: tuple[CoverageVerdict, ...]
    late: Late


def judge_deals(cycle: Cycle, facts: Facts, scope: Scope, tasks: TasksByReason, *, whole: bool = True) -> JudgedDeals:
    """Judge the deals of *scope*; what the managed *tasks* say counts as memory of earlier days.

    Where not everything could be read, not *whole*, the coverage of the last whole judgement applies.
    """
    connection, ruleset = cycle.connection, cycle.connection.ruleset
    chunks = Chunks(cycle, facts.now, scope)
    verdicts = coverage_in_force(cycle, facts, chunks, measure=whole and scope.deal_ids is None)
    late = late_in_force(cycle, facts, verdicts)
    facts = replace(facts, coverage=verdicts)
    # Read once: the managed tasks of all deals, of which each chunk needs a few.
    memory = Memory(cycle.store, cycle.conn, tasks, ruleset, first=scope.first)
    parts: list[Judged] = []
    for at, tables in enumerate(chunks, start=1):
        parts.append(judge(tables, facts, ruleset.judged(), memory.of(tables), late))
        cycle.run.progress.stage(connection.name, "judging deals", at, len(chunks))
    return JudgedDeals(tuple(parts), _judge_closed(cycle, facts, scope, memory), verdicts, late)


def _judge_closed(cycle: Cycle, facts: Facts, scope: Scope, memory: Memory) -> tuple[Judged, ...]:
    """Judge the deals that closed not long ago by the rules about such, if there are any."""
    if not scope.closed:
        return ()
    tables = read_tables(cycle, sorted(scope.closed), facts.now, closed=True)
    return (judge(tables, facts, cycle.connection.ruleset.judged("closed"), memory.of(tables)),)
