"""The custom fields that the sandbox adds, as describe tells them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.provision import provision, provision_playbook


def described(org: Org, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in org.describe(sobject)["fields"]}


@pytest.mark.parametrize("sobject", ["Task", "Event"])
def test_the_key_is_a_unique_external_id_on_every_activity(org: Org, sobject: str) -> None:
    provision(org)
    key = described(org, sobject)["Dealwarden_Key__c"]
    expected = {
        "type": "string",
        "length": 80,
        "externalId": True,
        "unique": True,
        "caseSensitive": True,
        "idLookup": True,
        "createable": True,
        "updateable": True,
        "custom": True,
    }
    assert {name: key[name] for name in expected} == expected


def test_score_fields_fit_their_values(org: Org) -> None:
    provision(org)
    fields = described(org, "Opportunity")
    assert {name: fields[name]["type"] for name in fields if name.startswith("Deal_Risk_")} == {
        "Deal_Risk_Score__c": "double",
        "Deal_Risk_Band__c": "string",
        "Deal_Risk_Confidence__c": "double",
        "Deal_Risk_Reasons__c": "textarea",
        "Deal_Risk_As_Of__c": "date",
    }
    assert (fields["Deal_Risk_Score__c"]["precision"], fields["Deal_Risk_Score__c"]["scale"]) == (3, 0)


def test_a_bare_org_has_none_of_our_fields(org: Org) -> None:
    provision_playbook(org)
    assert not [name for name in described(org, "Opportunity") if name.startswith("Deal_Risk")]
    assert "Dealwarden_Key__c" not in described(org, "Task")


def test_playbook_fields_come_in_the_kinds_that_real_orgs_use(org: Org) -> None:
    provision_playbook(org)
    fields = described(org, "Opportunity")
    assert fields["Metrics__c"]["type"] == "textarea"
    assert not fields["Metrics__c"]["filterable"]
    assert fields["Paper_Process_Started__c"]["type"] == "boolean"
    assert fields["Champion__c"]["referenceTo"] == ["Contact"]
    assert [value["value"] for value in fields["Decision_Criteria_Level__c"]["picklistValues"]] == [
        "0 - Unknown",
        "1 - Identified",
        "2 - Confirmed",
        "3 - Documented",
    ]


def test_the_role_picklist_gains_the_roles_that_the_standard_lacks(org: Org) -> None:
    provision_playbook(org)
    provision_playbook(org)
    roles = [value["value"] for value in described(org, "OpportunityContactRole")["Role"]["picklistValues"]]
    assert roles[-5:] == ["Champion", "Procurement", "Legal", "Security", "Blocker"]
    assert len(roles) == len(set(roles)) == 14
