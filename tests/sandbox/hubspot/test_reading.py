from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.api.routes import ROOTS

DEALS = "/crm/v3/objects/deals"


def associate(caller: Any, deal: str, contact: str, *labels: str) -> None:
    fields = {"from_object": "deals", "from_id": deal, "to_object": "contacts", "to_id": contact}
    caller.control("edit", {"object": "associations", "fields": fields | {"labels": list(labels)}})


def associated(caller: Any, version: str = "v4", **extra: Any) -> Any:
    root = "/crm/v4/associations" if version == "v4" else f"/crm/associations/{version}"
    return caller.post(f"{root}/deals/contacts/batch/read", extra)


def test_the_last_page_has_no_paging(caller: Any) -> None:
    caller.deal()
    assert caller.get(DEALS).json().keys() == {"results"}


def test_the_link_of_a_page_leads_to_the_next(caller: Any) -> None:
    ids = [caller.deal(f"Deal {number}") for number in range(3)]
    paging = caller.get(DEALS, params={"limit": 2, "properties": "dealname,amount"}).json()["paging"]["next"]
    assert paging["after"] == ids[2]
    following = caller.http.get(paging["link"], timeout=10).json()["results"]
    assert [record["properties"]["dealname"] for record in following] == ["Deal 2"]


def test_properties_are_asked_for_by_repeated_keys_or_a_list(caller: Any) -> None:
    caller.deal(amount="5")
    repeated = caller.get(DEALS, params=[("properties", "amount"), ("properties", "hs_next_step")]).json()
    listed = caller.get(DEALS, params={"properties": "amount,hs_next_step"}).json()
    assert repeated == listed
    assert repeated["results"][0]["properties"]["amount"] == "5"
    assert repeated["results"][0]["properties"]["hs_next_step"] is None


@pytest.mark.parametrize("params", [{"limit": 101}, {"limit": 0}, {"limit": "x"}, {"after": "x"}])
def test_a_page_that_cannot_be_is_refused(caller: Any, params: dict[str, Any]) -> None:
    assert caller.get(DEALS, params=params).status_code == 400


def test_a_page_with_history_holds_fifty(caller: Any) -> None:
    history = {"propertiesWithHistory": "dealstage"}
    assert caller.get(DEALS, params=history | {"limit": 51}).status_code == 400
    caller.control("quirks", {"history_page_max": 100})
    assert caller.get(DEALS, params=history | {"limit": 51}).status_code == 200


def test_a_url_that_is_too_long_is_refused_by_the_network(caller: Any) -> None:
    reply = caller.get(DEALS, params={"properties": "x" * 17_000})
    assert (reply.status_code, reply.headers["Content-Type"][:9]) == (414, "text/html")


def test_a_search_with_a_long_body_is_refused(caller: Any) -> None:
    assert caller.search("deals", properties=["x" * 3000]).status_code == 400


def test_a_search_may_sort_by_a_text(caller: Any) -> None:
    ids = [caller.deal(f"Deal {number}") for number in range(2)]
    results = caller.search("deals", sorts=["-hs_object_id"]).json()["results"]
    assert [record["id"] for record in results] == ids[::-1]


def test_a_search_goes_no_deeper_than_ten_thousand(caller: Any) -> None:
    assert caller.search("deals", after="9900", limit=100).status_code == 200
    assert caller.search("deals", after="10000", limit=100).status_code == 400


def test_the_answer_has_no_link_where_it_is_a_search(caller: Any) -> None:
    for number in range(2):
        caller.deal(f"Deal {number}")
    assert caller.search("deals", limit=1).json()["paging"] == {"next": {"after": "1"}}


