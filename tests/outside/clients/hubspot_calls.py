"""hubspot-api-client against the seeded portal: typed calls of every area that the sandbox serves. Prints what it saw.

Runs in an environment that holds hubspot-api-client alone: hubspot_calls.py URL TOKEN
"""

from __future__ import annotations

import json
import sys
from typing import Any

from hubspot import HubSpot
from hubspot.crm import associations, objects
from hubspot.crm.associations import v4
from hubspot.crm.contacts import PublicGdprDeleteInput
from hubspot.crm.deals import PublicMergeInput
from hubspot.crm.properties import BatchInputPropertyCreate, PropertyCreate, PropertyGroupCreate

url, token = sys.argv[1:]
client = HubSpot(access_token=token, host=url)
crm = client.crm
seen: dict[str, Any] = {}

PROPERTIES = {
    "deals": {"dealname": "New", "dealstage": "PLACE"},
    "contacts": {"email": "outside@example.com"},
    "companies": {"name": "Acme"},
}
WHEN = {"hs_timestamp": "2026-06-20T09:00:00Z"}

pipeline = crm.pipelines.pipelines_api.get_all("deals").results[0]
stage = crm.pipelines.pipeline_stages_api.get_all("deals", pipeline.id).results[0]
assert crm.pipelines.pipelines_api.get_by_id("deals", pipeline.id).label == pipeline.label
assert crm.pipelines.pipeline_stages_api.get_by_id("deals", pipeline.id, stage.id).label == stage.label
PROPERTIES["deals"]["dealstage"] = stage.id

for kind in ("deals", "contacts", "companies", "tasks", "notes", "meetings", "calls", "emails"):
    api = crm.objects.basic_api
    after, ids = None, set()
    while True:
        page = api.get_page(kind, limit=100, **({"after": after} if after else {}))
        ids |= {one.id for one in page.results}
        if page.paging is None:
            break
        after = page.paging.next.after
    seen[kind] = len(ids)
    given = PROPERTIES.get(kind, WHEN)
    made = api.create(kind, objects.SimplePublicObjectInputForCreate(properties=given, associations=[]))
    assert api.get_by_id(kind, made.id).id == made.id
    assert api.update(kind, made.id, objects.SimplePublicObjectInput(properties=given)).id == made.id
    api.archive(kind, made.id)
    found = crm.objects.search_api.do_search(kind, {"limit": 5})
    assert found.total == seen[kind], (kind, found.total)

tasks = crm.objects.tasks.batch_api
made = tasks.create({"inputs": [{"properties": WHEN | {"dealwarden_key": key}} for key in ("one", "two")]})
read = tasks.read({"inputs": [{"id": "two"}], "idProperty": "dealwarden_key", "properties": ["dealwarden_key"]})
changed = tasks.update({"inputs": [{"id": made.results[0].id, "properties": {"hs_task_status": "COMPLETED"}}]})
upserted = tasks.upsert({"inputs": [{"id": key, "idProperty": "dealwarden_key", "properties": WHEN} for key in "23"]})
tasks.archive({"inputs": [{"id": one.id} for one in [*made.results, *upserted.results]]})
seen["batch"] = [len(one.results) for one in (made, read, changed, upserted)]

basic = crm.objects.basic_api
deals = [basic.create("deals", {"properties": PROPERTIES["deals"], "associations": []}).id for _ in range(2)]
contact = basic.create("contacts", {"properties": {"email": "pair@example.com"}, "associations": []}).id
pairs = crm.associations.v4
spec = v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=3)
post = v4.PublicAssociationMultiPost(
    _from=v4.PublicObjectId(id=deals[0]), to=v4.PublicObjectId(id=contact), types=[spec]
)
pairs.batch_api.create("deals", "contacts", v4.BatchInputPublicAssociationMultiPost(inputs=[post]))
wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[v4.PublicFetchAssociationsBatchRequest(id=deals[0])])
seen["associated"] = len(pairs.batch_api.get_page("deals", "contacts", wanted).results[0].to)
label = pairs.schema.definitions_api.create("deals", "contacts", {"name": "outside", "label": "Outside"}).results[0]
labelled = [{"associationCategory": "USER_DEFINED", "associationTypeId": label.type_id}]
pairs.basic_api.create("deals", deals[0], "contacts", contact, labelled)
pairs.basic_api.create_default("deals", deals[1], "contacts", contact)
seen["labels"] = len(pairs.basic_api.get_page("deals", deals[0], "contacts").results[0].association_types)
older = associations.BatchInputPublicObjectId(inputs=[associations.PublicObjectId(id=deals[0])])
assert crm.associations.batch_api.read("deals", "contacts", older).results[0].to[0].id == contact
pair = {"from": {"id": deals[0]}, "to": {"id": contact}, "types": labelled}
pairs.batch_api.archive_labels("deals", "contacts", {"inputs": [pair]})
gone = v4.PublicAssociationMultiArchive(_from=v4.PublicObjectId(id=deals[0]), to=[v4.PublicObjectId(id=contact)])
pairs.batch_api.archive("deals", "contacts", v4.BatchInputPublicAssociationMultiArchive(inputs=[gone]))
pairs.basic_api.archive("deals", deals[1], "contacts", contact)
pairs.schema.definitions_api.remove("deals", "contacts", label.type_id)
empty = pairs.batch_api.get_page("deals", "contacts", wanted)
seen["none left"] = empty.errors[0].sub_category

merged = crm.deals.basic_api.merge(PublicMergeInput(primary_object_id=deals[0], object_id_to_merge=deals[1]))
assert crm.deals.basic_api.get_by_id(deals[1]).id == merged.id
crm.contacts.basic_api.purge(PublicGdprDeleteInput(object_id="pair@example.com", id_property="email"))

properties = crm.properties
properties.groups_api.create("deals", PropertyGroupCreate(name="outside", label="Outside"))
properties.groups_api.get_by_name("deals", "outside")
seen["groups"] = len(properties.groups_api.get_all("deals").results)
for name, kept_apart in (("outside_one", False), ("outside_two", True)):
    new = PropertyCreate(name=name, label=name, type="string", field_type="text", group_name="outside")
    if kept_apart:
        properties.batch_api.create("deals", BatchInputPropertyCreate(inputs=[new]))
    else:
        properties.core_api.create("deals", new)
seen["properties read"] = len(properties.batch_api.read("deals", {"inputs": [{"name": "outside_two"}]}).results)
assert properties.core_api.get_by_name("deals", "outside_one").type == "string"
properties.core_api.archive("deals", "outside_one")
properties.batch_api.archive("deals", {"inputs": [{"name": "outside_two"}]})
seen["properties"] = len(properties.core_api.get_all("deals").results)

owners = crm.owners.owners_api.get_page().results
assert crm.owners.owners_api.get_by_id(owners[0].id).email == owners[0].email
seen["owners"] = len(owners)
seen["schema"] = crm.schemas.core_api.get_by_id("contacts").object_type_id
assert crm.schemas.core_api.get_all().results == []
print(json.dumps(seen))
