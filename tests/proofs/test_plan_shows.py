"""What a plan found out is what every command shows, and changes nothing that the next cycle wants."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.proofs.test_mistakes import dealwarden
from tests.proofs.world import World

COUNTS = ("judged", "scores", "findings", "shadow", "suppressed", "not_judged")


def shown(world: World, *words: str) -> dict[str, Any]:
    done = dealwarden(world, *words, "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    return document["connections"]["salesforce"] if "connections" in document else document


def everything(world: World) -> dict[str, Any]:
    """What status, report and rules diff show of the connection, and explain of a deal whose tasks a cap holds back."""
    report = shown(world, "report")
    status = shown(world, "status")
    deal = shown(world, "explain", max(report["deals"], key=wanted_tasks)["deal_id"])
    return {
        "report": {name: report[name] for name in ("bands", "rules", "not_judged", "deals")},
        "status": {name: status[name] for name in COUNTS},
        "diff": shown(world, "rules", "diff"),
        "explain": {name: deal[name] for name in ("score", "band", "confidence", "rules", "reasons", "suppressed")},
    }


def wanted_tasks(deal: dict[str, Any]) -> int:
    """Count the families of a reported deal that want a task of their own."""
    stands = {reason["rule_id"] for reason in deal["reasons"] if reason["explained_by"] is None}
    severe = [rule for rule in deal["found"] if rule["severity"] in {"high", "critical"}]
    return len({rule["family"] for rule in severe if rule["rule_id"] in stands})


def test_after_a_plan_on_a_fresh_database_every_command_shows_what_it_shows_after_a_cycle(world: World) -> None:
    world.reword_config("open_per_deal = 0", "open_per_deal = 1")
    world.run("plan")
    planned = everything(world)
    assert planned["explain"]["suppressed"]
    world.sync()
    assert planned == everything(world)


def test_status_counts_what_a_plan_found(world: World) -> None:
    report = world.run("plan")
    status = shown(world, "status")
    assert (status["judged"], status["findings"]) == (report.judged, dict(report.findings))
    assert status["judged_day"] is None


def test_a_plan_changes_nothing_that_the_next_cycle_wants(world: World, other_world: World) -> None:
    for _ in range(2):
        world.run("plan")
    changes = [set(each.sync().changes) for each in (world, other_world)]
    assert changes[0] == changes[1]
    assert world.keys() == other_world.keys()


def test_a_plan_by_other_rules_than_those_of_the_last_cycle_is_not_shown(world: World) -> None:
    world.sync()
    before = shown(world, "status")["findings"]
    folder = world.config.parent / "rules.d"
    folder.mkdir()
    (folder / "own.toml").write_text('[rules.close-date-past]\nmode = "off"\n')
    assert "close-date-past" in before
    assert "close-date-past" not in world.run("plan").findings
    assert shown(world, "status")["findings"] == before


def test_a_cycle_puts_its_judgement_in_place_of_a_plan_s(world: World) -> None:
    world.sync()
    deal = next(row for row in world.table("Opportunity") if not row["IsClosed"])
    world.edit("Opportunity", deal["Id"], CloseDate="2020-01-01")
    world.run("plan")
    planned = shown(world, "status")["findings"]["close-date-past"]
    world.edit("Opportunity", deal["Id"], CloseDate=deal["CloseDate"])
    world.sync()
    assert shown(world, "status")["findings"].get("close-date-past", 0) == planned - 1


@pytest.fixture
def other_world(make_world: Any) -> World:
    """The same org again, on which nobody planned."""
    world: World = make_world(deals=25, seed=7)
    return world
