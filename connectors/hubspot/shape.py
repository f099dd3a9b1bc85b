"""The field map of the config held against the portal's properties: what is really read of deals and companies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.elements import ElementColumns
from connectors.hubspot.objects import WANTED, Properties
from connectors.hubspot.stages import CURRENT_STAGE, Stages, entry_properties
from connectors.mapping import ElementMap, FieldMap, highest_level_shown

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
        extras={name: path for name, path in extras.items() if path in deal},
        account_extras={name: path for name, path in of_account.items() if path in company},
        muted_until=mapping.muted_until if mapping.muted_until in deal else None,
        scores={column: name for column, name in scores.items() if name in deal},
        entered={} if CURRENT_STAGE in deal else entry_properties(tuple(deal), stages),
        problems=(
            *_problems({**_places(mapping), **extras}, "deals", deal),
            *_problems(of_account, "companies", company),
        ),
    )


def _element(name: str, mapped: ElementMap, deal: Properties) -> ElementColumns:
    text = mapped.text if mapped.text in deal else None
    fields = [deal[path] for path in (mapped.field, mapped.level) if path and path in deal]
    shown = [highest_level_shown(field.kind, tuple(field.options), mapped.values) for field in fields]
    return ElementColumns(
        name=name,
        text=text,
        fields=tuple((field.name, field.kind) for field in fields),
        confirmed_on=mapped.confirmed_on if mapped.confirmed_on in deal else None,
        values=mapped.values,
        role=mapped.role,
        shows=max([1 if text else 0, 2 if mapped.role else 0, *shown]),
    )


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
