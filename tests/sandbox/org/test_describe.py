from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce.org.org import Org, QueryError


def field(org: Org, sobject: str, name: str) -> dict[str, Any]:
    return next(item for item in org.describe(sobject)["fields"] if item["name"] == name)


def names(org: Org, sobject: str) -> set[str]:
    return {item["name"] for item in org.describe(sobject)["fields"]}


def test_the_key_field_shows_what_a_connector_probes_for(org: Org) -> None:
    for sobject in ("Task", "Event"):
        key = field(org, sobject, "Dealwarden_Key__c")
        flags = (
            "externalId",
            "unique",
            "idLookup",
            "createable",
            "updateable",
            "caseSensitive",
            "custom",
            "filterable",
        )
        assert all(key[flag] for flag in flags)
        assert key["length"] == 80


def test_a_key_that_is_not_external_shows_so(org: Org) -> None:
    org.quirks["key_not_external"] = True
    key = field(org, "Task", "Dealwarden_Key__c")
    assert (key["externalId"], key["idLookup"]) == (False, False)


def test_a_hidden_field_is_left_out(org: Org) -> None:
    org.quirks["hide_fields"] = ["Task.Dealwarden_Key__c"]
    assert "Dealwarden_Key__c" not in names(org, "Task")
    assert "Dealwarden_Key__c" in names(org, "Event"), "access is granted by object"


def test_a_hidden_object_is_left_out_everywhere(org: Org) -> None:
    org.quirks["hide_objects"] = ["EmailMessage"]
    assert "EmailMessage" not in {entry["name"] for entry in org.describe_global()["sobjects"]}
    assert "EmailMessage" not in {child["childSObject"] for child in org.describe("Opportunity")["childRelationships"]}
    with pytest.raises(QueryError, match="INVALID_TYPE"):
        org.describe("EmailMessage")


def test_currency_fields_exist_in_an_org_of_several_currencies_only(org: Org) -> None:
    assert "CurrencyIsoCode" not in names(org, "Opportunity")
    org.quirks["multicurrency"] = True
    assert "CurrencyIsoCode" in names(org, "Opportunity")
    assert "CurrencyType" in {entry["name"] for entry in org.describe_global()["sobjects"]}


def test_stages_and_statuses_come_from_the_orgs_own_setup(org: Org, person: str) -> None:
    stages = [value["value"] for value in field(org, "Opportunity", "StageName")["picklistValues"]]
    assert stages == ["Discovery", "Closing", "Closed Won", "Closed Lost"]
    assert len(field(org, "Task", "Status")["picklistValues"]) == 5


def test_child_relationships_carry_their_names(org: Org) -> None:
    children = {
        (child["childSObject"], child["field"]): child for child in org.describe("Opportunity")["childRelationships"]
    }
    assert children["OpportunityContactRole", "OpportunityId"]["relationshipName"] == "OpportunityContactRoles"
    assert children["OpportunityFieldHistory", "OpportunityId"]["relationshipName"] == "Histories"
    assert children["EmailMessage", "RelatedToId"]["cascadeDelete"] is False


def test_a_long_text_area_cannot_be_filtered_sorted_or_grouped(org: Org) -> None:
    metrics = field(org, "Opportunity", "Metrics__c")
    assert not any(metrics[flag] for flag in ("filterable", "sortable", "groupable"))
    assert metrics["byteLength"] == 96_000


def test_roles_are_not_undeletable_and_deals_are(org: Org) -> None:
    assert (org.describe("OpportunityContactRole")["undeletable"], org.describe("Opportunity")["undeletable"]) == (
        False,
        True,
    )


def test_urls_bear_the_asked_version(org: Org) -> None:
    urls = org.describe("Task", base="/services/data/v60.0")["urls"]
    assert urls["describe"] == "/services/data/v60.0/sobjects/Task/describe"
