"""Mapped fields held against what the CRMs say of them: types that do not fit are told, and never read as something."""

from __future__ import annotations

import pytest

from connectors.elements import ElementColumns
from connectors.hubspot.objects import PropertyInfo
from connectors.hubspot.shape import DealShape as PortalShape
from connectors.hubspot.shape import deal_shape as portal_shape
from connectors.mapping import ElementMap, FieldKind, FieldMap
from connectors.salesforce.objects import FieldInfo, ObjectInfo
from connectors.salesforce.shape import DealShape as OrgShape
from connectors.salesforce.shape import deal_shape as org_shape

SCALE = ("1 - Unknown", "2 - Identified", "3 - Confirmed", "4 - Proven")


def org(mapping: FieldMap, kind: FieldKind, choices: tuple[str, ...] = ()) -> OrgShape:
    field = FieldInfo("F__c", kind, choices=choices)
    return org_shape(mapping, {"Opportunity": ObjectInfo("Opportunity", {"F__c": field})})


def portal(mapping: FieldMap, kind: FieldKind, options: dict[str, str] | None = None) -> PortalShape:
    field = PropertyInfo("F__c", "F", kind, options or {}, unique=False, read_only=False)
    return portal_shape(mapping, {"deals": {"F__c": field}}, {})


def only(shape: OrgShape | PortalShape) -> ElementColumns:
    (element,) = shape.elements
    return element


@pytest.mark.parametrize("shape_of", [org, portal])
@pytest.mark.parametrize(("kind", "said"), [("picklist", "a picklist"), ("checkbox", "a checkbox"), ("date", "a date")])
def test_a_text_mapping_of_another_type_is_read_as_that_type_and_told(
    shape_of: object, kind: FieldKind, said: str
) -> None:
    shape = shape_of(FieldMap({"metrics": ElementMap(text="F__c")}), kind)  # type: ignore[operator]

    assert (only(shape).text, only(shape).fields) == (None, (("F__c", kind),))
    assert any(f"F__c is {said}, mapped as a text; it is read as {said}" in line for line in shape.problems)


@pytest.mark.parametrize("shape_of", [org, portal])
def test_a_text_mapping_of_a_text_is_left_as_it_is(shape_of: object) -> None:
    shape = shape_of(FieldMap({"metrics": ElementMap(text="F__c")}), "text")  # type: ignore[operator]

    assert (only(shape).text, only(shape).fields, shape.problems) == ("F__c", (), ())


@pytest.mark.parametrize("shape_of", [org, portal])
@pytest.mark.parametrize(
    "mapping",
    [
        FieldMap({"champion": ElementMap(role="champion", confirmed_on="F__c")}),
        FieldMap(muted_until="F__c"),
        FieldMap(extras={"x_poc_started": "F__c"}, extra_kinds={"x_poc_started": "date"}),
    ],
)
def test_a_date_mapping_of_a_checkbox_is_told_with_both_types_and_unknown(shape_of: object, mapping: FieldMap) -> None:
    shape = shape_of(mapping, "checkbox")  # type: ignore[operator]

    assert len(shape.problems) == 1
    assert "F__c is a checkbox and is mapped as a date, so what it says is unknown" in shape.problems[0]
    assert (shape.extras, shape.muted_until) == ({}, None)
    assert [element.confirmed_on for element in shape.elements] == [None] * len(mapping.elements)


def test_a_scale_of_a_picklist_begins_at_0_in_an_org() -> None:
    shape = org(FieldMap({"champion": ElementMap(level="F__c")}), "picklist", SCALE)

    assert only(shape).lowest == {"F__c": 1}
    assert only(shape).shows == 3


def test_a_portal_s_values_are_read_by_their_labels() -> None:
    options = {f"option_{at}": label for at, label in enumerate(SCALE)} | {"x": "No Champion Identified"}
    shape = portal(FieldMap({"champion": ElementMap(level="F__c")}), "picklist", options)

    assert only(shape).values["x"] == 0
    assert only(shape).values["option_2"] == 3
    assert only(shape).shows == 3


def test_a_configured_level_of_a_label_or_value_comes_first() -> None:
    options = {"a": "Green", "b": "Red"}
    mapping = FieldMap({"champion": ElementMap(level="F__c", values={"Green": 3, "b": 2})})

    assert only(portal(mapping, "picklist", options)).values == {"a": 3, "b": 2, "Green": 3}
