"""HubSpot's own client, typed calls and models, against every endpoint that the sandbox serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hubspot import HubSpot as Client
from hubspot.crm import associations, objects
from hubspot.crm.associations import v4
from hubspot.crm.contacts import PublicGdprDeleteInput
from hubspot.crm.deals import PublicMergeInput
from hubspot.crm.properties import BatchInputPropertyCreate, PropertyCreate, PropertyGroupCreate

DEAL = {"dealname": "New", "dealstage": "qualifiedtobuy"}
TASK = {"hs_task_subject": "Call", "hs_timestamp": "2026-06-20T09:00:00Z"}


@pytest.mark.parametrize("kind", ["deals", "contacts", "companies", "tasks", "notes", "meetings", "calls", "emails"])
def test_each_object_is_created_read_changed_and_archived(caller: Any, kind: str) -> None:
    made_of = {"deals": DEAL, "contacts": {"email": "a@b.example"}, "companies": {"name": "Acme"}}.get(
        kind, {"hs_timestamp": "2026-06-20T09:00:00Z"}
    )
    api = caller.client.crm.objects.basic_api
    made = api.create(kind, objects.SimplePublicObjectInputForCreate(properties=made_of, associations=[]))
    assert api.get_by_id(kind, made.id).id == made.id
    changed = api.update(kind, made.id, objects.SimplePublicObjectInput(properties=made_of))
    assert changed.id == made.id
    assert [record.id for record in api.get_page(kind).results] == [made.id]
    api.archive(kind, made.id)
    assert api.get_page(kind).results == []
    assert api.get_page(kind, archived=True).results[0].archived is True


def test_get_all_reads_every_page(caller: Any) -> None:
    ids = [caller.deal(f"Deal {number}") for number in range(250)]
    assert [deal.id for deal in caller.client.crm.deals.get_all()] == ids


def test_batches_create_read_change_upsert_and_archive(caller: Any) -> None:
    api = caller.client.crm.objects.tasks.batch_api
    made = api.create({"inputs": [{"properties": TASK | {"dealwarden_key": key}} for key in ("one", "two")]})
    ids = [record.id for record in made.results]
    read = api.read({"inputs": [{"id": "two"}], "idProperty": "dealwarden_key", "properties": ["hs_task_subject"]})
    assert read.results[0].properties["hs_task_subject"] == "Call"
    changed = api.update({"inputs": [{"id": ids[0], "properties": {"hs_task_status": "COMPLETED"}}]})
    assert changed.results[0].properties["hs_task_is_completed"] == "1"
    inputs = [{"id": key, "idProperty": "dealwarden_key", "properties": TASK} for key in ("two", "three")]
    assert [record.new for record in api.upsert({"inputs": inputs}).results] == [False, True]
    api.archive({"inputs": [{"id": record} for record in ids]})
    assert len(caller.client.crm.objects.tasks.basic_api.get_page().results) == 1


def test_a_search_filters_sorts_and_pages(caller: Any) -> None:
    for number in range(5):
        caller.deal(f"Deal {number}", amount=str(number))
    query = {
        "filterGroups": [{"filters": [{"propertyName": "amount", "operator": "GTE", "value": "1"}]}],
        "sorts": [{"propertyName": "amount", "direction": "DESCENDING"}],
        "properties": ["amount"],
        "limit": 3,
    }
    page = caller.client.crm.deals.search_api.do_search(query)
    assert (page.total, [record.properties["amount"] for record in page.results]) == (4, ["4", "3", "2"])
    rest = caller.client.crm.deals.search_api.do_search(query | {"after": page.paging.next.after})
    assert ([record.properties["amount"] for record in rest.results], rest.paging) == (["1"], None)


def test_two_deals_are_merged(caller: Any) -> None:
    winner, loser = caller.deal("One"), caller.deal("Two")
    client = caller.client
    merged = client.crm.deals.basic_api.merge(PublicMergeInput(primary_object_id=winner, object_id_to_merge=loser))
    assert client.crm.deals.basic_api.get_by_id(loser).id == merged.id


def test_a_contact_is_erased(caller: Any) -> None:
    contact = caller.contact()
    caller.client.crm.contacts.basic_api.purge(PublicGdprDeleteInput(object_id="ann@example.com", id_property="email"))
    assert caller.client.crm.contacts.basic_api.get_page(archived=True).results == []
    assert [row["id"] for row in caller.control("tables/contacts")] == []
    assert contact


def test_associations_are_made_read_and_taken_away_in_batches(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    api = caller.client.crm.associations.v4.batch_api
    spec = v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=3)
    post = v4.PublicAssociationMultiPost(
        _from=v4.PublicObjectId(id=deal), to=v4.PublicObjectId(id=contact), types=[spec]
    )
    made = api.create("deals", "contacts", v4.BatchInputPublicAssociationMultiPost(inputs=[post]))
    assert made.results[0].to_object_id == contact
    wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[v4.PublicFetchAssociationsBatchRequest(id=deal)])
    read = api.get_page("deals", "contacts", wanted)
    assert [(record.to_object_id, record.association_types[0].type_id) for record in read.results[0].to] == [
        (contact, 3)
    ]
    gone = v4.PublicAssociationMultiArchive(_from=v4.PublicObjectId(id=deal), to=[v4.PublicObjectId(id=contact)])
    api.archive("deals", "contacts", v4.BatchInputPublicAssociationMultiArchive(inputs=[gone]))
    empty = api.get_page("deals", "contacts", wanted)
    assert empty.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_one_record_is_associated_by_default_and_by_label(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    client = caller.client.crm.associations.v4
    labels = client.schema.definitions_api
    made = labels.create("deals", "contacts", {"name": "champion", "label": "Champion"})
    number = made.results[0].type_id
    client.basic_api.create_default("deals", deal, "contacts", contact)
    spec = [{"associationCategory": "USER_DEFINED", "associationTypeId": number}]
    assert client.basic_api.create("deals", deal, "contacts", contact, spec).labels == ["Champion"]
    page = client.basic_api.get_page("deals", deal, "contacts")
    assert {record.label for record in page.results[0].association_types} == {None, "Champion"}
    assert {record.label for record in labels.get_all("deals", "contacts").results} == {None, "Champion"}
    client.basic_api.archive("deals", deal, "contacts", contact)
    assert client.basic_api.get_page("deals", deal, "contacts").results == []
    labels.remove("deals", "contacts", number)
    assert [record.label for record in labels.get_all("deals", "contacts").results] == [None]


def test_labels_are_taken_away_and_the_pair_remains(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    client = caller.client.crm.associations.v4
    made = client.schema.definitions_api.create("deals", "contacts", {"name": "legal", "label": "Legal"})
    spec = {"associationCategory": "USER_DEFINED", "associationTypeId": made.results[0].type_id}
    client.basic_api.create("deals", deal, "contacts", contact, [spec])
    item = {"from": {"id": deal}, "to": {"id": contact}, "types": [spec]}
    client.batch_api.archive_labels("deals", "contacts", {"inputs": [item]})
    page = client.basic_api.get_page("deals", deal, "contacts")
    assert [record.label for record in page.results[0].association_types] == [None]


def test_the_older_association_calls_name_types(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    caller.client.crm.associations.v4.basic_api.create_default("deals", deal, "contacts", contact)
    read = caller.client.crm.associations.batch_api.read(
        "deals", "contacts", associations.BatchInputPublicObjectId(inputs=[associations.PublicObjectId(id=deal)])
    )
    assert [(record.id, record.type) for record in read.results[0].to] == [(contact, "deal_to_contact")]


def test_properties_and_groups_are_listed_made_and_archived(caller: Any) -> None:
    client = caller.client.crm.properties
    client.groups_api.create("deals", PropertyGroupCreate(name="ours", label="Ours"))
    assert client.groups_api.get_by_name("deals", "ours").label == "Ours"
    assert "ours" in {group.name for group in client.groups_api.get_all("deals").results}
    wanted = PropertyCreate(name="risk", label="Risk", type="number", field_type="number", group_name="ours")
    assert client.core_api.create("deals", wanted).hubspot_defined is False
    assert client.core_api.get_by_name("deals", "risk").type == "number"
    second = PropertyCreate(name="band", label="Band", type="string", field_type="text", group_name="ours")
    client.batch_api.create("deals", BatchInputPropertyCreate(inputs=[second]))
    assert {"risk", "band", "dealname"} <= {record.name for record in client.core_api.get_all("deals").results}
    read = client.batch_api.read("deals", {"inputs": [{"name": "band"}], "archived": False})
    assert [record.label for record in read.results] == ["Band"]
    client.core_api.archive("deals", "risk")
    client.batch_api.archive("deals", {"inputs": [{"name": "band"}]})
    assert not {"risk", "band"} & {record.name for record in client.core_api.get_all("deals").results}


def test_pipelines_and_stages_are_read(caller: Any) -> None:
    client = caller.client.crm.pipelines
    pipeline = client.pipelines_api.get_all("deals").results[0]
    assert client.pipelines_api.get_by_id("deals", pipeline.id).label == pipeline.label
    won = next(stage for stage in pipeline.stages if stage.metadata["probability"] == "1.0")
    assert client.pipeline_stages_api.get_by_id("deals", pipeline.id, won.id).metadata["isClosed"] == "true"
    assert len(client.pipeline_stages_api.get_all("deals", pipeline.id).results) == len(pipeline.stages)


def test_owners_are_read(caller: Any) -> None:
    client = caller.client.crm.owners
    owner = client.owners_api.get_page().results[0]
    assert client.owners_api.get_by_id(owner.id).email == owner.email
    assert client.owners_api.get_by_id(owner.user_id, id_property="userId").id == owner.id


def test_a_schema_is_read(caller: Any) -> None:
    schema = caller.client.crm.schemas.core_api.get_by_id("contacts")
    assert schema.object_type_id == "0-1"
    assert "hs_buying_role" in {record.name for record in schema.properties}
    assert caller.client.crm.schemas.core_api.get_all().results == []


def test_tokens_are_traded_and_described(caller: Any) -> None:
    app = caller.service.app
    client = Client(host=caller.server.url)
    granted = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=app.client_id,
        client_secret=app.client_secret,
        refresh_token=app.refresh_token,
    )
    assert granted.expires_in == 1800
    assert client.oauth.access_tokens_api.get(granted.access_token).hub_id == int(caller.portal.portal_id)
    assert client.oauth.refresh_tokens_api.get(app.refresh_token).client_id == app.client_id
    opened = Client(access_token=granted.access_token, host=caller.server.url)
    assert opened.crm.deals.basic_api.get_page().results == []


REFUSED: list[tuple[Callable[[Client], Any], int]] = [
    (lambda client: client.crm.deals.basic_api.get_by_id("1"), 404),
    (lambda client: client.crm.deals.basic_api.create({"properties": {"dealname": "x", "nonsense": "1"}}), 400),
    (lambda client: client.crm.properties.core_api.get_by_name("deals", "nonsense"), 404),
    (lambda client: client.crm.objects.basic_api.get_page("rockets"), 400),
]


@pytest.mark.parametrize(("call", "status"), REFUSED)
def test_what_is_refused_is_an_exception_with_its_status(
    caller: Any, call: Callable[[Client], Any], status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as refused:
        call(caller.client)
    assert refused.value.status == status  # type: ignore[attr-defined]
