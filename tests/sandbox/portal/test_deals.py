"""What follows from a deal's stage, and what is kept of its past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.hubspot.portal.pipelines import Pipeline, Stage
from sandbox.hubspot.portal.portal import Portal, RecordError

Value = Callable[[str, str, str], str | None]


@pytest.mark.parametrize(
    ("stage", "closed_won_lost", "probability"),
    [
        ("qualifiedtobuy", ("false", "false", "false"), "0.4"),
        ("closedwon", ("true", "true", "false"), "1.0"),
        ("closedlost", ("true", "false", "true"), "0.0"),
    ],
)
def test_the_stage_says_whether_a_deal_is_closed_and_won(
    portal: Portal, deal: str, value: Value, stage: str, closed_won_lost: tuple[str, ...], probability: str
) -> None:
    portal.update("deals", deal, {"dealstage": stage})
    flags = ("hs_is_closed", "hs_is_closed_won", "hs_is_closed_lost")
    assert tuple(value("deals", deal, flag) for flag in flags) == closed_won_lost
    assert value("deals", deal, "hs_deal_stage_probability") == probability


def test_the_metadata_of_a_stage_is_text(portal: Portal) -> None:
    stages = portal.schema.pipelines["default"].wire(0)["stages"]
    assert stages[-2]["metadata"] == {"isClosed": "true", "probability": "1.0"}


def test_a_move_is_timed_in_both_stages(portal: Portal, watch: Any, deal: str, value: Value) -> None:
    watch.advance(days=1)
    portal.update("deals", deal, {"dealstage": "contractsent"})
    moved = "2026-06-16T09:00:00.000Z"
    assert value("deals", deal, "hs_v2_date_entered_current_stage") == moved
    assert value("deals", deal, "hs_v2_date_entered_contractsent") == moved
    assert value("deals", deal, "hs_v2_date_exited_qualifiedtobuy") == moved
    assert value("deals", deal, "hs_v2_date_entered_qualifiedtobuy") == "2026-06-15T09:00:00.000Z"


def test_property_names_of_a_guid_stage_are_found_by_label_only(portal: Portal) -> None:
    guid = "7d3c1f0a-52be-4c19-9c1e-0b6f4a8e2d55"
    portal.schema.set_pipelines(Pipeline("p", "Sales", (Stage(guid, "Proof", 0.5),)))
    named = [
        known.name for known in portal.schema.all("deals").values() if known.label == 'Date entered "Proof (Sales)"'
    ]
    assert len(named) == 1
    assert named[0].startswith("hs_v2_date_entered_7d3c1f0a_52be_4c19_9c1e_0b6f4a8e2d55_")
    assert "hs_v2_date_entered_qualifiedtobuy" not in portal.schema.all("deals")


def test_with_several_pipelines_a_new_deal_must_name_its_own(portal: Portal) -> None:
    both = (Pipeline(name, name, (Stage(f"{name}1", "First", 0.5),)) for name in ("a", "b"))
    portal.schema.set_pipelines(*both)
    with pytest.raises(RecordError) as refused:
        portal.create("deals", {"dealname": "A", "dealstage": "b1"})
    assert refused.value.context == {"properties": ["pipeline"]}
    portal.create("deals", {"dealname": "A", "dealstage": "b1", "pipeline": "b"})


def test_a_stage_of_another_pipeline_is_refused(portal: Portal) -> None:
    both = (Pipeline(name, name, (Stage(f"{name}1", "First", 0.5),)) for name in ("a", "b"))
    portal.schema.set_pipelines(*both)
    with pytest.raises(RecordError, match="INVALID_OPTION"):
        portal.create("deals", {"dealname": "A", "dealstage": "a1", "pipeline": "b"})


def _history(portal: Portal, deal: str, name: str) -> list[tuple[str, str]]:
    record = portal.get("deals", deal, history=[name])
    assert record is not None
    return [(entry["value"], entry["timestamp"][11:16]) for entry in record["propertiesWithHistory"][name]]


def test_history_begins_with_the_newest_value(portal: Portal, watch: Any, deal: str) -> None:
    for amount in ("1", "2"):
        watch.advance(hours=1)
        portal.update("deals", deal, {"amount": amount})
    assert _history(portal, deal, "amount") == [("2", "11:00"), ("1", "10:00"), ("15000", "09:00")]
    portal.quirks["history_oldest_first"] = True
    assert [value for value, _ in _history(portal, deal, "amount")] == ["15000", "1", "2"]


def test_an_unchanged_value_is_no_history(portal: Portal, watch: Any, deal: str) -> None:
    watch.advance(hours=1)
    portal.update("deals", deal, {"amount": "15000"})
    assert _history(portal, deal, "amount") == [("15000", "09:00")]


def test_a_cleared_value_stands_in_the_history_as_empty(portal: Portal, watch: Any, deal: str) -> None:
    watch.advance(hours=1)
    portal.update("deals", deal, {"amount": ""})
    assert _history(portal, deal, "amount") == [("", "10:00"), ("15000", "09:00")]


def test_a_loaded_value_keeps_its_place_in_the_history_once_it_changes(portal: Portal, watch: Any) -> None:
    row = {"hs_object_id": "77", "dealname": "Old", "pipeline": "default", "dealstage": "qualifiedtobuy", "amount": "5",
           "createdate": "2026-01-01T08:00:00.000Z"}  # fmt: skip
    portal.load("deals", [row])
    portal.settle()
    portal.update("deals", "77", {"amount": "6"})
    assert _history(portal, "77", "amount") == [("6", "09:00"), ("5", "08:00")]
