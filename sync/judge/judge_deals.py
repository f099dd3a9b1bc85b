"""The judgement of a whole cycle, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules.model import Facts
from sync.connection.context import Cycle
from sync.judge.chunks import Chunks, read_tables
from sync.judge.coverage import InForce, Measured, changes_judgement, coverage_in_force, measured_meanwhile
from sync.judge.judge import Judged, judge, judge_and_measure
from sync.judge.past import Memory
from sync.judge.scope import Scope
from sync.model.own_task import TasksByReason


@dataclass(frozen=True, slots=True)
class JudgedDeals:
    """What a cycle's judgement says: of the open deals chunk by chunk, and of those that closed not long ago."""

    still_open: tuple[Judged, ...]
    closed: tuple[Judged, ...]
    force: InForce
    measured: Measured | None

    @property
    def coverage_changes(self) -> bool:
        """Whether coverage was found other than it was judged by, so that all deals want judging again."""
        return changes_judgement(self.force, self.measured)


def judge_deals(cycle: Cycle, facts: Facts, scope: Scope, tasks: TasksByReason, *, whole: bool = True) -> JudgedDeals:
    """Judge the deals of *scope*; what the managed *tasks* say counts as memory of earlier days.

    Where not everything could be read, not *whole*, the coverage of the last whole judgement applies.
    """
    connection, ruleset = cycle.connection, cycle.connection.ruleset
    chunks = Chunks(cycle, facts.now, scope)
    force = coverage_in_force(cycle, facts, chunks, scope, whole=whole)
    facts = replace(facts, coverage=force.verdicts, silent_owners=force.silent_owners)
    # Read once: the managed tasks of all deals, of which each chunk needs a few.
    memory = Memory(cycle.store, cycle.conn, tasks, ruleset, first=scope.first)
    parts: list[Judged] = []
    for at, tables in enumerate(chunks, start=1):
        past = memory.of(tables)
        if force.demanded:
            parts.append(judge_and_measure(tables, facts, ruleset.judged(), past, force.late, force.demanded))
        else:
            parts.append(judge(tables, facts, ruleset.judged(), past, force.late))
        cycle.run.progress.stage(connection.name, "judging deals", at, len(chunks))
    measured = measured_meanwhile(cycle, facts, force, scope, [part.sample for part in parts])
    return JudgedDeals(tuple(parts), _judge_closed(cycle, facts, scope, memory), force, measured)


def _judge_closed(cycle: Cycle, facts: Facts, scope: Scope, memory: Memory) -> tuple[Judged, ...]:
    """Judge the deals that closed not long ago by the rules about such, if there are any."""
    if not scope.closed:
        return ()
    tables = read_tables(cycle, sorted(scope.closed), facts.now, closed=True)
    return (judge(tables, facts, cycle.connection.ruleset.judged("closed"), memory.of(tables)),)
