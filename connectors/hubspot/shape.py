"""The field map of the config held against the portal's properties: what is really read of deals and companies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.elements import ElementColumns
from connectors.hubspot.objects import WANTED, Properties, PropertyInfo
from connectors.hubspot.stages import CURRENT_STAGE, Stages, entry_properties
from connectors.mapping import (
    ElementMap,
    FieldKind,
    FieldMap,
    highest_level_shown,
    level_of_value,
    lowest_step,
    other_than_text,
    type_mismatch,
)

_ACCOUNT: Final = "Account."
HISTORY: Final[Mapping[str, str]] = {
    "dealstage": "stage",
    "closedate": "close_date",
    "amount": "amount",
    "hubspot_owner_id": "owner",
}
"""Properties whose former values are read, and the field of ``changes`` that each is."""


@dataclass(frozen=True, slots=True)
class DealShape:
    """What is read of a deal. *entered* names, by stage id, the date of entry where no property has the current one.

    *account_extras* are read from the deal's company. *problems* names mapped properties that cannot be read.
    """

    elements: tuple[ElementColumns, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)
    account_extras: Mapping[str, str] = field(default_factory=dict)
    muted_until: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    entered: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def properties(self) -> tuple[str, ...]:
        """Return every property of a deal that is read, once, in a stable order."""
        names = [*WANTED["deals"], *(path for element in self.elements for path in element.paths())]
        names += [*self.extras.values(), *self.scores.values(), *self.entered.values()]
        names += [self.muted_until] if self.muted_until else []
        return tuple(dict.fromkeys(names))

    def history(self) -> Mapping[str, str]:
        """Return the properties whose former values are read, and the field of ``changes`` that each is."""
        return {**HISTORY, **{path: element.name for element in self.elements for path in element.paths()}}


def deal_shape(mapping: FieldMap, objects: Mapping[str, Properties], stages: Stages) -> DealShape:
    """Resolve *mapping* against the portal's properties."""
    deal, company = objects["deals"], objects.get("companies", {})
    extras = {name: path for name, path in mapping.extras.items() if not path.startswith(_ACCOUNT)}
    of_account = {
        name: path.removeprefix(_ACCOUNT) for name, path in mapping.extras.items() if path.startswith(_ACCOUNT)
    }
    scores = mapping.scores.fields() if mapping.scores else {}
    return DealShape(
        elements=tuple(_element(name, mapped, deal) for name, mapped in mapping.elements.items()),
        extras={name: path for name, path in extras.items() if _is_readable(name, deal.get(path), mapping)},
        account_extras={
            name: path for name, path in of_account.items() if _is_readable(name, company.get(path), mapping)
        },
        muted_until=mapping.muted_until if _is_date(mapping.muted_until, deal) else None,
        scores={column: name for column, name in scores.items() if name in deal},
        entered={} if CURRENT_STAGE in deal else entry_properties(tuple(deal), stages),
        problems=(
            *_problems({**_places(mapping), **extras}, "deals", deal),
            *_problems(of_account, "companies", company),
            *_mismatches(mapping, {**deal, **{f"{_ACCOUNT}{name}": field for name, field in company.items()}}),
        ),
    )


def _element(name: str, mapped: ElementMap, deal: Properties) -> ElementColumns:
    text = deal.get(mapped.text or "")
    # An enumeration mapped as a text offers "Not Started" among its values, which any text but an empty one would pass.
    named = [mapped.field, mapped.level, mapped.text if text and other_than_text(text.kind) else None]
    fields = [deal[path] for path in dict.fromkeys(named) if path and path in deal]
    values = {**{value: level for field in fields for value, level in _levels(field, mapped).items()}, **mapped.values}
    shown = [highest_level_shown(field.kind, tuple(field.options), values) for field in fields]
    is_text = text is not None and other_than_text(text.kind) is None
    return ElementColumns(
        name=name,
        text=mapped.text if is_text else None,
        fields=tuple((field.name, field.kind) for field in fields),
        confirmed_on=mapped.confirmed_on if _is_date(mapped.confirmed_on, deal) else None,
        values=values,
        role=mapped.role,
        shows=max([1 if is_text else 0, 2 if mapped.role else 0, *shown]),
    )


def _levels(field: PropertyInfo, mapped: ElementMap) -> dict[str, int]:
    """Return the level of each value of an enumeration by its label: values are names that a portal made long ago."""
    if field.kind != "picklist":
        return {}
    lowest = lowest_step(tuple(field.options.values()), mapped.values)
    return {
        value: level_of_value(label, "picklist", mapped.values, lowest)
        for value, label in field.options.items()
        if ";" not in label
    }


def _is_date(path: str | None, deal: Properties) -> bool:
    return path is not None and path in deal and type_mismatch("date", deal[path].kind) is None


def _places(mapping: FieldMap) -> dict[str, str | None]:
    return {
        **{f"element {name}": element.text for name, element in mapping.elements.items()},
        **{f"element {name} (field)": element.field for name, element in mapping.elements.items()},
        **{f"element {name} (level)": element.level for name, element in mapping.elements.items()},
        **{f"element {name} (date)": element.confirmed_on for name, element in mapping.elements.items()},
        "muted_until": mapping.muted_until,
    }


def _problems(places: Mapping[str, str | None], kind: str, known: Properties) -> Iterator[str]:
    for place, name in places.items():
        if name and name not in known:
            yield (
                f"{place}: {kind} have no property {name}, or our key may not see it, so what it says is unknown; "
                "correct the map, or grant the scope that shows it"
            )


def _is_readable(name: str, field: PropertyInfo | None, mapping: FieldMap) -> bool:
    return field is not None and type_mismatch(mapping.extra_kinds.get(name, "text"), field.kind) is None


def _mismatches(mapping: FieldMap, known: Properties) -> Iterator[str]:
    """Report properties of another type than they are mapped as, with both types."""
    dates = {f"element {name} (date)": mapped.confirmed_on for name, mapped in mapping.elements.items()}
    wanted: dict[str, tuple[str | None, FieldKind]] = {place: (path, "date") for place, path in dates.items()}
    wanted["muted_until"] = (mapping.muted_until, "date")
    wanted |= {name: (mapping.extras.get(name), kind) for name, kind in mapping.extra_kinds.items()}
    for place, (path, kind) in wanted.items():
        field = known.get(path or "")
        if field is not None and (wrong := type_mismatch(kind, field.kind)):
            yield f"{place}: the property {path} {wrong}, so what it says is unknown; correct the map"
    for name, mapped in mapping.elements.items():
        text = known.get(mapped.text or "")
        if text is not None and (actual := other_than_text(text.kind)):
            yield f"element {name}: the property {mapped.text} is {actual}, mapped as a text; it is read as {actual}"
