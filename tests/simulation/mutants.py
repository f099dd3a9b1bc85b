"""Our own code broken on purpose: histories must notice each of these mistakes within a few hundred seeds.

``python -m tests.simulation.mutants`` plays seeds against every mutant on both CRMs until one breaks a promise, and
prints which seed did.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small frames; threads only cost

from connectors.base import PullRequest
from connectors.errors import ConnectorError
from connectors.hubspot.objects import KEY_PROPERTY, WANTED
from connectors.hubspot.pull.activities import own_tasks
from connectors.model import Outcome, Page, WriteKind
from connectors.salesforce.objects import KEY_FIELD
from sync import log
from tests.promises.breaks import BREAKS, Break

WITHIN: Final = 500

Change = tuple[str, Callable[[Any], Any]]


def _without_key(record: Any) -> Any:
    def wrapped(self: Any, write: Any) -> Any:
        found = record(self, write)
        (found.get("properties") or found).pop(KEY_PROPERTY, None)
        found.pop(KEY_FIELD, None)
        return found

    return wrapped


def _sent_again(_: Any) -> Any:
    """Take every doubtful create for not done, without asking."""

    def settle(self: Any, batch: Any, receipts: Any) -> Any:
        doubtful = {one.effect_id for one in receipts if one.outcome in (Outcome.UNKNOWN, Outcome.DUPLICATE)}
        again = {one.effect_id: one for one in self._attempt([one for one in batch if one.effect_id in doubtful])}
        return [again.get(one.effect_id, one) for one in receipts]

    return settle


def _searched(_: Any) -> Any:
    """Look for tasks by search, whose index lags, and not in the primary store."""

    def read_back(self: Any, keys: Any) -> Any:
        found = self._opened
        body = {
            "filterGroups": [{"filters": [{"propertyName": KEY_PROPERTY, "operator": "IN", "values": list(keys)}]}],
            "properties": list(WANTED["tasks"]),
            "limit": 100,
        }
        answer = self._transport.ask(self._transport.api.search("tasks"), body)
        assert found is not None
        return own_tasks(self._reach(found, PullRequest()), answer["results"])

    return read_back


def _cursor_first(pages: Any) -> Any:
    """Commit where the next read begins before the rows up to there.

    The connectors send cursors in pages of their own; one that also tells of something gone is committed at once.
    """

    def wrapped(self: Any) -> Iterator[Page]:
        read, failed = list[Page](), None
        try:
            read.extend(pages(self))
        except ConnectorError as error:
            failed = error
        yield from (Page(one.source, gone={"touches": ()}, cursor=one.cursor) for one in read if one.cursor)
        yield from (replace(one, cursor=None) for one in read)
        if failed:
            raise failed

    return wrapped


def _finished(look: Any) -> Any:
    """Take a reading that stopped half-way for a whole one."""

    def wrapped(cycle: Any, pulled: Any) -> Any:
        return look(cycle, replace(pulled, unfinished=None))

    return wrapped


def _nothing_done(_: Any) -> Any:
    return lambda self, conn, effect_ids, now: None


def _upserted(record: Any) -> Any:
    """Change the task that has the key already instead of leaving it to whoever changed it since."""

    def wrapped(self: Any, write: Any) -> Any:
        found = record(self, write)
        if write.kind is WriteKind.CREATE_TASK:
            found |= {"idProperty": KEY_PROPERTY, "id": write.values["key"]}
        return found

    return wrapped


def _to_upsert(batch: Any) -> Any:
    return lambda self, kind, action: batch(self, kind, "upsert" if action == "create" else action)


def _broken(name: str) -> Change:
    """Give a break that stands in the list of broken promises."""
    return BREAKS[name].target, BREAKS[name].by


BOTH = ("salesforce", "hubspot")

MUTANTS: Mapping[str, tuple[tuple[str, ...], tuple[Change, ...]]] = {
    "create without key": (
        BOTH,
        (
            ("connectors.salesforce.write:Writer._record", _without_key),
            ("connectors.hubspot.write:Writer._input", _without_key),
        ),
    ),
    "a key that depends on the run": (BOTH, (_broken("a key that depends on the run"),)),
    "managed tasks in the CRM are not looked at": (BOTH, (_broken("managed tasks in the CRM are not looked at"),)),
    "upsert instead of create": (
        ("hubspot",),
        (
            ("connectors.hubspot.write:Writer._input", _upserted),
            ("connectors.hubspot.api:ApiVersion.batch", _to_upsert),
        ),
    ),
    "unknown outcome sent again unasked": (BOTH, (("sync.cycle.apply:Applier._settle_creates", _sent_again),)),
    "search for read-back": (("hubspot",), (("connectors.hubspot.connector:HubSpotConnector.read_back", _searched),)),
    "drop the lookback": (
        BOTH,
        (
            ("connectors.salesforce.pull.window:OVERLAP", lambda _: timedelta()),
            ("connectors.hubspot.pull.passes:OVERLAP", lambda _: timedelta()),
        ),
    ),
    "unknown counts as clear": (BOTH, (_broken("unknown counts as clear"),)),
    "a partial sync counts as a whole one": (BOTH, (("sync.cycle.run_cycle:look_for_missing", _finished),)),
    "cursor before rows": (
        BOTH,
        (
            ("connectors.salesforce.pull.pull:Pull.pages", _cursor_first),
            ("connectors.hubspot.pull.pull:Pull.pages", _cursor_first),
        ),
    ),
    "skip the ledger before sending": (BOTH, (("sync.store.ledger:Ledger.start_sending", _nothing_done),)),
    "every field counts as managed": (BOTH, (_broken("every field counts as managed"),)),
    "what a person deleted counts as closed by dealwarden": (
        BOTH,
        (_broken("what a person deleted counts as closed by dealwarden"),),
    ),
    "what a person completed is made again": (
        BOTH,
        (("sync.model.own_task:OwnTask.ended_by_person", lambda _: property(lambda task: False)),),
    ),
    "a task whose reason is gone stays": (
        BOTH,
        (_broken("no open task is ever over"), _broken("deals that ended are passed over")),
    ),
}
"""What is broken, on which CRMs it can show, and how.

