"""The findings of the demo's deals, deal by deal: what simulated deals are drawn from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rules.judgement.owners import silent
from rules.judgement.streaks import Past
from rules.model import RuleSet, Severity
from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.facts import facts_for
from sync.connection.progress import SilentProgress
from sync.judge.judge import judge
from sync.model.finding import Finding
from sync.plan.deal_view import views

DEALS: Final = 60
"""So many open deals has the demo."""

_CRM: Final = "salesforce"


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds on one deal, by family; nothing on a healthy one."""

    findings: Mapping[str, tuple[Finding, ...]]
    amount: float | None


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's deals and the rules that judged them."""

    ruleset: RuleSet
    profiles: tuple[Profile, ...]

    def share(self, severity: Severity) -> float:
        """Return the share of deals with a finding of *severity* or more that makes tasks."""
        held = [
            max((entry.carries for rows in profile.findings.values() for entry in rows), default=0)
            for profile in self.profiles
        ]
        return sum(worst >= severity for worst in held) / len(held)


def demo(deals: int = DEALS) -> Demo:
    """Judge a simulated CRM as the demo does, and return what holds on its open deals."""
    with tempfile.TemporaryDirectory(prefix="dealwarden-volume-") as folder:
        options = Options(crm=_CRM, deals=deals, config_out=Path(folder) / "config.toml")
        with (
            Sandbox(options) as box,
            Workspace.open(load_config(box.config_path), progress=SilentProgress()) as workspace,
        ):
            report = workspace.run(_CRM, "sync")
            if report.error is not None or report.incomplete:
                raise RuntimeError(f"the demo's deals could not be judged: {report.error or report.incomplete_reason}")
            connected = workspace.connected(_CRM)
            return Demo(connected.ruleset, tuple(_profiles(workspace)))


def _profiles(workspace: Workspace) -> Iterator[Profile]:
    connected, store = workspace.connected(_CRM), workspace.store
    seen = store.connections.last_seen(_CRM)
    if seen is None:
        return
    facts = replace(
        facts_for(connected, seen.org, seen.capabilities, seen.at, store.lookups.owner_countries(seen.conn)),
        coverage=store.judgements.coverage(seen.conn),
        silent_owners=silent(store.judgements.owners(seen.conn)),
    )
    for ids in store.lookups.deal_chunks(seen.conn, 10_000):
        tables = store.frames.of_deals(
            seen.conn, ids, now=seen.at, touches_since=seen.at.replace(year=seen.at.year - 1)
        )
        past = Past(held=store.judgements.findings(seen.conn, ids), first=True)
        judged = judge(tables, facts, connected.ruleset.judged(), past)
        troubled = list(views(judged, {}, connected.ruleset, facts, None, None))
        yield from (Profile(dict(view.findings), view.values.get("amount")) for view in troubled)
        healthy = judged.scores.height - len(troubled)
        yield from (Profile({}, None) for _ in range(healthy))
