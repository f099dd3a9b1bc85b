"""What a CRM refuses is told in every cycle, and tried again with the sweep, at a person's word, or when it changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.app import decisions
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.model.cycle_report import ConnectionReport
from tests.proofs.portal import PortalWorld
from tests.proofs.test_own_families import FAMILY, PACK, RULE, reasons
from tests.proofs.test_time import overlay
from tests.proofs.world import World

DEALS = 6


@pytest.fixture(params=["salesforce", "hubspot"])
def org(request: pytest.FixtureRequest, make_world: Callable[..., World], make_portal: Callable[..., World]) -> World:
    """A small org of each CRM where one rule fires on every deal."""
    made = (make_world if request.param == "salesforce" else make_portal)(deals=DEALS, seed=7)
    made.reword_config('packs = ["core"]', "packs = []")
    overlay(made, PACK + FAMILY.format(name="slip") + RULE.format(rule="mine", family="slip", over=0))
    return made


def refuse(org: World, subject: str | None) -> None:
    """Have the CRM refuse tasks by a rule of its own."""
    org.quirks(**{"refuse_subject" if isinstance(org, PortalWorld) else "validation_rule": subject})


def retry(org: World) -> ConnectionReport:
    with Workspace.open(load_config(org.config), progress=SilentProgress()) as workspace:
        return decisions.retry(workspace, org.crm)[org.crm]


def told(report: ConnectionReport) -> list[tuple[str, int]]:
    return [(group["kind"], group["count"]) for group in report.as_dict()["refused"]]


def test_refused_tasks_are_told_in_every_cycle_with_since_when(org: World) -> None:
    refuse(org, "slip")
    first = org.run()
    wanted = first.plan.create
    org.advance(minutes=30)
    second = org.run()
    org.advance(days=1)
    third = org.run()
    for report in (first, second, third):
        assert (report.exit_code, report.shortfall, told(report)) == (4, "refused", [("create", wanted)])
    since = {report.refused[0].since for report in (first, second, third)}
    assert (len(since), len(first.refused[0].deals)) == (1, wanted)


def test_refused_tasks_are_made_by_the_next_sweep_once_the_crm_takes_them(org: World) -> None:
    refuse(org, "slip")
    wanted = org.run().plan.create
    org.advance(hours=1)
    refuse(org, None)
    assert (org.run().exit_code, org.keys()) == (4, [])
    org.advance(days=1)
    report = org.run()
    assert (report.exit_code, report.applied.create, told(report), len(org.keys())) == (0, wanted, [], wanted)


def test_a_sweep_tries_one_refused_task_alone_while_the_crm_refuses_them(org: World) -> None:
    refuse(org, "slip")
    wanted = org.run().plan.create
    org.advance(days=1)
    report = org.run()
    assert (report.applied.rejected, told(report)) == (1, [("create", wanted)])
    assert org.place.ask("SELECT count(*) FROM effects WHERE state = 'planned'") == [(0,)]


def test_retry_tries_them_at_once(org: World) -> None:
    refuse(org, "slip")
    wanted = org.run().plan.create
    assert retry(org).applied.rejected == 1
    refuse(org, None)
    report = retry(org)
    assert (report.exit_code, report.applied.create, told(report)) == (0, wanted, [])
    assert org.sync().plan.create == 0


def test_a_refused_closing_is_told_and_goes_through_with_the_sweep(org: World) -> None:
    made = org.sync().applied.create
    refuse(org, "slip")
    overlay(org, PACK + FAMILY.format(name="other") + RULE.format(rule="other", family="other", over=10**9))
    first = org.run()
    assert (first.exit_code, told(first)) == (4, [("close", made)])
    org.advance(minutes=30)
    assert told(org.run()) == [("close", made)]
    refuse(org, None)
    org.advance(days=1)
    last = org.run()
    assert (last.exit_code, told(last), org.open_tasks()) == (0, [], [])
    assert reasons(org) == {"The rule was retired."}


def test_what_nobody_wants_any_more_is_told_no_longer(org: World) -> None:
    refuse(org, "slip")
    org.run()
    overlay(org, PACK + FAMILY.format(name="other") + RULE.format(rule="other", family="other", over=10**9))
    assert (org.run().exit_code, told(org.run())) == (0, [])
