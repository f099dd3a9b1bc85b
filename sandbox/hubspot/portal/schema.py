"""What the portal knows of its own shape: properties and their groups, pipelines, owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.portal import definitions, owners, pipelines
from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.objects import ENGAGEMENTS, OBJECTS, ObjectType
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.pipelines import STANDARD_PIPELINE, Pipeline, Stage, stage_properties
from sandbox.hubspot.portal.refusals import RecordError, invalid
from sandbox.hubspot.portal.standard_properties import GROUPS, standard_properties
from sandbox.hubspot.portal.storage import Storage

MOST_UNIQUE = 10
"""How many properties of an object may have unique values."""


class Schema:
    """Definitions, kept in the state file as far as they are not every portal's."""

    def __init__(self, storage: Storage, quirks: Mapping[str, Any], like: Schema | None = None) -> None:
        self._storage, self._quirks = storage, quirks
        self.pipelines: dict[str, Pipeline] = {}
        self.owners: dict[str, Owner] = {}
        self.groups = {name: dict(groups) for name, groups in GROUPS.items()}
        self._properties: dict[str, dict[str, Property]] = {}
        if like is None:
            self._read()
        else:
            self._copy(like)

    def _copy(self, other: Schema) -> None:
        self.pipelines, self.owners = dict(other.pipelines), dict(other.owners)
        self.groups = {name: dict(groups) for name, groups in other.groups.items()}
        self._properties = {name: dict(known) for name, known in other._properties.items()}

    def _read(self) -> None:
        storage = self._storage
        for name in OBJECTS:
            self._properties[name] = {}
            self._define(name, *standard_properties(name))
        for _, facts in storage.remembered("pipeline"):
            self._keep(pipelines.from_facts(facts))
        if not self.pipelines:
            self.set_pipelines(STANDARD_PIPELINE)
        for owner, facts in storage.remembered("group"):
            self.groups[owner][facts["name"]] = facts["label"]
        for owner, facts in storage.remembered("property"):
            self._define(owner, definitions.from_facts(facts))
        for _, facts in storage.remembered("owner"):
            known_owner = owners.from_facts(facts)
            self.owners[known_owner.id] = known_owner

    def all(self, object_type: str) -> dict[str, Property]:
        """Every property of an object by name, hidden ones included."""
        return self._properties[object_type]

    def visible(self, object_type: str) -> dict[str, Property]:
        """The properties that the integration sees."""
        hidden = set(self._quirks["hide_properties"])
        known = self._properties[object_type]
        return (
            {name: prop for name, prop in known.items() if f"{object_type}.{name}" not in hidden} if hidden else known
        )

    def is_unique(self, known: Property) -> bool:
        """Whether the portal keeps the values of a property apart."""
        return known.unique and (known.standard or not self._quirks["key_not_unique"])

    def wire(self, known: Property) -> dict[str, Any]:
        """Show a definition under the quirks of this portal."""
        return known.wire(unique=self.is_unique(known))

    def add(self, kind: ObjectType, body: Mapping[str, Any], created: str) -> Property:
        """Make a property as a request asks for it, or refuse it."""
        known = definitions.requested(body, list(self.groups[kind.name]), created)
        if kind.name in ENGAGEMENTS and self._quirks["no_properties_on_engagements"]:
            raise invalid(f"custom properties are not supported on {kind.name}")
        if known.name in self._properties[kind.name]:
            raise RecordError(409, "OBJECT_ALREADY_EXISTS", f"A property named {known.name} already exists")
        if known.unique:
            if kind.name == "tasks" and self._quirks["no_unique_on_tasks"]:
                raise invalid(f"{known.name}: tasks cannot have properties with unique values")
            if sum(prop.unique and not prop.standard for prop in self._properties[kind.name].values()) >= MOST_UNIQUE:
                raise invalid(f"{kind.name} have {MOST_UNIQUE} properties with unique values, the most there may be")
        self.install(kind.name, known)
        return known

    def install(self, object_type: str, known: Property) -> None:
        """Put a property on the schema."""
        self._define(object_type, known)
        self._storage.remember("property", object_type, known.name, known.facts())

    def archive(self, kind: ObjectType, name: str) -> None:
        """Take a property off the schema; its values stay where they are, unread."""
        known = self._properties[kind.name].get(name)
        if known is None:
            raise RecordError(404, "OBJECT_NOT_FOUND", f"No property {name} on {kind.name}")
        if known.standard:
            raise invalid(f"{name} is HubSpot's own and cannot be archived")
        del self._properties[kind.name][name]
        self._storage.forget("property", kind.name, name)

    def add_group(self, object_type: str, name: str, label: str) -> None:
        """Make a property group."""
        if name in self.groups[object_type]:
            raise RecordError(409, "OBJECT_ALREADY_EXISTS", f"A property group named {name} already exists")
        self.groups[object_type][name] = label
        self._storage.remember("group", object_type, name, {"name": name, "label": label})

    def set_pipelines(self, *given: Pipeline) -> None:
        """Put these deal pipelines in the place of those that are there."""
        for old in self.pipelines.values():
            self._storage.forget("pipeline", "deals", old.id)
            for known in stage_properties(old):
                del self._properties["deals"][known.name]
        # The properties that time a stage come and go with the stage, as portals have one set per stage.
        self.pipelines.clear()
        for pipeline in given:
            self._storage.remember("pipeline", "deals", pipeline.id, pipeline.facts())
            self._keep(pipeline)

    def stage(self, pipeline_id: str | None, stage_id: str | None) -> Stage | None:
        """Find a stage of a pipeline."""
        pipeline = self.pipelines.get(pipeline_id or "")
        return pipeline.stage(stage_id or "") if pipeline else None

    def set_owner(self, owner: Owner) -> None:
        """Add an owner, or change one."""
        self.owners[owner.id] = owner
        self._storage.remember("owner", "", owner.id, owner.facts())

    def _keep(self, pipeline: Pipeline) -> None:
        self.pipelines[pipeline.id] = pipeline
        self._define("deals", *stage_properties(pipeline))

    def _define(self, object_type: str, *properties: Property) -> None:
        self._properties[object_type] |= {known.name: known for known in properties}
        self._storage.add_columns(object_type, properties)
