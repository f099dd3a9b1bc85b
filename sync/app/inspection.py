"""What the store holds, for people to look at: a deal, all deals, and what other rules would change; asks no CRM."""

from __future__ import annotations

from collections.abc import Sequence

from rules.files.document import RuleFile
from sync.app.rule_files import layers_of, load_rules
from sync.app.workspace import Workspace
from sync.errors import UnknownNameError
from sync.inspect import explain as deals
from sync.inspect import pipeline_report
from sync.inspect.explain import Explanation
from sync.inspect.pipeline_report import PipelineReport
from sync.inspect.rule_diff import Difference, compare


def explain(workspace: Workspace, deal: str, connection: str | None) -> Explanation:
    """Explain what the store holds of a deal, by id or name, in *connection*, or in the first that knows it.

    Raises:
        UnknownNameError: no connection holds such a deal.
    """
    for name in [connection] if connection else list(workspace.config.connections):
        explanation = deals.explain(workspace.connected(name), workspace.store, deal)
        if explanation is not None:
            return explanation
    raise UnknownNameError("deal", deal)


def report(workspace: Workspace) -> dict[str, PipelineReport]:
    """Report the deals of every connection as last read, by its name. Connections never read are left out."""
    names = workspace.config.connections
    reports = {name: pipeline_report.report(workspace.connected(name), workspace.store) for name in names}
    return {name: read for name, read in reports.items() if read is not None}


def rule_diff(workspace: Workspace, base: Sequence[RuleFile] | None) -> dict[str, Difference]:
    """Compare the rules in force with those of another overlay, or, if None, of the packs alone.

    A connection's own rule files lie over another overlay too. Connections that were never read are left out.

    Raises:
        RuleError: a rule file of *base* is wrong.
    """
    differences: dict[str, Difference] = {}
    for name in workspace.config.connections:
        layers = ((), ()) if base is None else (base, layers_of(workspace.config, name)[1])
        rules = load_rules(workspace.config, name, layers=layers)
        difference = compare(workspace.connected(name), workspace.store, rules)
        if difference is not None:
            differences[name] = difference
    return differences
