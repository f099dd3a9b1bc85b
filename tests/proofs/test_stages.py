"""Stages without a phase, and phases of stages that there are not, are reported with the deals in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from tests.proofs.portal import PortalWorld
from tests.proofs.test_mistakes import dealwarden
from tests.proofs.world import World

PHASES = re.compile(r"\[connections\.\w+\.phases[^\n]*\n(?:[^\n\[]+\n)*")


def notes(world: World) -> list[str]:
    return [note for note in world.run("plan").problems if "phases]" in note]


def unmapped(world: World) -> dict[str, int]:
    document = json.loads(dealwarden(world, "status", "--json").stdout)
    counts: dict[str, int] = document["connections"][world.crm]["unmapped_stages"]
    return counts


def open_deals(world: World) -> Counter[str]:
    return Counter(row["StageName"] for row in world.table("Opportunity") if not row["IsClosed"])


def without_phases(world: World) -> None:
    world.config.write_text(PHASES.sub("", world.config.read_text()))


def test_a_map_that_fits_is_not_mentioned(world: World) -> None:
    assert (notes(world), unmapped(world)) == ([], {})


def test_without_a_map_the_stages_that_are_not_standard_are_listed_with_their_deals(world: World) -> None:
    without_phases(world)
    (note,) = notes(world)
    stages = open_deals(world)
    assert stages.pop("Qualification"), "a standard stage, which has its phase without a map"
    assert note.startswith(f"{stages.total()} open deals are in stages without a phase: ")
    assert [stage for stage, count in stages.items() if f"{stage} ({count})" not in note] == []
    assert "[connections.salesforce.phases]" in note
    assert unmapped(world) == dict(stages)
    assert "  no phase  " in dealwarden(world, "status").stdout


def test_a_misspelt_stage_is_named_with_the_one_that_was_meant(world: World) -> None:
    stage = max(open_deals(world))
    wrong = stage[:-2] + stage[-1]
    world.config.write_text(re.sub(rf'^"?{re.escape(stage)}"? =', f'"{wrong}" =', world.config.read_text(), flags=re.M))
    missing, unknown = notes(world)
    assert f"{stage} ({open_deals(world)[stage]})" in missing
    assert f"maps stages that the CRM does not have: '{wrong}' (did you mean '{stage}'?)." in unknown
    assert unmapped(world) == {stage: open_deals(world)[stage]}


def test_the_label_of_a_portal_s_stage_leads_to_its_id(portal: PortalWorld) -> None:
    text = portal.config.read_text()
    table = PHASES.search(text)
    assert table is not None
    stage: Any = portal.box.portal.schema.pipelines["default"].stages[0]
    portal.config.write_text(text.replace(table[0], re.sub(rf'"?{stage.id}"? =', f'"{stage.label}" =', table[0])))
    assert any(f"'{stage.label}' (did you mean '{stage.id}'?)" in note for note in notes(portal))
