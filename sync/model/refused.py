"""Records that the CRM refused: what it said, and which of them are still wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.model import WriteKind
from sync.model.effect import Effect


@dataclass(frozen=True, slots=True)
class RefusedEffect:
    """An effect that the CRM refused last, and since when it refuses what is wanted of that record."""

    effect: Effect
    since: datetime

    @property
    def message(self) -> str:
        """What the CRM said."""
        return self.effect.message or self.effect.code or "refused without a reason"

    @property
    def group(self) -> tuple[str, WriteKind]:
        """The message and the kind: of each of these one record is tried before the others follow."""
        return self.message, self.effect.kind


@dataclass(frozen=True, slots=True)
class Refused:
    """Records that were refused with one message, as reports show them."""

    message: str
    kind: WriteKind
    count: int
    since: datetime
    deals: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return {
            "message": self.message,
            "kind": self.kind.value,
            "count": self.count,
            "since": self.since.isoformat(),
            "deals": list(self.deals),
        }


def grouped(effects: Iterable[RefusedEffect]) -> tuple[Refused, ...]:
    """Return refused effects by message and kind, the most first."""
    groups: dict[tuple[str, WriteKind], list[RefusedEffect]] = defaultdict(list)
    for refused in effects:
        groups[refused.group].append(refused)
    listed = [
        Refused(
            message,
            kind,
            len(several),
            min(refused.since for refused in several),
            tuple(sorted({refused.effect.deal_id for refused in several if refused.effect.deal_id})),
        )
        for (message, kind), several in groups.items()
    ]
    return tuple(sorted(listed, key=lambda refused: (-refused.count, refused.message, refused.kind)))
