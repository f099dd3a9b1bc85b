"""What people do to a portal, by the control port, and what the API shows of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.conftest import new_task

OBJECTS = "/crm/v3/objects"


def task_of(caller: Any, deal: str) -> str:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 216}]
    body = new_task(associations=[{"to": {"id": deal}, "types": types}])
    return caller.post(f"{OBJECTS}/tasks", body).json()["id"]


def edit(caller: Any, kind: str, record_id: str | None = None, **change: Any) -> str:
    body = {"object": kind, **({} if record_id is None else {"id": record_id}), **change}
    return caller.control("edit", body)["id"]


def properties(caller: Any, kind: str, record_id: str, *names: str) -> tuple[Any, ...]:
    wanted = "&".join(f"properties={name}" for name in names)
    shown = caller.get(f"{OBJECTS}/{kind}/{record_id}?{wanted}").json()["properties"]
    return tuple(shown[name] for name in names)


def stages(caller: Any, pipeline: str = "default") -> list[dict[str, Any]]:
    return caller.get(f"/crm/v3/pipelines/deals/{pipeline}").json()["stages"]


def labels(caller: Any, pipeline: str = "default") -> list[str]:
    return [stage["label"] for stage in stages(caller, pipeline)]


def deal_in(caller: Any, stage: str, pipeline: str = "default", **values: Any) -> str:
    fields = {"dealname": "Big", "dealstage": stage, "pipeline": pipeline, **values}
    return edit(caller, "deals", fields=fields)


def test_a_renamed_stage_keeps_its_id_and_its_deals(caller: Any) -> None:
    deal = deal_in(caller, "qualifiedtobuy")
    edit(caller, "stages", "qualifiedtobuy", fields={"label": "Proven need"})
    assert "Proven need" in labels(caller)
    assert properties(caller, "deals", deal, "dealstage") == ("qualifiedtobuy",)


def test_a_renamed_stage_renames_the_properties_that_time_it(caller: Any) -> None:
    edit(caller, "stages", "qualifiedtobuy", fields={"label": "Proven need"})
    timed = caller.get("/crm/v3/properties/deals/hs_v2_date_entered_qualifiedtobuy").json()
    assert timed["label"] == 'Date entered "Proven need (Sales Pipeline)"'


def test_stages_are_reordered(caller: Any) -> None:
    before = labels(caller)
    edit(caller, "stages", stages(caller)[2]["id"], fields={"displayOrder": 0})
    assert labels(caller) == [before[2], before[0], before[1], *before[3:]]


def test_a_stage_that_becomes_closed_closes_its_deals(caller: Any) -> None:
    deal = deal_in(caller, "contractsent")
    before = properties(caller, "deals", deal, "hs_lastmodifieddate")
    caller.control("clock", {"advance_s": 60})
    edit(caller, "stages", "contractsent", fields={"isClosed": True, "probability": 1.0})
    assert properties(caller, "deals", deal, "hs_is_closed", "hs_is_closed_won") == ("true", "true")
    assert properties(caller, "deals", deal, "hs_lastmodifieddate") > before


def test_a_removed_stage_leaves_its_deals_with_its_id(caller: Any) -> None:
    deal = deal_in(caller, "qualifiedtobuy")
    edit(caller, "stages", "qualifiedtobuy", delete=True)
    assert "qualifiedtobuy" not in {stage["id"] for stage in stages(caller)}
    assert properties(caller, "deals", deal, "dealstage", "hs_is_closed") == ("qualifiedtobuy", "false")


def test_a_deal_of_a_removed_stage_is_written_to_as_before(caller: Any) -> None:
    deal = deal_in(caller, "qualifiedtobuy")
    edit(caller, "stages", "qualifiedtobuy", delete=True)
    assert caller.call("PATCH", f"{OBJECTS}/deals/{deal}", json={"properties": {"amount": "7"}}).status_code == 200
    assert properties(caller, "deals", deal, "amount", "hs_is_closed") == ("7", "false")


def test_no_deal_can_be_moved_into_a_removed_stage(caller: Any) -> None:
    deal = deal_in(caller, "contractsent")
    edit(caller, "stages", "qualifiedtobuy", delete=True)
    moved = caller.call("PATCH", f"{OBJECTS}/deals/{deal}", json={"properties": {"dealstage": "qualifiedtobuy"}})
    assert moved.status_code == 400


def test_a_new_stage_takes_deals(caller: Any) -> None:
    stage = edit(caller, "stages", fields={"pipeline": "default", "label": "Pilot", "displayOrder": 1})
    assert labels(caller)[1] == "Pilot"
    deal = deal_in(caller, stage)
    assert properties(caller, "deals", deal, "hs_deal_stage_probability", "hs_is_closed") == ("0.5", "false")


def test_a_pipeline_is_made_renamed_moved_and_removed(caller: Any) -> None:
    made = {"label": "Renewals", "stages": [{"label": "Due"}, {"label": "Renewed", "isClosed": True, "probability": 1}]}
    pipeline = edit(caller, "pipelines", fields=made)
    assert labels(caller, pipeline) == ["Due", "Renewed"]
    edit(caller, "pipelines", pipeline, fields={"label": "Extensions", "displayOrder": 0})
    shown = caller.get("/crm/v3/pipelines/deals").json()["results"]
    assert [listed["label"] for listed in shown] == ["Extensions", "Sales Pipeline"]
    edit(caller, "pipelines", pipeline, delete=True)
    assert [listed["id"] for listed in caller.get("/crm/v3/pipelines/deals").json()["results"]] == ["default"]


def test_a_refused_setting_changes_nothing(caller: Any) -> None:
    before = caller.control("tables/pipelines")
    bad = [
        {"object": "stages", "id": "rockets", "fields": {}},
        {"object": "stages", "id": "closedwon", "fields": {"probability": 7}},
        {"object": "stages", "id": "closedwon", "fields": {"colour": "red"}},
        {"object": "stages", "fields": {"pipeline": "default"}},
        {"object": "pipelines", "id": "rockets", "fields": {}},
        {"object": "pipelines", "fields": {"label": "x", "displayOrder": -1}},
    ]
    for change in bad:
        with pytest.raises(AssertionError, match="error"):
            caller.control("edit", change)
    assert caller.control("tables/pipelines") == before


def test_owners_are_deactivated_and_taken_back(caller: Any) -> None:
    owner = caller.control("tables/owners")[0]["id"]
    edit(caller, "owners", owner, fields={"archived": True})
    assert caller.get("/crm/v3/owners").json()["results"] == []
    (archived,) = caller.get("/crm/v3/owners?archived=true").json()["results"]
    assert (archived["id"], archived["userId"]) == (owner, None)
    edit(caller, "owners", owner, fields={"archived": False})
    assert [shown["id"] for shown in caller.get("/crm/v3/owners").json()["results"]] == [owner]


@pytest.mark.parametrize("new_id", [False, True])
def test_a_merged_deal_names_what_it_took_in_and_has_its_tasks(caller: Any, new_id: bool) -> None:
    caller.control("quirks", {"merge_makes_new_id": new_id})
    winner, loser = (deal_in(caller, "qualifiedtobuy") for _ in range(2))
    made = [task_of(caller, deal) for deal in (winner, loser)]
    remains = edit(caller, "deals", winner, merge=loser)
    assert (remains == winner) is not new_id
    (merged,) = properties(caller, "deals", remains, "hs_merged_object_ids")
    assert set(merged.split(";")) == ({loser, winner} if new_id else {loser})
    read = caller.post("/crm/v4/associations/deals/tasks/batch/read", {"inputs": [{"id": remains}]}).json()
    assert {str(link["toObjectId"]) for link in read["results"][0]["to"]} == set(made)


@pytest.mark.parametrize("new_id", [False, True])
def test_ids_that_were_merged_away_lead_to_what_remains(caller: Any, new_id: bool) -> None:
    caller.control("quirks", {"merge_makes_new_id": new_id})
    first, second, third = (deal_in(caller, "qualifiedtobuy") for _ in range(3))
    remains = edit(caller, "deals", edit(caller, "deals", first, merge=second), merge=third)
    for old in (first, second, third):
        assert caller.get(f"{OBJECTS}/deals/{old}").json()["id"] == remains
    listed = caller.get(f"{OBJECTS}/deals?limit=100").json()["results"]
    assert [record["id"] for record in listed] == [remains]
    (merged,) = properties(caller, "deals", remains, "hs_merged_object_ids")
    assert set(merged.split(";")) >= {second, third}


@pytest.mark.parametrize("kind", ["contacts", "companies"])
def test_contacts_and_companies_are_merged_with_their_associations(caller: Any, kind: str) -> None:
    named = {"contacts": "lastname", "companies": "name"}[kind]
    winner, loser = (edit(caller, kind, fields={named: name}) for name in ("Lee", "Leigh"))
    deal = deal_in(caller, "qualifiedtobuy")
    link = {"from_object": "deals", "from_id": deal, "to_object": kind, "to_id": loser}
    caller.control("edit", {"object": "associations", "fields": link})
    assert edit(caller, kind, winner, merge=loser) == winner
    read = caller.post(f"/crm/v4/associations/deals/{kind}/batch/read", {"inputs": [{"id": deal}]}).json()
    assert [str(end["toObjectId"]) for end in read["results"][0]["to"]] == [winner]
    assert properties(caller, kind, winner, "hs_merged_object_ids") == (loser,)


def test_a_task_is_moved_to_another_deal(caller: Any) -> None:
    first, second = (deal_in(caller, "qualifiedtobuy") for _ in range(2))
    task = task_of(caller, first)
    ends = {"from_object": "tasks", "from_id": task, "to_object": "deals"}
    caller.control("edit", {"object": "associations", "fields": ends | {"to_id": first}, "delete": True})
    caller.control("edit", {"object": "associations", "fields": ends | {"to_id": second}})
    read = caller.post("/crm/v4/associations/tasks/deals/batch/read", {"inputs": [{"id": task}]}).json()
    assert [str(link["toObjectId"]) for link in read["results"][0]["to"]] == [second]
