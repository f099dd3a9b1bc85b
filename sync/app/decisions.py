"""What a person decides by name: approve or reject a held plan, undo, withdraw, resume, rebind."""

from __future__ import annotations

from connectors.errors import ConnectorError
from connectors.model import Org
from sync.app.outcome import failed_report
from sync.app.workspace import Workspace
from sync.connection.context import Run, Undoing
from sync.errors import UnknownNameError
from sync.model.cycle_report import ConnectionReport
from sync.plan.approval import expired
from sync.store.audit import Entry
from sync.store.held import HeldPlan


def approve(workspace: Workspace, plan_id: str, by: str) -> dict[str, ConnectionReport]:
    """Record that *by* approved a held plan, and apply what of it is still wanted.

    Where another process runs a cycle at this moment, that or its next one applies it. An approval that comes too late
    decides nothing, and the audit reports it as such.

    Raises:
        UnknownNameError: no such plan is held.
    """
    store, now = workspace.store, workspace.host.now()
    name, conn, plan = _held(workspace, plan_id)
    if _is_over(workspace, name, plan):
        store.audit.note(conn, Entry(now, "approved too late", plan_id, by))
        return {name: failed_report(Run("approve", workspace.progress, workspace.host.now), expired())}
    store.held.decide(conn, plan_id, "approved", by, now)
    return {name: workspace.run(name, "approve", plan.identities)}


def reject(workspace: Workspace, plan_id: str, by: str) -> str:
    """Record that *by* rejected a held plan: its changes stay out until they differ; return the connection's name.

    Raises:
        UnknownNameError: no such plan is held.
    """
    name, conn, _ = _held(workspace, plan_id)
    workspace.store.held.decide(conn, plan_id, "rejected", by, workspace.host.now())
    return name


def undo(workspace: Workspace, run_id: str, by: str) -> dict[str, ConnectionReport]:
    """Let the run's connection only observe from now on, and take back what the run did.

    Raises:
        UnknownNameError: no connection had such a run.
    """
    store = workspace.store
    conn = store.runs.connection_of(run_id)
    name = next((each for each in workspace.config.connections if store.connections.number_of(each) == conn), None)
    if conn is None or name is None:
        raise UnknownNameError("run", run_id)
    store.switches.observe(conn, "undone", run_id, by, workspace.host.now())
    return {name: workspace.run(name, "undo", undoing=Undoing(run_id, by))}


def withdraw(workspace: Workspace, name: str, by: str) -> dict[str, ConnectionReport]:
    """Let a connection only observe from now on, and take back everything that dealwarden manages in its CRM.

    Raises:
        UnknownNameError: the configuration has no such connection.
        NothingReadError: it was never read.
    """
    workspace.store.switches.observe(workspace.number_of(name), "withdrawn", name, by, workspace.host.now())
    return {name: workspace.run(name, "withdraw", undoing=Undoing(None, by))}


def resume(workspace: Workspace, name: str, by: str) -> bool:
    """Let the configuration decide again what a connection may write; return whether anything had stopped it.

    Raises:
        UnknownNameError: the configuration has no such connection.
        NothingReadError: it was never read.
    """
    return workspace.store.switches.resume(workspace.number_of(name), name, by, workspace.host.now())


def retry(workspace: Workspace, name: str) -> dict[str, ConnectionReport]:
    """Run a cycle that tries again what the CRM refused; what came of it is in its report.

    Raises:
        UnknownNameError: the configuration has no such connection.
        NothingReadError: it was never read.
    """
    workspace.number_of(name)
    return {name: workspace.run(name, "sync", retrying=True)}


def rebind(workspace: Workspace, name: str, by: str) -> tuple[str | None, Org]:
    """Bind a connection to the org that its credentials lead to; return the id of the org before, and the new org.

    Raises:
        UnknownNameError: the configuration has no such connection.
        ConnectorError: the CRM does not let us in.
    """
    store, now = workspace.store, workspace.host.now()
    connected, before = workspace.connected(name), store.connections.org_of(name)
    org, capabilities = connected.connector.open(None)
    if before != org.org_id:
        conn = store.connections.register(org, kind=connected.kind, name=name, now=now)
        store.connections.save_capabilities(conn, capabilities)
        store.audit.note(conn, Entry(now, "rebound", f"{name}: {before or 'nothing'} to {org.org_id}", by))
    return before, org


def _held(workspace: Workspace, plan_id: str) -> tuple[str, int, HeldPlan]:
    held = workspace.store.held.get(plan_id)
    for name in workspace.config.connections:
        if held is not None and workspace.store.connections.number_of(name) == held[0]:
            return (name, *held)
    raise UnknownNameError("held plan", plan_id)


def _is_over(workspace: Workspace, name: str, plan: HeldPlan) -> bool:
    """Whether a plan is too old to be approved, by the CRM's clock, or, where the CRM does not answer, by its last."""
    store, connector = workspace.store, workspace.connected(name).connector
    seen, known = store.connections.last_seen(name), store.connections.known_capabilities(name)
    try:
        connector.open(known[1] if known else None)
        now = connector.now()
    except ConnectorError:
        now = seen.at if seen else plan.created_at
    return plan.state == "expired" or now >= plan.expires_at
