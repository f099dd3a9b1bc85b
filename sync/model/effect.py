"""Effects: intended writes, each remembered before its first byte leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from connectors.model import WriteKind
from sync.model.change import WriteContent

EffectState = Literal["planned", "sending", "done", "rejected", "unknown", "dropped"]
"""How far an effect is; *unknown* are those that were sent without an answer, until they are read back."""

OPEN_STATES: Final[tuple[EffectState, ...]] = ("planned", "sending", "unknown")
"""States of an effect that may still have to be sent or looked up."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One intended write.

    *values* are what ``connectors.model.Write`` carries, *payload_hash* tells whether two effects want the same.
    *episode* is the number in the key of a task to create; *absent_at* the CRM's time when one that was sent without an
    answer was first looked up and not found.
    """

    effect_id: str
    run_id: str
    plan_id: str | None
    kind: WriteKind
    key: str | None
    deal_id: str
    family: str | None
    remote_id: str | None
    values: Mapping[str, Any]
    payload_hash: str
    episode: int | None = None
    state: EffectState = "planned"
    attempts: int = 0
    sent_at: datetime | None = None
    done_at: datetime | None = None
    code: str | None = None
    message: str | None = None
    absent_at: datetime | None = None

    @property
    def content(self) -> WriteContent:
        """What it sends, and to which record."""
        return WriteContent(self.key or self.deal_id, self.kind, self.payload_hash)
