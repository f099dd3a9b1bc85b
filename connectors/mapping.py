"""Which CRM fields mean what, and what their values say: the map of one org, and element levels."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from connectors.filler import is_filler, says_nothing, visible_text
from connectors.odd_values import plausible_number
from connectors.plain_text import folded, listed

HIGHEST_LEVEL: Final = 3

FieldKind = Literal["text", "checkbox", "lookup", "number", "picklist", "date", "other"]
"""What a mapped field can say, whatever the CRM calls its type."""

_LEADING_NUMBER: Final = re.compile(
    r"(?:level|lvl|step|score|stage|stufe|nivel|niveau|livello|nível|nivå|レベル)?\s*(\d+)\s*"
    r"(?:[-\u2013\u2014:.)=](?!\s*\d)|$)",
    re.IGNORECASE,
)
_NO_PERCENT: Final = re.compile(r"0+(?:[.,]0+)?\s*%")
_LEVEL_WORDS: Final[Mapping[str, int]] = {
    word: level
    for level, words in (
        (
            1,
            """yes, identified, named, known, started, hypothesis, in progress, in discovery, sim, si, sí, identificado
            iniciado, conhecido, conocido, em andamento, en curso, en progreso, ja, identifiziert, benannt, bekannt
            begonnen, in arbeit, oui, identifié, identifiée, connu, commencé, en cours, identificato, noto, iniziato
            in corso, geïdentificeerd, bekend, gestart, bezig, identifierad, känd, påbörjad, pågår, はい, 特定済み
            特定, 着手, 進行中, 対応中""",
        ),
        (
            2,
            """confirmed, validated, agreed, engaged, verified, confirmado, validado, acordado, verificado, bestätigt
            validiert, vereinbart, geprüft, confirmé, validé, convenu, vérifié, confermato, validato, concordato
            verificato, bevestigd, gevalideerd, overeengekomen, bekräftad, validerad, överenskommen, verifierad
            確認済み, 検証済み, 合意済み, 合意""",
        ),
        (
            3,
            """documented, complete, completed, done, proven, committed, documentado, completo, concluído, concluido
            comprometido, dokumentiert, vollständig, abgeschlossen, erledigt, nachgewiesen, documenté, terminé, complet
            prouvé, documentato, completato, completo, gedocumenteerd, voltooid, afgerond, bewezen, dokumenterad
            slutförd, klar, bevisad, 文書化済み, 完了, 実証済み""",
        ),
    )
    for word in listed(words)
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
    maps this org's own role names to canonical ones, before the shipped synonyms are asked. *extra_kinds* says as what
    an extra is read, where rules need more than a text of it.
    """

    elements: Mapping[str, ElementMap] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)
    muted_until: str | None = None
    scores: ScoreMap | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    extra_kinds: Mapping[str, FieldKind] = field(default_factory=dict)


def level_of_value(value: object, kind: FieldKind, values: Mapping[str, int], lowest: int = 0) -> int:
    """Return the level, 0 to 3, that the value of a mapped field shows; an empty value shows 0.

    *values* are configured levels of a picklist's values, *lowest* is what ``lowest_step`` says of its scale.
    """
    if value is None or value == "":
        return 0
    if kind == "number" and isinstance(value, int | float) and plausible_number(value) is not None:
        # Orgs keep scales of 0-10 as well: anything above the highest level counts as the highest.
        return min(HIGHEST_LEVEL, max(0, int(value)))
    if kind == "checkbox":
        return int(value is True)
    if kind == "picklist":
        # A multi-select of either CRM is one text joined by semicolons.
        return max((_level_of_word(part, values, lowest) for part in str(value).split(";")), default=0)
    if kind == "text":
        return int(bool(visible_text(str(value))) and not is_filler(str(value)))
    return 1


def lowest_step(choices: Sequence[str], values: Mapping[str, int]) -> int:
    """Return the number of the lowest step of a scale whose choices are all numbered, else 0.

    "1 - Unknown" to "4 - Proven" is the scale 0 to 3, counted from one.
    """
    numbers = [_LEADING_NUMBER.match(choice.strip()) for choice in choices if choice.strip() not in values]
    steps = [_step(number[1]) for number in numbers if number]
    return min(steps) if len(steps) > 1 and len(steps) == len(numbers) else 0


def _step(digits: str) -> int:
    """Return the number of a step; of one that is longer than any scale, some number beyond every level."""
    # Python reads no number of thousands of digits, and a field may hold one.
    return int(digits.lstrip("0")[:9] or "0")


def _level_of_word(word: str, values: Mapping[str, int], lowest: int) -> int:
    word = word.strip()
    if word in values:
        return values[word]
    if number := _LEADING_NUMBER.match(word):
        rest = word[number.end() :].strip()
        return 0 if rest and says_nothing(rest) else min(HIGHEST_LEVEL, max(0, _step(number[1]) - lowest))
    if _NO_PERCENT.match(word):
        return 0
    level = _LEVEL_WORDS.get(folded(word))
    return level if level is not None else int(bool(word) and not says_nothing(word))


def highest_level_shown(kind: FieldKind, choices: tuple[str, ...], values: Mapping[str, int]) -> int:
    """Return the highest level that a field can show for an element: what a gate may ask of it at most."""
    if kind == "number":
        return HIGHEST_LEVEL
    if kind == "picklist":
        lowest = lowest_step(choices, values)
        return max((_level_of_word(choice, values, lowest) for choice in (*choices, *values)), default=1) or 1
    return 1


_READ_AS: Final[Mapping[FieldKind, frozenset[FieldKind]]] = {
    "number": frozenset({"number", "text", "picklist", "other"}),
    "date": frozenset({"date", "text", "other"}),
    "checkbox": frozenset({"checkbox", "text", "other"}),
}
"""The kinds of fields that can be read as each kind; whatever is not here can be read of any field."""

_NAMED: Final[Mapping[FieldKind, str]] = {
    "text": "a text",
    "checkbox": "a checkbox",
    "lookup": "a lookup",
    "number": "a number",
    "picklist": "a picklist",
    "date": "a date",
    "other": "of a type of its own",
}


def type_mismatch(wanted: FieldKind, kind: FieldKind) -> str | None:
    """Return what is wrong where a field of some *kind* is mapped as a *wanted* one, with both types; else None."""
    readable = _READ_AS.get(wanted)
    return None if readable is None or kind in readable else f"is {_NAMED[kind]} and is mapped as {_NAMED[wanted]}"


def other_than_text(kind: FieldKind) -> str | None:
    """Return what a field is that is mapped as an element's text and is none; None for a text."""
    return None if kind in ("text", "other") else _NAMED[kind]
