"""Coverage where a source is due, in both CRMs: a hundred deals of which the late ones keep what late deals need."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest

from sandbox.serve import Options, Sandbox
from sync.app.inspection import report
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.model.cycle_report import ConnectionReport
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World

AS_OF = "2026-06-15T12:00:00Z"
FIELDS = {
    "legal_approved": "2026-06-01",
    "security_approved": "2026-06-01",
    "business_case_approved": "2026-06-01",
    "pricing_model": "Per seat",
    "implementation_scope": "Two systems",
}
SIX = (
    "legal-unapproved",
    "security-unapproved",
    "business-case-unapproved",
    "legal-missing",
    "deal-structure-missing",
    "implementation-scope-missing",
)
EVERYWHERE = """
[rules.legal-unapproved]
when = "NOT legal_approved_done"
"""


@dataclass(frozen=True)
class Deal:
    """One of the hundred: 25 are late, and all of these but the last have what is asked of late deals."""

    number: int

    @property
    def is_late(self) -> bool:
        return self.number >= 75

    @property
    def is_complete(self) -> bool:
        return self.is_late and self.number != 99

    def stage(self, early: tuple[str, ...], procurement: str, close: str) -> str:
        if not self.is_late:
            return early[self.number % len(early)]
        return procurement if self.number < 85 else close


class Org:
    """The hundred deals in files that a simulated Salesforce loads."""

    crm: ClassVar[str] = "salesforce"
    world: ClassVar[type[World]] = World

    @staticmethod
    def write(folder: Path) -> None:
        deals = [Deal(number) for number in range(100)]
        early = ("Discovery", "Qualification", "Evaluation", "Business Case")
        opportunities = [
            {
                "Id": f"006Dw{deal.number:013}",
                "Name": f"Deal {deal.number:02}",
                "StageName": deal.stage(early, "Procurement", "Closing"),
                "Amount": "250000",
                "CloseDate": "2026-07-10",
                "IsClosed": "false",
                "IsWon": "false",
                "CreatedDate": "2026-03-01T09:00:00Z",
                **{f"{name}__c": value if deal.is_complete else "" for name, value in FIELDS.items()},
            }
            for deal in deals
        ]
        complete = [deal for deal in deals if deal.is_complete]
        contacts = [{"Id": f"003Dw{deal.number:013}", "LastName": f"Reader {deal.number}"} for deal in complete]
        roles = [
            {
                "Id": f"00KDw{deal.number:013}",
                "OpportunityId": f"006Dw{deal.number:013}",
                "ContactId": f"003Dw{deal.number:013}",
                "Role": "Legal",
            }
            for deal in complete
        ]
        _write(folder / "Opportunity.csv", opportunities)
        _write(folder / "Contact.csv", contacts)
        _write(folder / "OpportunityContactRole.csv", roles)

    @staticmethod
    def extras() -> Mapping[str, str]:
        return {name: f"{name}__c" for name in FIELDS}


class Portal:
    """The same in files that a simulated HubSpot loads."""

    crm: ClassVar[str] = "hubspot"
    world: ClassVar[type[World]] = PortalWorld

    @staticmethod
    def write(folder: Path) -> None:
        deals = [Deal(number) for number in range(100)]
        early = ("appointmentscheduled", "qualifiedtobuy", "1093412207", "7d3c1f0a-52be-4c19-9c1e-0b6f4a8e2d55")
        rows = [
            {
                "hs_object_id": f"{7000 + deal.number}",
                "dealname": f"Deal {deal.number:02}",
                "dealstage": deal.stage(early, "1093412209", "contractsent"),
                "pipeline": "default",
                "amount": "250000",
                "closedate": "2026-07-10T12:00:00Z",
                "createdate": "2026-03-01T09:00:00Z",
                **{name: value if deal.is_complete else "" for name, value in FIELDS.items()},
                "associations.contacts": f"{8000 + deal.number}=Legal" if deal.is_complete else "",
            }
            for deal in deals
        ]
        contacts = [
            {"hs_object_id": f"{8000 + deal.number}", "lastname": f"Reader {deal.number}"}
            for deal in deals
            if deal.is_complete
        ]
        _write(folder / "deals.csv", rows)
        _write(folder / "contacts.csv", contacts)

    @staticmethod
    def extras() -> Mapping[str, str]:
        return {name: name for name in FIELDS}


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module", params=[Org, Portal], ids=["salesforce", "hubspot"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kind: Any = request.param
    folder = tmp_path_factory.mktemp(kind.crm)
    kind.write(folder)
    config = tmp_path_factory.mktemp("daemon") / "config.toml"
    with Sandbox(Options(crm=kind.crm, data=folder, config_out=config)) as box:
        made: World = kind.world(box)
        made.set_clock(AS_OF)
        packs = '"core", "committee", "cadence", "timeline", "milestones", "procurement"'
        made.reword_config('overlay = "rules.d"', f'packs = [{packs}]\noverlay = "rules.d"')
        extras = ", ".join(f'{name} = "{field}"' for name, field in kind.extras().items())
        made.reword_config(f'type = "{kind.crm}"\n', f'type = "{kind.crm}"\nextras = {{ {extras} }}\n')
        made.prepare()
        yield made


def counts(cycle: ConnectionReport) -> dict[str, int]:
    """On how many deals each of the six rules holds, in shadow or not."""
    return {rule: cycle.findings.get(rule, 0) + cycle.shadow.get(rule, 0) for rule in SIX}


def deals_of(world: World) -> set[str]:
    """The names of the deals on which any of the six rules holds."""
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        store = workspace.store
        seen = store.connections.last_seen(world.crm)
        assert seen is not None
        held = store.judgements.findings(seen.conn, None).filter(pl.col("rule_id").is_in(SIX))
        return set(store.lookups.deal_names(seen.conn, held.get_column("deal_id")).values())


def test_a_first_plan_shows_other_commands_the_same_and_changes_nothing_for_the_cycle(world: World) -> None:
    world.forget()
    planned = world.run("plan")
    with Workspace.open(load_config(world.config), progress=SilentProgress()) as workspace:
        shown = report(workspace)[world.crm]
    assert counts(planned) == dict.fromkeys(SIX, 1)
    assert (shown.rules, shown.not_judged) == (planned.findings, planned.not_judged)
    first = world.sync()
    assert (first.findings, first.shadow, first.not_judged) == (planned.findings, planned.shadow, planned.not_judged)
    assert first.plan.create == planned.plan.create


def test_only_what_is_due_is_asked_and_of_the_deal_alone_that_lacks_it(world: World) -> None:
    world.forget()
    first = world.sync()
    assert counts(first) == dict.fromkeys(SIX, 1)
    assert deals_of(world) == {"Deal 99"}
    assert not set(SIX) & first.not_judged.keys()

    overlay = world.config.parent / "rules.d"
    overlay.mkdir(exist_ok=True)
    (overlay / "everywhere.toml").write_text(EVERYWHERE)
    lack = world.sync().not_judged["legal-unapproved"]
    assert (lack.source, lack.coverage, lack.why, lack.deals) == ("field:x_legal_approved", 0.24, "not kept", 100)
