"""A whole config file: its sections, and the connections by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from sync.config.calendar import CalendarSettings
from sync.config.connections import Connection
from sync.config.guards import Guards
from sync.config.sections import Digest, Quota, Retention, Rules, Schedule, Scope, Score, Store, Tasks
from sync.config.types import (
    ConnectionName,
    Section,
)


class Settings(Section):
    """A whole config file.

    What [segments], [families] and [scope] say in conditions and templates is checked by the rule loader, which knows
    the signals.
    """

    store: Store = Field(default_factory=Store)
    schedule: Schedule = Field(default_factory=Schedule)
    rules: Rules = Field(default_factory=Rules)
    segments: Mapping[str, str] = Field(
        default_factory=dict, description="name to condition; the first that holds counts"
    )
    families: Mapping[str, Any] = Field(default_factory=dict, description="families of rules, as in a rule file")
    scope: Scope = Field(default_factory=Scope)
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)
    tasks: Tasks = Field(default_factory=Tasks)
    digest: Digest = Field(default_factory=Digest)
    score: Score = Field(default_factory=Score)
    guards: Guards = Field(default_factory=Guards)
    quota: Quota = Field(default_factory=Quota)
    retention: Retention = Field(default_factory=Retention)
    connections: Mapping[ConnectionName, Connection] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _sections_with_paths(cls, value: Any) -> Any:
        """Take an absent section for an empty one, so that its default paths start at the config's folder."""
        # A section that is built as a default does not know the file's folder; one that is read does.
        return {"store": {}, "rules": {}, **value} if isinstance(value, dict) else value
