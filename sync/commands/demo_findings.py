"""What the demo shows of the packs: where each finds something, and a deal on which none does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from rules.model import RuleSet
from sync.commands.demo_crms import ScoredDeal, Seen
from sync.commands.terminal import heading, plain, table
from sync.model.cycle_report import ConnectionReport


def show_findings(
    out: Console, ruleset: RuleSet, reports: Mapping[str, ConnectionReport], seen: Sequence[Seen]
) -> None:
    """Show every finding under its pack, on how many deals of each CRM it holds, and an example."""
    counts = [report.findings for report in reports.values()]
    crms = [crm.crm for crm in seen]
    examples = _examples(seen[0].deals)

    def rows() -> Iterator[tuple[object, ...]]:
        pack = ""
        for rule in ruleset.active().rules:
            on_deals = [crm.get(rule.id, 0) for crm in counts]
            if any(on_deals):
                yield rule.pack if rule.pack != pack else "", rule.title, *on_deals, examples.get(rule.id, "")
                pack = rule.pack

    heading(out, "What each pack found, and on how many deals:")
    out.print(table(("pack", "finding", *crms, "for example"), rows(), right=crms))


def show_healthy(out: Console, seen: Sequence[Seen]) -> None:
    """Name the deal without any finding of which most is known, if there is one."""
    spotless = [{deal.number: deal for deal in crm.deals if not deal.reasons} for crm in seen]
    numbers = spotless[0].keys() & spotless[1].keys()
    heading(out, f"Nothing to find on {len(numbers):,} of {len(seen[0].deals):,} deals. One of them:")
    for number in sorted(numbers, key=lambda number: (-spotless[0][number].confidence, number))[:1]:
        deal = spotless[0][number]
        there = ", ".join(f"{crm.crm} {deals[number].score:g}" for crm, deals in zip(seen, spotless, strict=True))
        out.print(f"  {there}, {deal.band}: {plain(deal.name)}, {plain(deal.owner)}")
        out.print(f"      {deal.confidence:g} % of the rules that apply could be judged, and none of them holds")


def _examples(deals: Sequence[ScoredDeal]) -> Mapping[str, str]:
    """Return a deal for every rule that the reasons of *deals* name: the least risky, where the rule shows most."""
    examples: dict[str, str] = {}
    for deal in deals:
        for reason in deal.reasons:
            rule_id = reason.rsplit("(", 1)[-1].partition(",")[0]
            examples[rule_id] = deal.name
    return examples
