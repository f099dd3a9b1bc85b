"""What the control port does to the simulated HubSpot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.api.settings import edit_owner, edit_pipeline, edit_stage
from sandbox.hubspot.portal.objects import OBJECTS, find_object
from sandbox.hubspot.portal.portal import Portal, RecordError, Target
from sandbox.hubspot.portal.quirks import QUIRKS
from sandbox.server.control import ControlError, check_quirks
from sandbox.server.gateway import Gateway

_EDIT_KEYS = ("object", "id", "fields", "as", "delete", "restore", "erase", "merge")
_LINK_KEYS = ("from_object", "from_id", "to_object", "to_id", "labels")
_SETTINGS = {"owners": edit_owner, "pipelines": edit_pipeline, "stages": edit_stage}
_PLAIN_TABLES = ("owners", "pipelines", "associations")


class HubSpotSubject:
    """The portal behind *gateway*, as the control port changes and reads it."""

    def __init__(self, portal: Portal, gateway: Gateway) -> None:
        self._portal = portal
        self.gateway = gateway

    def table(self, name: str) -> list[dict[str, Any]]:
        """All records of an object, archived ones included; or all owners, pipelines or associations."""
        match name:
            case "owners":
                return [owner.wire() for owner in self._portal.schema.owners.values()]
            case "pipelines":
                return [pipeline.wire(place) for place, pipeline in enumerate(self._portal.schema.pipelines.values())]
            case "associations":
                return self._portal.association_table()
        return self._portal.table(self._object(name))

    def quirks(self) -> Mapping[str, Any]:
        """The live switches."""
        return self._portal.quirks

    def set_quirks(self, values: Mapping[str, Any]) -> None:
        """Set some switches; an unknown name refuses them all."""
        check_quirks(QUIRKS, values)
        with self._portal.lock:
            self._portal.quirks.update(values)

    def edit(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Make a person's change: to the record `id`, or without one create it.

        `delete` archives it, `restore` takes it out of the bin, `erase` leaves nothing of it, and `merge` names the
        record that is folded into it. The object `associations` takes the two ends and the labels that join them then,
        and `owners` takes `archived`; `pipelines` and `stages` are changed, made and removed as in the settings.
        `as` is a user's id, or an owner's name or mail address; without it the change is the administrator's.
        """
        if unknown := sorted(set(change) - set(_EDIT_KEYS)):
            raise ControlError(f"unknown key {unknown[0]!r}; expected {', '.join(_EDIT_KEYS)}")
        name, fields = change.get("object"), change.get("fields", {})
        if not isinstance(fields, dict):
            raise ControlError("fields: expected an object of property names and values")
        by = self._person(change.get("as"))
        try:
            if name == "associations":
                return self._edit_link(fields, by, cut=change.get("delete") is True)
            if name in _SETTINGS:
                return _SETTINGS[name](self._portal, change, fields)
            kind = self._object(name)
            return {"id": self._write(kind, change, fields, by), "object": kind, "as": by}
        except RecordError as error:
            raise ControlError(f"{name} refused: {error.category}: {error.message}") from None

    def _write(self, kind: str, change: Mapping[str, Any], fields: Mapping[str, Any], by: str) -> str:
        portal, record_id = self._portal, str(change.get("id") or "")
        if not record_id:
            return str(portal.create(kind, fields, by=by)["id"])
        if not record_id.isdecimal():
            raise ControlError(f"id: expected the digits of a record id, found {record_id!r}")
        if change.get("restore") is True:
            portal.restore(kind, record_id, by=by)
        if fields:
            portal.update(kind, record_id, fields, by=by)
        if change.get("merge"):
            record_id = str(portal.merge(kind, record_id, str(change["merge"]), by=by)["id"])
        if change.get("delete") is True:
            portal.archive(kind, record_id, by=by)
        if change.get("erase") is True:
            portal.erase(kind, record_id)
        return record_id

    def _edit_link(self, fields: Mapping[str, Any], by: str, *, cut: bool) -> dict[str, Any]:
        if unknown := sorted(set(fields) - set(_LINK_KEYS)):
            raise ControlError(f"associations: unknown field {unknown[0]!r}; expected {', '.join(_LINK_KEYS)}")
        start, end = self._object(fields.get("from_object")), self._object(fields.get("to_object"))
        from_id, to_id = (str(fields.get(name, "")) for name in ("from_id", "to_id"))
        if not from_id.isdecimal() or not to_id.isdecimal():
            raise ControlError("associations: from_id and to_id are record ids")
        known = {known.label: known.key for known in self._portal.labels(start, end)}
        labels = fields.get("labels", [])
        if missing := [label for label in labels if label not in known]:
            offered = ", ".join(label for label in known if label)
            raise ControlError(f"associations: no label {missing[0]!r} from {start} to {end}; there are {offered}")
        target = Target(end, int(to_id), tuple(known[label] for label in labels))
        (self._portal.disassociate if cut else self._portal.associate)(start, from_id, target, by=by)
        return {"object": "associations", "from": from_id, "to": to_id, "as": by}

    def _object(self, name: Any) -> str:
        kind = find_object(name) if isinstance(name, str) else None
        if kind is None:
            known = ", ".join([*OBJECTS, *_PLAIN_TABLES])
            raise ControlError(f"unknown object {name!r}; known are {known}", 404)
        return kind.name

    def _person(self, who: Any) -> str:
        if who is None:
            return self._portal.admin_id
        owners = self._portal.schema.owners.values()
        named = next((owner.user_id for owner in owners if str(who) in {owner.user_id, owner.name, owner.email}), None)
        if named is None and not str(who).isdecimal():
            raise ControlError(f"as: no owner has the user id, name or mail address {who!r}", 404)
        return named or str(who)
