"""What the scopes of a token allow."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sandbox.hubspot.api.call import Call
from sandbox.hubspot.api.errors import missing_scopes
from sandbox.hubspot.portal.objects import find_object

SCOPES = (
    "oauth",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.owners.read",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "sales-email-read",
)
"""What the app and the key are granted; the quirk `missing_scopes` takes some of them away."""

_OWN_SCOPES = {"deals", "contacts", "companies"}


def check_scopes(call: Call, kind: str, missing: Collection[str]) -> None:
    """Refuse *call*, which is of *kind*, where every scope that would allow it is among the *missing*."""
    for wanted in _wanted(call, "write" if kind == "write" else "read"):
        if missing and all(scope in missing for scope in wanted):
            raise missing_scopes(wanted)


def _wanted(call: Call, access: str) -> Iterator[list[str]]:
    """Return the scopes of a call: of each list one is enough, and all lists are needed."""
    match call.area, call.rest:
        case "objects", (name, _, "associations", *others) if ends := [n for n in others if find_object(n)]:
            yield from (_object_scopes(end, access) for end in (name, *ends))
        case "objects", (name, *_):
            yield _object_scopes(name, access)
        case "associations", (first, second, *_):
            yield from (_object_scopes(end, access) for end in (first, second))
        case "owners", _:
            yield ["crm.objects.owners.read"]
        case (("properties" | "pipelines" | "schemas"), (name, *_)):
            yield _schema_scopes(name, access)


def _object_scopes(name: str, access: str) -> list[str]:
    kind = find_object(name)
    plural = kind.name if kind else name
    if plural == "emails" and access == "read":
        return ["sales-email-read"]
    return [f"crm.objects.{_scope_of(plural)}.{access}"]


def _schema_scopes(name: str, access: str) -> list[str]:
    kind = find_object(name)
    word = _scope_of(kind.name if kind else name)
    also = [f"crm.objects.{word}.read"] if access == "read" else []
    return [f"crm.schemas.{word}.{access}", *also]


def _scope_of(plural: str) -> str:
    """Activities go by the scopes of contacts."""
    return plural if plural in _OWN_SCOPES else "contacts"
