"""Which deal and family a managed task belongs to: by its key, and where that does not fit its deal by its origin.

========================================  ============================================================
the key fits                              the task belongs to
========================================  ============================================================
the deal that it hangs on                 that deal
another deal that is still known          that one: a person moved the task
a deal that went into the one it is on    the deal that remains
a deal that is gone                       the deal that it hangs on now; to the gone one if it hangs on none
none, by any family of the rules          its deal, in a family that nobody knows: its rules may tell more
========================================  ============================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sync.model import task_key
from sync.model.origin import UNTOLD, Origin, Origins
from sync.model.task_stated import rules_in

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The deal and family of a task, how it came to the deal that it hangs on, and the rules that it last named."""

    deal_id: str
    family: str
    how: Literal["made", "moved", "brought"] = "made"
    rules: str | None = None


class Attribution:
    """Finds the places of tasks; *looked_up* are the origins that it found by looking at all deals."""

    def __init__(self, families: Iterable[str], origins: Origins | None) -> None:
        self.looked_up: dict[str, Origin] = {}
        self._families, self._origins = tuple(families), origins
        self._stems: dict[str, dict[str, str]] = {}

    def places(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Place]]:
        """Yield the rows of ``own_tasks`` that belong to a deal, each with its place."""
        strays: list[Row] = []
        for row in rows:
            deal_id, parts = row["deal_id"], task_key.split(row["key"] or "")
            if parts is None:
                continue
            family = self._fitting(parts[0], deal_id)
            if family is None:
                strays.append(row)
            else:
                yield row, Place(deal_id, family)
        if strays and self._origins is not None:
            yield from self._strays(strays, self._origins)

    def _strays(self, rows: Sequence[Row], origins: Origins) -> Iterator[tuple[Row, Place]]:
        known = origins.of([row["key"] for row in rows])
        losers = origins.merged_into({row["deal_id"] for row in rows if row["deal_id"] is not None})
        settled = {row["key"]: self._settled(row, known.get(row["key"]), losers) for row in rows}
        asked = [row for row in rows if settled[row["key"]] is None and _matters(row)]
        if asked:
            self._look_up(asked, known, origins)
            settled |= {row["key"]: self.looked_up.get(row["key"]) for row in asked}
        for row in rows:
            place = _place(row, settled[row["key"]])
            if place is not None:
                yield row, place

    def _settled(self, row: Row, origin: Origin | None, losers: Mapping[str, Sequence[str]]) -> Origin | None:
        """Return the origin of a task if its deal and family are told, be it by the deals that went into its deal."""
        stem = _stem(row)
        if origin is not None:
            family = origin.family or self._fitting(stem, origin.deal_id)
            if family is not None:
                return Origin(origin.deal_id, family, origin.lives, origin.rules, origin.made)
        for loser in losers.get(row["deal_id"] or "", ()):
            family = self._fitting(stem, loser)
            if family is not None:
                return Origin(loser, family, lives=False, rules=origin.rules if origin else None)
        return None

    def _look_up(self, rows: Sequence[Row], known: Mapping[str, Origin], origins: Origins) -> None:
        """Look for the deals of tasks among all that there are; where that is in vain their family is untold."""
        wanted = {_stem(row) for row in rows}
        fits = {
            stem: (deal_id, family)
            for deal_id in origins.known_deals()
            for family in self._families
            if (stem := task_key.stem(deal_id, family)) in wanted
        }
        for row in rows:
            first_seen = known.get(row["key"])
            rules = first_seen.rules if first_seen else None
            if _stem(row) in fits:
                deal_id, family = fits[_stem(row)]
                self.looked_up[row["key"]] = Origin(deal_id, family, lives=True, rules=rules)
            else:
                deal_id, lives = (first_seen.deal_id, first_seen.lives) if first_seen else (row["deal_id"] or "", False)
                self.looked_up[row["key"]] = Origin(deal_id, UNTOLD, lives, rules)

    def _fitting(self, stem: str, deal_id: str | None) -> str | None:
        """Return the family by which a key's stem fits a deal."""
        if deal_id is None:
            return None
        if deal_id not in self._stems:
            self._stems[deal_id] = {task_key.stem(deal_id, family): family for family in self._families}
        return self._stems[deal_id].get(stem)


def _matters(row: Row) -> bool:
    """Whether it is worth looking for the origin of a task: a digest has none, and an ended one without a deal ends."""
    still_open = bool(row["is_open"]) and not row["is_deleted"]
    return row["deal_id"] is not None or (still_open and rules_in(row["body"] or "") is not None)


def _place(row: Row, origin: Origin | None) -> Place | None:
    if origin is None or origin.family is None or origin.family in task_key.DIGESTS:
        return None
    deal_id = row["deal_id"]
    # Of families that nobody knows each task is one of its own: two of them need not be about the same reason.
    family = f"{UNTOLD}{row['key']}" if origin.family == UNTOLD else str(origin.family)
    if deal_id == origin.deal_id:
        # A record that is no deal of ours may hang its tasks on something else.
        return Place(deal_id, family, rules=origin.rules) if origin.lives or origin.family != UNTOLD else None
    if origin.lives:
        return Place(origin.deal_id, family, "moved", origin.rules)
    if deal_id is None:
        return Place(origin.deal_id, family, rules=origin.rules)
    return Place(deal_id, family, "brought", origin.rules)


def _stem(row: Row) -> str:
    parts = task_key.split(row["key"])
    assert parts is not None
    return parts[0]