Upserting is a path of HubSpot's alone in the program, and only HubSpot has an index that lags behind its records.
"""


@contextmanager
def planted(changes: tuple[Change, ...]) -> Iterator[None]:
    """Break the program for as long as the block runs."""
    with ExitStack() as stack:
        for target, by in changes:
            broken = Break(0, target, by, ())
            holder, name = broken.holder
            stack.callback(setattr, holder, name, getattr(holder, name))
            broken.plant()
        yield


def killed_by(name: str, crm: str, within: int = WITHIN) -> tuple[int, str] | None:
    """Give the first seed that notices the mutant, and what it says; None if none does."""
    from tests.simulation.history import play

    with planted(MUTANTS[name][1]):
        for seed in range(1, within + 1):
            try:
                ended = play(seed, crm)
            except Exception as error:  # a broken program may also just fall over
                return seed, f"{type(error).__name__}: {error}"
            if ended.violation:
                return seed, ended.violation
    return None


def main() -> int:
    """Print the kill table; 1 if a mutant lives."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    asked.add_argument("--seeds", type=int, default=WITHIN, help="seeds that a mutant may live through")
    asked.add_argument("names", nargs="*", help="mutants, by name; all of them if none is named")
    options = asked.parse_args()
    log.configure(level="critical")
    living = 0
    for name in options.names or MUTANTS:
        for crm in MUTANTS[name][0]:
            killed = killed_by(name, crm, options.seeds)
            living += killed is None
            told = f"seed {killed[0]:>4}  {killed[1][:110]}" if killed else f"lives after {options.seeds} seeds"
            print(f"{name:46} {crm:10} {told}", flush=True)
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
