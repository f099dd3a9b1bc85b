"""What the control port does to the simulated Salesforce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.data.ids import full_id
from sandbox.salesforce.data.quirks import QUIRKS
from sandbox.salesforce.data.refusals import RowError
from sandbox.salesforce.org.defaults import ADMIN_USER_ID
from sandbox.salesforce.org.org import Org
from sandbox.server.control import ControlError, check_quirks
from sandbox.server.gateway import Gateway

_EDIT_KEYS = ("object", "id", "fields", "as", "delete", "undelete", "merge")


class SalesforceSubject:
    """The org behind *gateway*, as the control port changes and reads it."""

    def __init__(self, org: Org, gateway: Gateway) -> None:
        self._org = org
        self.gateway = gateway

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of an object, deleted ones included, computed fields too."""
        return self._org.table(self._object(name))

    def quirks(self) -> Mapping[str, Any]:
        """The live switches."""
        return self._org.quirks

    def set_quirks(self, values: Mapping[str, Any]) -> None:
        """Set some switches; an unknown name refuses them all."""
        check_quirks(QUIRKS, values)
        with self._org.lock:
            self._org.quirks.update(values)

    def edit(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Make a person's change: to the record `id`, or without one create it.

        `undelete` takes it out of the bin, with what went along; `merge` names the record or records that are merged
        into it; `delete` deletes it. `as` is a user's id or name; without it the change is the administrator's.
        """
        if unknown := sorted(set(change) - set(_EDIT_KEYS)):
            raise ControlError(f"unknown key {unknown[0]!r}; expected {', '.join(_EDIT_KEYS)}")
        name, fields = self._object(change.get("object")), change.get("fields", {})
        if not isinstance(fields, dict):
            raise ControlError("fields: expected an object of API names and values")
        by = self._person(change.get("as"))
        try:
            record_id = self._write(name, change, fields, by)
        except RowError as error:
            raise ControlError(f"{name} refused: {error.status_code}: {error.message}") from None
        return {"id": record_id, "object": name, "as": by}

    def _write(self, name: str, change: Mapping[str, Any], fields: Mapping[str, Any], by: str) -> str:
        given, org = change.get("id"), self._org
        if given is None and not any(change.get(key) for key in ("delete", "undelete", "merge")):
            return org.insert(name, fields, by=by)
        record_id = _record_id("id", given)
        if change.get("undelete") is True:
            org.undelete(name, record_id, by=by)
        if fields:
            org.update(name, record_id, fields, by=by)
        if merged := change.get("merge"):
            listed = merged if isinstance(merged, list) else [merged]
            org.merge(name, record_id, [_record_id("merge", loser) for loser in listed], by=by)
        if change.get("delete") is True:
            org.delete(name, record_id, by=by)
        return record_id

    def _object(self, name: Any) -> str:
        sobject = self._org.schema.find(name) if isinstance(name, str) else None
        if sobject is None:
            raise ControlError(f"unknown object {name!r}; known are {', '.join(sorted(self._org.schema.objects))}", 404)
        return sobject.name

    def _person(self, who: Any) -> str:
        if who is None:
            return ADMIN_USER_ID
        if isinstance(who, str) and (user_id := full_id(who)) is not None and user_id.startswith("005"):
            return user_id
        named = [user["Id"] for user in self._org.table("User") if who in (user["Name"], user["Username"])]
        if not named:
            raise ControlError(f"as: no user has the id, name or username {who!r}", 404)
        return str(named[0])


def _record_id(key: str, given: Any) -> str:
    record_id = full_id(str(given))
    if record_id is None:
        raise ControlError(f"{key}: expected a record id of 15 or 18 characters, found {given!r}")
    return record_id
