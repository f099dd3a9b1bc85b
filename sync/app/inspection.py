"""What the store holds, for people to look at: a deal, all deals, and what other rules would change; asks no CRM."""

from __future__ import annotations

from collections.abc import Sequence

from rules.files.document import RuleFile
from rules.files.named_values import named_values, unmatched
from sync.app.rule_files import layers_of, load_rules
from sync.app.workspace import Workspace
from sync.config.plugins import load_plugin
from sync.errors import AmbiguousDealError, UnknownNameError
from sync.inspect import explain as deals
from sync.inspect import pipeline_report
from sync.inspect.explain import Explanation, find_deals
from sync.inspect.known_values import known_values
from sync.inspect.pipeline_report import PipelineReport
from sync.inspect.rule_diff import Difference, compare
from sync.inspect.rule_quality import Quality, quality_of


def explain(workspace: Workspace, deal: str, connection: str | None) -> Explanation:
    """Explain what the store holds of a deal, by id or name, in *connection*, or in whichever has it.

    Raises:
        UnknownNameError: no connection has such a deal.
        AmbiguousDealError: several deals have this name; lists them.
    """
    store = workspace.store
    names = [connection] if connection else list(workspace.config.connections)
    meant = [(name, deal_id) for name in names for deal_id in find_deals(workspace.connected(name), store, deal)]
    if not meant:
        raise UnknownNameError("deal", deal)
    if len(meant) > 1:
        raise AmbiguousDealError(deal, [_place(workspace, name, deal_id) for name, deal_id in meant])
    ((name, deal_id),) = meant
    return deals.explain(workspace.connected(name), store, deal_id)


def _place(workspace: Workspace, name: str, deal_id: str) -> str:
    """Return where a deal is: its id, its connection, and its address in the CRM where the connector knows it."""
    settings, org_id = workspace.config.connections[name], workspace.store.connections.org_of(name)
    url = load_plugin(settings.type).deal_url(settings.own_keys(), org_id or "", deal_id)
    return f"{deal_id} in {name}" + (f": {url}" if url else "")


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


def rule_quality(workspace: Workspace) -> dict[str, Quality]:
    """Return what the rules of every connection are worth, by its name. Connections never read are left out."""
    names = workspace.config.connections
    measured = {name: quality_of(workspace.connected(name), workspace.store) for name in names}
    return {name: quality for name, quality in measured.items() if quality is not None}


def unmatched_values(workspace: Workspace) -> list[str]:
    """Return a warning for each text in the operator's own conditions that no deal last read has."""
    warnings: dict[str, None] = {}
    for name in workspace.config.connections:
        ruleset = workspace.rulesets[name]
        signals = sorted({named.signal for named in named_values(ruleset)})
        values = known_values(workspace.connected(name), workspace.store, signals) if signals else None
        if values is not None:
            warnings |= dict.fromkeys(unmatched(ruleset, values))
    return list(warnings)
