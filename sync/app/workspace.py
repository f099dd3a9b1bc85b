"""A loaded configuration with its rules, its store and its connections: what every command works on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from connectors.host import Host
from rules.model import RuleSet
from sync.app.connect import connect
from sync.app.outcome import failed_report, log_ended, record_failure
from sync.app.rule_files import load_rule_sets
from sync.config.config import Config
from sync.connection.context import Command, ReadyConnection, Run, Undoing
from sync.connection.progress import Progress
from sync.cycle.run_cycle import run_cycle
from sync.errors import OUR_FAULT, NoPlanError, NothingReadError, UnknownNameError
from sync.model.change import ChangeIdentity
from sync.model.cycle_report import ConnectionReport
from sync.store.database.lease import LeaseHeldError
from sync.store.store import Store

STOP_WITHIN_S: Final = 3.0
"""How long running cycles may take to end after a signal; the process must have ended after 5 s."""

log = structlog.get_logger("dealwarden.cycle")

ChangeIdentities = frozenset[ChangeIdentity]


class Workspace:
    """What a command works on; a context manager.

    A failure of one connection never stops another: it is in the report of its connection, with the exit code for it.
    Setting ``stop_requested`` ends a running cycle between two writes.
    """

    def __init__(
        self,
        config: Config,
        rulesets: Mapping[str, RuleSet],
        store: Store,
        progress: Progress,
        host: Host | None = None,
    ) -> None:
        self.config, self.rulesets, self.store, self.progress = config, rulesets, store, progress
        self.host = host or Host()
        self.stop_requested = threading.Event()
        self._connected: dict[str, ReadyConnection] = {}
        self._replaced: list[ReadyConnection] = []
        self._renewing = threading.Lock()

    @classmethod
    def open(cls, config: Config, *, progress: Progress) -> Self:
        """Load the rules and open the store.

        Raises:
            RuleError: a rule file is wrong; names every problem.
            StoreError: the database cannot be opened.
        """
        rulesets = load_rule_sets(config)
        return cls(config, rulesets, Store.open(config.store_url, base=config.base), progress)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connectors and the store."""
        for connected in (*self._connected.values(), *self._replaced):
            connected.connector.close()
        self.store.close()

    def plan(self) -> dict[str, ConnectionReport]:
        """Pull, judge and plan every connection; writes to no CRM."""
        return {name: self.run(name, "plan") for name in self.config.connections}

    def sync(self) -> dict[str, ConnectionReport]:
        """Run one cycle of every connection."""
        return {name: self.run(name, "sync") for name in self.config.connections}

    def apply(self, plan_id: str | None) -> dict[str, ConnectionReport]:
        """Plan afresh, and apply what a stored plan wants too: *plan_id*, or each connection's latest.

        Raises:
            UnknownNameError: there is no such plan.
            NoPlanError: no plan is stored, and none was named.
        """
        approved = dict(self._approved(plan_id))
        if not approved:
            if plan_id is None:
                raise NoPlanError("there is no stored plan to apply; make one with: dealwarden plan")
            raise UnknownNameError("plan", plan_id)
        return {name: self.run(name, "apply", changes) for name, changes in approved.items()}

    def run(
        self,
        name: str,
        command: Command,
        approved: ChangeIdentities | None = None,
        undoing: Undoing | None = None,
        *,
        retrying: bool = False,
    ) -> ConnectionReport:
        """Run one cycle of one connection; what goes wrong is in the report, and in the store for ``status``."""
        run = Run(command, self.progress, self.host.now, approved=approved, undoing=undoing, retrying=retrying)
        started, began = self.host.now(), self.host.monotonic()
        try:
            connected = self.connected(name)
            run = replace(run, stop_requested=lambda: self.stop_requested.is_set() or self._observes_now(connected))
            report = run_cycle(connected, self.store, run)
        except LeaseHeldError as error:
            report = failed_report(run, error)
        except (Exception, KeyboardInterrupt) as error:  # a fault on one connection must not stop the others
            report = failed_report(run, error)
            if report.exit_code == OUR_FAULT:
                log.exception("cycle.crashed", connection=name)
            if name in self.config.connections:
                record_failure(self.store, (name, self.config.connections[name].type), run, report, started)
            if isinstance(error, KeyboardInterrupt):
                raise
        log_ended(name, run, report, self.host.monotonic() - began)
        return report

    def connected(self, name: str) -> ReadyConnection:
        """Return the connection *name*, built at its first use and kept until its settings change.

        Raises:
            UnknownNameError: the configuration has no such connection.
            PluginError: the plugin for the connection's type is gone or cannot be loaded.
        """
        with self._renewing:
            return self._connected_to(name)

    def number_of(self, name: str) -> int:
        """Return the number under which the store knows the connection *name*.

        Raises:
            UnknownNameError: the configuration has no such connection.
            NothingReadError: it was never read.
        """
        if name not in self.config.connections:
            raise UnknownNameError("connection", name, self.config.connections)
        number = self.store.connections.number_of(name)
        if number is None:
            raise NothingReadError(f"{name} was never read, so there is nothing to change; read first: dealwarden sync")
        return number

    def renew(self, config: Config, rulesets: Mapping[str, RuleSet]) -> None:
        """Use another config and other rules from the next cycle on.

        A connection whose own settings stay as they are keeps its session with the CRM. The store stays open as it is.
        """
        with self._renewing:
            before, self.config, self.rulesets = self.config, config, rulesets
            same_quota = before.settings.quota == config.settings.quota
            for name, old in list(self._connected.items()):
                if name not in config.connections:
                    continue
                new = connect(config, name, rulesets[name], spent_today=0, host=self.host)
                if same_quota and before.connections.get(name) == config.connections[name]:
                    new.connector.close()
                    self._connected[name] = replace(new, connector=old.connector)
                else:
                    self._replaced.append(self._connected.pop(name))  # a running cycle may still use its connector

    def _connected_to(self, name: str) -> ReadyConnection:
        if name not in self.config.connections:
            raise UnknownNameError("connection", name, self.config.connections)
        if name not in self._connected:
            spent = self.store.runs.calls_since(name, self.host.now() - timedelta(hours=24))
            self._connected[name] = connect(self.config, name, self.rulesets[name], spent_today=spent, host=self.host)
        return self._connected[name]

    def _observes_now(self, connected: ReadyConnection) -> bool:
        """Whether the config was read again meanwhile and wants nothing written any more."""
        now = self.config.connections.get(connected.name)
        return now is not None and now.mode == "observe" != connected.furthest and now.pilot is None

    def _approved(self, plan_id: str | None) -> Iterator[tuple[str, ChangeIdentities]]:
        for name in self.config.connections:
            plan = self.store.plans.of_connection(name, plan_id)
            if plan is not None:
                yield name, plan.identities