def test_inline_associations_repeat_a_contact_for_each_label(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    caller.portal.add_label("deals", "contacts", "Champion")
    associate(caller, deal, contact, "Champion")
    (record,) = caller.get(DEALS, params={"associations": "contacts"}).json()["results"]
    assert record["associations"]["contacts"]["results"] == [
        {"id": contact, "type": "deal_to_contact"},
        {"id": contact, "type": "deal_to_contact_champion"},
    ]


@pytest.mark.parametrize("version", ["v4", "2026-03", "2026-09"])
def test_a_deal_without_contacts_is_an_error_of_the_normal_kind(caller: Any, version: str) -> None:
    deal, empty, contact = caller.deal(), caller.deal("Empty"), caller.contact()
    associate(caller, deal, contact)
    reply = associated(caller, version, inputs=[{"id": deal}, {"id": empty}])
    body = reply.json()
    assert (reply.status_code, body["numErrors"]) == (207, 1)
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert body["errors"][0]["context"]["fromObjectId"] == [empty]
    assert [record["from"]["id"] for record in body["results"]] == [deal]


@pytest.mark.parametrize(("numeric", "kind"), [(True, int), (False, str)])
def test_the_id_of_an_associated_record_is_a_number_unless_switched(caller: Any, numeric: bool, kind: type) -> None:
    deal = caller.deal()
    associate(caller, deal, caller.contact())
    caller.control("quirks", {"numeric_to_object_id": numeric})
    assert isinstance(associated(caller, inputs=[{"id": deal}]).json()["results"][0]["to"][0]["toObjectId"], kind)


def test_long_lists_of_associations_come_in_pages(caller: Any) -> None:
    deal = caller.deal()
    contacts = [caller.contact(f"c{number}@example.com") for number in range(5)]
    for contact in contacts:
        associate(caller, deal, contact)
    caller.control("quirks", {"association_page": 2})
    seen: list[str] = []
    after: str | None = None
    while True:
        (result,) = associated(caller, inputs=[{"id": deal} | ({"after": after} if after else {})]).json()["results"]
        seen += [str(record["toObjectId"]) for record in result["to"]]
        if "paging" not in result:
            break
        after = result["paging"]["next"]["after"]
    assert seen == contacts


def test_one_records_associations_come_in_pages_too(caller: Any) -> None:
    deal = caller.deal()
    for number in range(3):
        associate(caller, deal, caller.contact(f"c{number}@example.com"))
    path = f"/crm/v4/objects/deals/{deal}/associations/contacts"
    first = caller.get(path, params={"limit": 2}).json()
    rest = caller.http.get(first["paging"]["next"]["link"], timeout=10).json()
    assert (len(first["results"]), len(rest["results"])) == (2, 1)


def test_a_read_of_associations_takes_a_thousand(caller: Any) -> None:
    statuses = [associated(caller, inputs=[{"id": str(n)} for n in range(most)]).status_code for most in (1000, 1001)]
    assert statuses == [207, 400]


def test_a_new_list_of_types_replaces_the_labels_and_keeps_the_plain_one(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    champion, _ = caller.portal.add_label("deals", "contacts", "Champion")
    legal, _ = caller.portal.add_label("deals", "contacts", "Legal")
    for known in (champion, legal):
        types = [{"associationCategory": "USER_DEFINED", "associationTypeId": known.type_id}]
        item = {"from": {"id": deal}, "to": {"id": contact}, "types": types}
        caller.post("/crm/v4/associations/deals/contacts/batch/create", {"inputs": [item]})
    types = associated(caller, inputs=[{"id": deal}]).json()["results"][0]["to"][0]["associationTypes"]
    assert [record["label"] for record in types] == [None, "Legal"]


def test_associations_bump_no_stamp(caller: Any) -> None:
    deal, contact = caller.deal(), caller.contact()
    before = caller.get(f"{DEALS}/{deal}").json()["updatedAt"]
    caller.clock.advance(60)
    associate(caller, deal, contact)
    assert caller.get(f"{DEALS}/{deal}").json()["updatedAt"] == before


@pytest.mark.parametrize(("root", "status"), [("/crm/v4/associations", 204), ("/crm/associations/2026-09", 200)])
def test_taking_associations_away_is_answered_by_version(caller: Any, root: str, status: int) -> None:
    deal, contact = caller.deal(), caller.contact()
    associate(caller, deal, contact)
    item = {"from": {"id": deal}, "to": [{"id": contact}]}
    reply = caller.post(f"{root}/deals/contacts/batch/archive", {"inputs": [item]})
    assert (reply.status_code, bool(reply.content)) == (status, status == 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/crm/v4/objects/deals/{}/associations/contacts", 200),
        ("/crm/objects/2026-03/deals/{}/associations/contacts", 200),
        ("/crm/objects/2026-09/deals/{}/associations/contacts", 404),
    ],
)
def test_the_newest_version_reads_associations_in_batches_alone(caller: Any, path: str, status: int) -> None:
    assert caller.get(path.format(caller.deal())).status_code == status


@pytest.mark.parametrize(("root", "area"), ROOTS, ids=lambda value: "-".join(value) if isinstance(value, tuple) else "")
def test_every_root_of_the_table_is_served(caller: Any, root: tuple[str, ...], area: str) -> None:
    tail = {
        "objects": f"deals/{caller.deal()}" if "v4" not in root else f"deals/{caller.deal()}/associations/contacts",
        "associations": "deals/contacts/types" if "v3" in root else "deals/contacts/labels",
        "properties": "deals",
        "property-validations": "0-3",
        "pipelines": "deals",
        "owners": "",
        "schemas": "deals",
        "account-info": "details",
        "oauth": "token",
    }[area]
    path = "/" + "/".join("2026-09" if part == "{date}" else part for part in root) + f"/{tail}"
    reply = caller.post(path, None) if area == "oauth" else caller.get(path)
    assert reply.status_code == (400 if area == "oauth" else 200)


@pytest.mark.parametrize("path", ["/", "/crm/v5/objects/deals", "/crm/objects/2025-01/deals", "/crm/v3/objects"])
def test_an_unknown_path_is_not_found(caller: Any, path: str) -> None:
    reply = caller.get(path)
    assert (reply.status_code, reply.json()["category"]) == (404, "OBJECT_NOT_FOUND")


def test_owners_answer_with_and_without_a_trailing_slash(caller: Any) -> None:
    assert caller.get("/crm/v3/owners/").json() == caller.get("/crm/v3/owners").json()


def test_archived_owners_are_listed_apart(caller: Any) -> None:
    (owner,) = caller.get("/crm/v3/owners").json()["results"]
    caller.control("edit", {"object": "owners", "id": owner["id"], "fields": {"archived": True}})
    assert caller.get("/crm/v3/owners").json()["results"] == []
    (archived,) = caller.get("/crm/v3/owners", params={"archived": "true"}).json()["results"]
    assert (archived["id"], archived["userId"]) == (owner["id"], None)


def test_the_account_tells_its_zone_and_money(caller: Any) -> None:
    details = caller.get("/account-info/2026-09/details").json()
    assert (details["portalId"], details["timeZone"]) == (int(caller.portal.portal_id), "America/New_York")
    assert (details["utcOffset"], details["utcOffsetMilliseconds"]) == ("-04:00", -14_400_000)


def test_a_method_that_is_not_known_is_refused(caller: Any) -> None:
    assert caller.call("PUT", f"{DEALS}/1").status_code == 405
    assert caller.call("DELETE", "/crm/v3/pipelines/deals").status_code == 405
