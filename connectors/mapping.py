"""Which CRM fields mean what, and what their values say: the map of one org, and element levels."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from connectors.filler import is_filler, visible_text

HIGHEST_LEVEL: Final = 3

FieldKind = Literal["text", "checkbox", "lookup", "number", "picklist", "date", "other"]
"""What a mapped field can say, whatever the CRM calls its type."""

_LEADING_NUMBER: Final = re.compile(r"(\d+)\s*(?:[-\u2013\u2014:.)=](?!\s*\d)|$)")
_LEVEL_WORDS: Final[Mapping[str, int]] = {
    word.strip(): level
    for level, words in enumerate(
        (
            """no, none, unknown, missing, open, n/a, na, not applicable, tbd, pending, not started, not identified,
            not yet, -, --, não, nao, nenhum, desconhecido, não iniciado, nao iniciado, não identificado, pendente,
            não se aplica, ninguno, desconocido, no iniciado, sin iniciar, no identificado, pendiente, no aplica""",
            """yes, identified, named, known, started, hypothesis, in progress, in discovery, sim, si, sí,
            identificado, iniciado, conhecido, conocido, em andamento, en curso, en progreso""",
            "confirmed, validated, agreed, engaged, verified, confirmado, validado, acordado, verificado",
            """documented, complete, completed, done, proven, committed, documentado, completo, concluído, concluido,
            comprometido""",
        )
    )
    for word in words.split(",")
}


@dataclass(frozen=True, slots=True)
class ElementMap:
    """Where an org keeps one MEDDPICC element: API names of its fields, and the role that stands for it.

    *field* is a checkbox, lookup, picklist or number; *level* a field that holds the level itself; *values* gives the
    level of a picklist's values where its words do not decide it.
    """

    text: str | None = None
    field: str | None = None
    role: str | None = None
    level: str | None = None
    confirmed_on: str | None = None
    values: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """The fields of a deal that our score is written to, by API name."""

    score: str
    band: str
    confidence: str
    reasons: str
    as_of: str

    def fields(self) -> dict[str, str]:
        """Return the API name of each canonical score column."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What one org's own fields mean.

    *extras* maps a name that conditions use (``x_region``) to an API path (``Region__c``, ``Account.Tier__c``); *roles*
    maps this org's own role names to canonical ones, before the shipped synonyms are asked.
    """

    elements: Mapping[str, ElementMap] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)
    muted_until: str | None = None
    scores: ScoreMap | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


def level_of_value(value: object, kind: FieldKind, values: Mapping[str, int]) -> int:
    """Return the level, 0 to 3, that the value of a mapped field shows; an empty value shows 0."""
    if value is None or value == "":
        return 0
    if kind == "number" and isinstance(value, int | float):
        # Orgs keep scales of 0-10 as well: anything above the highest level counts as the highest.
        return min(HIGHEST_LEVEL, max(0, int(value)))
    if kind == "checkbox":
        return int(value is True)
    if kind == "picklist":
        # A multi-select of either CRM is one text joined by semicolons.
        return max((_level_of_word(part, values) for part in str(value).split(";")), default=0)
    if kind == "text":
        return int(bool(visible_text(str(value))) and not is_filler(str(value)))
    return 1


def _level_of_word(word: str, values: Mapping[str, int]) -> int:
    word = word.strip()
    if word in values:
        return values[word]
    if number := _LEADING_NUMBER.match(word):
        return min(HIGHEST_LEVEL, int(number[1]))
    return _LEVEL_WORDS.get(word.casefold(), 1 if word else 0)


def highest_level_shown(kind: FieldKind, choices: tuple[str, ...], values: Mapping[str, int]) -> int:
    """Return the highest level that a field can show for an element: what a gate may ask of it at most."""
    if kind == "number":
        return HIGHEST_LEVEL
    if kind == "picklist":
        return max((_level_of_word(choice, values) for choice in (*choices, *values)), default=1) or 1
    return 1
