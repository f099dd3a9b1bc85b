"""A loaded configuration with its rules, its store and its connections: what every command works on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from connectors.errors import ConnectorError, TransientError
from connectors.host import Host
from connectors.model import Org
from rules.files.document import RuleFile
from rules.model import RuleSet
from sync.app.connect import connect
from sync.app.rule_files import layers_of, load_rule_sets, load_rules
from sync.config.config import Config
from sync.connection.context import Command, Connected, Run, Undoing
from sync.connection.progress import Progress
from sync.cycle.run_cycle import run_cycle
from sync.errors import NoPlanError, SyncError, UnknownNameError, exit_code
from sync.inspect.explain import Explanation, explain
from sync.inspect.pipeline_report import PipelineReport, report
from sync.inspect.rule_diff import Difference, compare
from sync.model.change import Wish
from sync.model.cycle_report import ConnectionReport
from sync.plan.approval import expired
from sync.store.audit import Entry
from sync.store.database.errors import StoreError
from sync.store.database.lease import LeaseHeldError
from sync.store.held import HeldPlan
from sync.store.store import Store

log = structlog.get_logger("dealwarden.cycle")

Wishes = frozenset[Wish]


class Workspace:
    """What a command works on; a context manager.

    One connection's failure never stops another: it stands in that connection's report, with the exit code it asks for.
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
        self._connected: dict[str, Connected] = {}
        self._left: list[Connected] = []
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
        """Let go of the CRMs and of the store."""
        for one in (*self._connected.values(), *self._left):
            one.connector.close()
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
        """
        approved = dict(self._approved(plan_id))
        if not approved:
            if plan_id is None:
                raise NoPlanError("there is no stored plan to apply; make one with: dealwarden plan")
            raise UnknownNameError("plan", plan_id)
        return {name: self.run(name, "apply", items) for name, items in approved.items()}

    def approve(self, plan_id: str, by: str) -> dict[str, ConnectionReport]:
        """Remember that *by* approved a held plan, and apply what of it is still wanted.

        Where another process runs a cycle just now, that or its next one applies it. An approval that comes too late
        decides nothing, and the audit tells it as such.

        Raises:
            UnknownNameError: no such plan is held.
        """
        name, conn, plan = self._held(plan_id)
        if self._is_over(name, plan):
            self.store.note(conn, Entry(self.host.now(), "approved too late", plan_id, by))
            return {name: _failed(Run("approve", self.progress, self.host.now), expired())}
        self.store.decide(conn, plan_id, "approved", by, self.host.now())
        return {name: self.run(name, "approve", plan.wishes)}

    def reject(self, plan_id: str, by: str) -> str:
        """Remember that *by* rejected a held plan: its wishes stay out until they change; gives the connection's name.

        Raises:
            UnknownNameError: no such plan is held.
        """
        name, conn, _ = self._held(plan_id)
        self.store.decide(conn, plan_id, "rejected", by, self.host.now())
        return name

    def undo(self, run_id: str, by: str) -> dict[str, ConnectionReport]:
        """Let the run's connection only observe from now on, and take back what the run did.

        Raises:
            UnknownNameError: no connection had such a run.
        """
        conn = self.store.conn_of_run(run_id)
        name = next((one for one in self.config.connections if self.store.number_of(one) == conn), None)
        if conn is None or name is None:
            raise UnknownNameError("run", run_id)
        self.store.observe(conn, "undone", run_id, by, self.host.now())
        return {name: self.run(name, "undo", undoing=Undoing(run_id, by))}

    def withdraw(self, name: str, by: str) -> dict[str, ConnectionReport]:
        """Let a connection only observe from now on, and take back everything of ours in its CRM.

        Raises:
            UnknownNameError: nothing is known of such a connection.
        """
        self.store.observe(self._number(name), "withdrawn", name, by, self.host.now())
        return {name: self.run(name, "withdraw", undoing=Undoing(None, by))}

    def resume(self, name: str, by: str) -> bool:
        """Let the configuration decide again what a connection may write; say whether anything else did.

        Raises:
            UnknownNameError: nothing is known of such a connection.
        """
        return self.store.resume(self._number(name), name, by, self.host.now())

    def rebind(self, name: str, by: str) -> tuple[str | None, Org]:
        """Take the org that the credentials of a connection lead to for its own; give the id before, and the org.

        Raises:
            UnknownNameError: the configuration has no such connection.
            ConnectorError: the CRM does not let us in.
        """
        one, before, now = self._connect(name), self.store.org_of(name), self.host.now()
        org, capabilities = one.connector.open(None)
        if before != org.org_id:
            conn = self.store.connection_id(org, kind=one.kind, name=name, now=now)
            self.store.save_capabilities(conn, capabilities)
            self.store.note(conn, Entry(now, "rebound", f"{name}: {before or 'nothing'} to {org.org_id}", by))
        return before, org

    def explain(self, deal: str, connection: str | None) -> Explanation:
        """Explain what stands in the store about a deal, by id or name; asks no CRM.

        Raises:
            UnknownNameError: no connection holds such a deal.
        """
        names = [connection] if connection else list(self.config.connections)
        for name in names:
            found = explain(self._connect(name), self.store, deal)
            if found is not None:
                return found
        raise UnknownNameError("deal", deal)

    def rule_diff(self, base: Sequence[RuleFile] | None) -> dict[str, Difference]:
        """Compare the rules in force with those of another overlay, or, if None, of the packs alone; asks no CRM.

        A connection's own rule files lie over another overlay too. Connections that were never read are left out.

        Raises:
            RuleError: a rule file of *base* is wrong.
        """
        found: dict[str, Difference] = {}
        for name in self.config.connections:
            layers = ((), ()) if base is None else (base, layers_of(self.config, name)[1])
            rules = load_rules(self.config, name, layers=layers)
            difference = compare(self._connect(name), self.store, rules)
            if difference is not None:
                found[name] = difference
        return found

    def report(self) -> dict[str, PipelineReport]:
        """Report the deals of every connection as last read; asks no CRM. Connections never read are left out."""
        found = ((name, report(self._connect(name), self.store)) for name in self.config.connections)
        return {name: one for name, one in found if one is not None}

    def run(
        self, name: str, command: Command, approved: Wishes | None = None, undoing: Undoing | None = None
    ) -> ConnectionReport:
        """Run one cycle of one connection; what goes wrong stands in the report."""
        run = Run(command, self.progress, self.host.now, approved=approved, undoing=undoing)
        try:
            one = self._connect(name)
            run = replace(run, stop_requested=lambda: self.stop_requested.is_set() or self._calmed(one))
            report = run_cycle(one, self.store, run)
        except (ConnectorError, LeaseHeldError, StoreError, SyncError) as error:
            report = _failed(run, error)
        if report.held is not None:
            log.warning("plan.held", connection=name, plan=report.plan_id, why=report.held["why"])
        log.info(
            "cycle.ended",
            connection=name,
            run=report.run_id,
            error=report.error,
            incomplete=report.incomplete,
            code=report.exit_code,
        )
        return report

    def renew(self, config: Config, rulesets: Mapping[str, RuleSet]) -> None:
        """Use another config and other rules from the next cycle on.

        A connection whose own settings stay as they are keeps its session with the CRM. The store stays open as it is.
        """
        with self._renewing:
            before, self.config, self.rulesets = self.config, config, rulesets
            for name, old in list(self._connected.items()):
                if name not in config.connections:
                    continue
                new = connect(config, name, rulesets[name], spent_today=0, host=self.host)
                if before.connections.get(name) == config.connections[name] and _quota(before) == _quota(config):
                    new.connector.close()
                    self._connected[name] = replace(new, connector=old.connector)
                else:
                    self._left.append(self._connected.pop(name))  # a running cycle may still use its connector

    def _connect(self, name: str) -> Connected:
        with self._renewing:
            return self._connected_to(name)

    def _connected_to(self, name: str) -> Connected:
        if name not in self.config.connections:
            raise UnknownNameError("connection", name, self.config.connections)
        if name not in self._connected:
            spent = self.store.calls_since(name, self.host.now() - timedelta(hours=24))
            self._connected[name] = connect(self.config, name, self.rulesets[name], spent_today=spent, host=self.host)
        return self._connected[name]

    def _number(self, name: str) -> int:
        number = self.store.number_of(name) if name in self.config.connections else None
        if number is None:
            raise UnknownNameError("connection", name, self.config.connections)
        return number

    def _calmed(self, one: Connected) -> bool:
        """Say whether the config, read again meanwhile, wants nothing written any more."""
        now = self.config.connections.get(one.name)
        return now is not None and now.mode == "observe" != one.furthest and now.pilot is None

    def _held(self, plan_id: str) -> tuple[str, int, HeldPlan]:
        found = self.store.held_plan(plan_id)
        for name in self.config.connections:
            if found is not None and self.store.number_of(name) == found[0]:
                return (name, *found)
        raise UnknownNameError("held plan", plan_id)

    def _is_over(self, name: str, plan: HeldPlan) -> bool:
        """Say whether a plan is too old to be approved, by the CRM's clock, or where it does not answer by our last."""
        one, seen, known = self._connect(name), self.store.last_seen(name), self.store.known_capabilities(name)
        try:
            one.connector.open(known[1] if known else None)
            now = one.connector.now()
        except ConnectorError:
            now = seen.at if seen else plan.created_at
        return plan.state == "expired" or now >= plan.expires_at

    def _approved(self, plan_id: str | None) -> Iterator[tuple[str, Wishes]]:
        for name in self.config.connections:
            plan = self.store.plan_of(name, plan_id)
            if plan is not None:
                yield name, plan.wishes


def _quota(config: Config) -> object:
    return config.settings.quota


def _failed(run: Run, error: Exception) -> ConnectionReport:
    passing = isinstance(error, TransientError)
    return ConnectionReport(
        run.run_id,
        incomplete=passing,
        incomplete_reason=str(error) if passing else None,
        error=str(error),
        exit_code=exit_code(error),
    )
