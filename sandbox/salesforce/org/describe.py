"""Describes: what the integration user sees of objects and fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sandbox.salesforce.data.schema import TEXT_TYPES, Field, Schema, SObject

_RIGHTS = (
    "compactLayoutable",
    "createable",
    "deepCloneable",
    "deletable",
    "feedEnabled",
    "layoutable",
    "mergeable",
    "mruEnabled",
    "queryable",
    "replicateable",
    "retrieveable",
    "searchLayoutable",
    "searchable",
    "triggerable",
    "undeletable",
    "updateable",
)
_NEVER = ("activateable", "custom", "customSetting", "deprecatedAndHidden", "hasSubtypes", "isInterface", "isSubtype")
_NOTHING = (
    "associateEntityType",
    "associateParentEntity",
    "defaultImplementation",
    "extendedBy",
    "extendsInterfaces",
    "implementedBy",
    "implementsInterfaces",
)
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "address": "urn:address",
    "anyType": "xsd:anyType",
}
_SCOPES = {
    "everything": "All {0}",
    "mine": "My {0}",
    "scopingRule": "Filter by scope",
    "team": "My team's {0}",
    "delegated": "My delegated {0}",
}
_MASTER_RECORD_TYPE = "012000000000000AAA"

Picklists = Mapping[tuple[str, str], Sequence[str]]
"""Picklist values that rows of the org decide, by object and field."""


class Describer:
    """Describes the schema as these quirks let the integration user see it."""

    def __init__(self, schema: Schema, quirks: Mapping[str, Any], picklists: Picklists, base: str) -> None:
        self._schema, self._quirks, self._picklists, self._base = schema, quirks, picklists, base

    def everything(self) -> dict[str, Any]:
        """The global describe."""
        visible = (sobject for sobject in self._schema.objects.values() if self._schema.sees(self._quirks, sobject))
        entries = [_object(sobject) | {"urls": self._urls(sobject, short=True)} for sobject in visible]
        return {
            "encoding": "UTF-8",
            # The size of a collection, as every recorded org says it.
            "maxBatchSize": 200,
            "sobjects": sorted(entries, key=lambda entry: str(entry["name"])),
        }

    def object(self, sobject: SObject) -> dict[str, Any]:
        """The describe of one object."""
        described = _object(sobject) | {
            "actionOverrides": [],
            "childRelationships": list(self._children(sobject)),
            "fields": [self._field(sobject, field) for field in self._fields(sobject)],
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": self._record_types(sobject),
            "sobjectDescribeOption": "FULL",
            "supportedScopes": [
                {"label": _SCOPES[name].format(sobject.plural.lower()), "name": name} for name in sobject.scopes
            ],
            "urls": self._urls(sobject, short=False),
        }
        return dict(sorted(described.items()))

    def _fields(self, sobject: SObject) -> Iterator[Field]:
        # A field that the user cannot see is left out: describe never says that it exists.
        return (field for field in sobject.fields.values() if self._schema.sees(self._quirks, sobject, field))

    def _children(self, sobject: SObject) -> Iterator[dict[str, Any]]:
        for child, field in self._schema.children(sobject.name):
            if self._schema.sees(self._quirks, child, field):
                yield {
                    "cascadeDelete": field.cascade,
                    "childSObject": child.name,
                    "deprecatedAndHidden": False,
                    "field": field.name,
                    "junctionIdListNames": [],
                    "junctionReferenceTo": [],
                    "relationshipName": field.child_list,
                    "restrictedDelete": False,
                }

    def _record_types(self, sobject: SObject) -> list[dict[str, Any]]:
        if "compactLayoutable" not in sobject.can or sobject.name == "OpportunityContactRole":
            return []
        layout = f"{self._base}/sobjects/{sobject.name}/describe/layouts/{_MASTER_RECORD_TYPE}"
        return [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": _MASTER_RECORD_TYPE,
                "urls": {"layout": layout},
            }
        ]

    def _urls(self, sobject: SObject, *, short: bool) -> dict[str, str]:
        root = f"{self._base}/sobjects/{sobject.name}"
        urls = {"describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}", "sobject": root}
        if not short and "compactLayoutable" in sobject.can:
            urls |= {
                "compactLayouts": f"{root}/describe/compactLayouts",
                "layouts": f"{root}/describe/layouts",
                "quickActions": f"{root}/quickActions",
            }
        return urls

    def _field(self, sobject: SObject, field: Field) -> Mapping[str, Any]:
        return _described(
            field,
            _extra_type(sobject, field),
            tuple(self._picklists.get((sobject.name, field.name), field.values)),
            no_key=field.custom and self._quirks["key_not_external"],
            not_unique=field.custom and self._quirks["key_not_unique"],
        )


@lru_cache(maxsize=4096)  # a describe says the same of most fields every time
def _described(
    field: Field, extra_type: str | None, values: tuple[str, ...], *, no_key: bool, not_unique: bool
) -> Mapping[str, Any]:
    described = _constants() | {
        "aggregatable": field.aggregatable,
        "byteLength": field.length * 3 if field.type in TEXT_TYPES else field.length,
        "calculated": field.calculated,
        "cascadeDelete": field.cascade and field.custom,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else field.default,
        "defaultedOnCreate": field.defaulted_on_create,
        "digits": field.digits,
        "externalId": field.external_id and not no_key,
        "extraTypeInfo": extra_type,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.id_lookup and not no_key,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [_picklist_value(value, field.default) for value in values],
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision,
        "queryByDistance": field.type == "address",
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted_picklist,
        "scale": field.scale,
        "searchPrefilterable": field.search_prefilterable,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique and not not_unique,
        "updateable": field.updateable,
    }
    return dict(sorted(described.items()))


def _object(sobject: SObject) -> dict[str, Any]:
    """What the global and the single describe both say."""
    return {
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "name": sobject.name,
        **{right: right in sobject.can for right in _RIGHTS},
        **dict.fromkeys(_NEVER, False),
        **dict.fromkeys(_NOTHING),
    }


def _constants() -> dict[str, Any]:
    """Attributes that no field of this org sets, each with its resting value."""
    false = (
        "aiPredictionField",
        "autoNumber",
        "dependentPicklist",
        "deprecatedAndHidden",
        "displayLocationInDecimal",
        "encrypted",
        "formulaTreatNullNumberAsZero",
        "highScaleNumber",
        "htmlFormatted",
        "restrictedDelete",
        "writeRequiresMasterRead",
    )
    none = (
        "calculatedFormula",
        "controllerName",
        "defaultValueFormula",
        "filteredLookupInfo",
        "inlineHelpText",
        "mask",
        "maskType",
        "referenceTargetField",
        "relationshipOrder",
    )
    return {**dict.fromkeys(false, False), **dict.fromkeys(none)}


def _extra_type(sobject: SObject, field: Field) -> str | None:
    if field.type == "textarea":
        return "plaintextarea"
    if field.name == "PhotoUrl":
        return "imageurl"
    whole = field.name == "Name" and any(part.compound == "Name" for part in sobject.fields.values())
    return "personname" if whole or field.compound == "Name" else None


def _picklist_value(entry: str, default: Any) -> dict[str, Any]:
    value, _, label = entry.partition("|")
    return {"active": True, "defaultValue": value == default, "label": label or value, "validFor": None, "value": value}
