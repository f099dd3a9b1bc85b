"""The custom properties of the product and of a seeded portal."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.provision import ROLE_LABELS, provision, provision_playbook


def definition(portal: Portal, object_type: str, name: str) -> dict[str, Any]:
    return portal.schema.wire(portal.schema.visible(object_type)[name])


@pytest.mark.parametrize(
    ("object_type", "name", "kind", "field_type"),
    [
        ("tasks", "dealwarden_key", "string", "text"),
        ("tasks", "dealwarden_reason", "string", "text"),
        ("tasks", "dealwarden_answer", "string", "text"),
        ("deals", "deal_risk_score", "number", "number"),
        ("deals", "deal_risk_band", "string", "text"),
        ("deals", "deal_risk_confidence", "number", "number"),
        ("deals", "deal_risk_reasons", "string", "textarea"),
        ("deals", "deal_risk_as_of", "date", "date"),
    ],
)
def test_our_properties_are_there(portal: Portal, object_type: str, name: str, kind: str, field_type: str) -> None:
    shown = definition(portal, object_type, name)
    assert (shown["type"], shown["fieldType"], shown["hubspotDefined"]) == (kind, field_type, False)
    assert shown["modificationMetadata"]["readOnlyValue"] is False


def test_the_key_alone_is_unique(portal: Portal) -> None:
    unique = [known.name for known in portal.schema.visible("tasks").values() if known.unique and not known.standard]
    assert unique == ["dealwarden_key"]


def test_provisioning_twice_changes_nothing(portal: Portal) -> None:
    provision_playbook(portal)
    before = {name: dict(portal.schema.all(name)) for name in ("deals", "tasks")}, portal.labels("deals", "contacts")
    provision(portal)
    provision_playbook(portal)
    assert ({name: portal.schema.all(name) for name in before[0]}, portal.labels("deals", "contacts")) == before


def test_the_levels_of_the_criteria_are_numbers_with_labels(portal: Portal) -> None:
    provision_playbook(portal)
    options = definition(portal, "deals", "dw_decision_criteria_level")["options"]
    assert [option["value"] for option in options] == ["0", "1", "2", "3"]
    assert options[2]["label"] == "2 - Confirmed"


def test_every_role_has_a_label_of_the_portals_own(portal: Portal) -> None:
    provision_playbook(portal)
    own = [known for known in portal.labels("deals", "contacts") if known.category == "USER_DEFINED"]
    assert [known.label for known in own] == list(ROLE_LABELS.values())


def test_a_renewal_is_a_type_of_deal(portal: Portal) -> None:
    provision_playbook(portal)
    portal.create("deals", {"dealname": "A", "dealstage": "contractsent", "dealtype": "Renewal"})
