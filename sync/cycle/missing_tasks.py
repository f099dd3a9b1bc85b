"""Managed tasks that can no longer be read, without proof that they are gone.

Sharing that was lost, a hidden field and an index that lags look alike from here. Such a task is missing: it is neither
made anew nor taken as dismissed. When too many are missing, something larger than a task was lost, and the connection
writes nothing until it sees them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from connectors.errors import TransientError
from connectors.model import Cursor, Page
from sync.connection.context import Cycle
from sync.cycle.pull import MISSING, Pulled, goes_on

SHARE: Final = 0.05
LEAST: Final = 10
"""So many missing tasks, and more than this share of all that should be open, stop the connection's writing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many managed tasks should be open in the CRM, and which of them cannot be read."""

    expected: int
    task_ids: tuple[str, ...]

    @property
    def too_many(self) -> bool:
        """Whether so many are missing that nothing may be written."""
        return len(self.task_ids) >= LEAST and len(self.task_ids) > SHARE * self.expected

    def __str__(self) -> str:
        """Return what the operator does about it."""
        named = ", ".join(self.task_ids[:3])
        return (
            f"{len(self.task_ids):,} of the {self.expected:,} managed tasks that should be there cannot be read, "
            f"and nothing proves them deleted ({named}); check that the integration user still sees all tasks and "
            "their key field"
        )


def look_for_missing(cycle: Cycle, pulled: Pulled) -> tuple[Pulled, Missing]:
    """Count what is missing; a pull after which too much is missing counts as unfinished, so that nothing is written.

    A task that the mirror holds is asked for by its id once a day, after a sweep, and in every cycle while the
    connection is stopped; one that the mirror never saw as soon as there are too many of them. A task that answers
    is taken over as it is now, which also covers an index that lags. So is, after a sweep, one that is believed
    deleted: people restore records, and a clock that stood wrong hides that from what asks for changes.
    """
    expected = cycle.store.tasks.expected_open(cycle.conn)
    unseen = [task_id for task_id, seen in expected.items() if not seen]
    # A cursor survives a restart, and a daemon that starts anew must not write either.
    stopped = MISSING in cycle.store.cursors.all(cycle.conn)
    missing = Missing(len(expected), tuple(unseen))
    writes = pulled.unfinished is None or goes_on(cycle, pulled)
    if writes and (pulled.swept or stopped or missing.too_many):
        try:
            missing = Missing(len(expected), _not_answering(cycle, expected if pulled.swept or stopped else unseen))
            if pulled.swept:
                _not_answering(cycle, cycle.store.tasks.believed_deleted(cycle.conn))
        except TransientError as error:
            # Without an answer nothing is known of the tasks, so nothing may be closed or created.
            return replace(pulled, unfinished=str(error), incomplete=frozenset()), missing
        _remember(cycle, missing, stopped=stopped)
    if writes and missing.too_many:
        return replace(pulled, unfinished=str(missing), incomplete=frozenset()), missing
    return pulled, missing


def _not_answering(cycle: Cycle, task_ids: Iterable[str]) -> tuple[str, ...]:
    asked = tuple(task_ids)
    answers = cycle.connection.connector.read_tasks(asked)
    # Asked for by id in the primary store: whatever the stamps say, this is how the tasks are now.
    cycle.store.mirror.save_tasks(cycle.conn, answers, by_stamp=False)
    answered = set(answers.get_column("task_id"))
    return tuple(task_id for task_id in asked if task_id not in answered)


def _remember(cycle: Cycle, missing: Missing, *, stopped: bool) -> None:
    """Keep across cycles and processes whether the connection is stopped."""
    if missing.too_many:
        cycle.store.mirror.commit_page(cycle.conn, Page(MISSING, cursor=Cursor(MISSING, str(len(missing.task_ids)))))
    elif stopped:
        cycle.store.cursors.reset(cycle.conn, [MISSING])
