"""The field map of the config held against what the org shows: what is really read of a deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.elements import ElementColumns
from connectors.mapping import (
    ElementMap,
    FieldKind,
    FieldMap,
    highest_level_shown,
    lowest_step,
    other_than_text,
    type_mismatch,
)
from connectors.model import ROLES
from connectors.salesforce.objects import FieldInfo, ObjectInfo


@dataclass(frozen=True, slots=True)
class DealShape:
    """What is read of a deal beside its standard fields. *problems* names mapped fields that cannot be."""

    elements: tuple[ElementColumns, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)
    extra_kinds: Mapping[str, FieldKind] = field(default_factory=dict)
    muted_until: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    record_type: bool = False
    problems: tuple[str, ...] = ()

    def paths(self) -> tuple[str, ...]:
        """Return every mapped field path once, in a stable order."""
        paths = [path for element in self.elements for path in element.paths()]
        paths += self.extras.values()
        paths += [self.muted_until] if self.muted_until else []
        paths += self.scores.values()
        paths += ["RecordType.DeveloperName"] if self.record_type else []
        return tuple(dict.fromkeys(paths))


def deal_shape(mapping: FieldMap, objects: Mapping[str, ObjectInfo]) -> DealShape:
    """Resolve *mapping* against the describes of the org."""
    deal = objects["Opportunity"]
    elements = tuple(_element(name, mapped, deal) for name, mapped in mapping.elements.items())
    fields = {name: _field_at(path, objects) for name, path in mapping.extras.items()}
    extras = {
        name: path
        for name, path in mapping.extras.items()
        if (info := fields[name]) and type_mismatch(mapping.extra_kinds.get(name, "text"), info.kind) is None
    }
    scores = mapping.scores.fields() if mapping.scores else {}
    return DealShape(
        elements=elements,
        extras=extras,
        extra_kinds={name: info.kind for name, info in fields.items() if info},
        muted_until=mapping.muted_until if _is_date(mapping.muted_until, deal) else None,
        scores={column: name for column, name in scores.items() if name in deal.fields},
        record_type=deal.has("RecordTypeId"),
        problems=tuple(_problems(mapping, objects)),
    )


def _element(name: str, mapped: ElementMap, deal: ObjectInfo) -> ElementColumns:
    text = deal.fields.get(mapped.text or "")
    # A picklist mapped as a text offers "Not Started" among its values, which any text but an empty one would pass.
    named = [mapped.field, mapped.level, mapped.text if text and other_than_text(text.kind) else None]
    fields = [deal.fields[path] for path in dict.fromkeys(named) if path and path in deal.fields]
    kinds = [highest_level_shown(field.kind, field.choices, mapped.values) for field in fields]
    has_contact = any(field.kind == "lookup" for field in fields)
    role = mapped.role or (name if has_contact and name in ROLES else None)
    is_text = text is not None and other_than_text(text.kind) is None
    return ElementColumns(
        name=name,
        text=mapped.text if is_text else None,
        fields=tuple((field.name, field.kind) for field in fields),
        confirmed_on=mapped.confirmed_on if _is_date(mapped.confirmed_on, deal) else None,
        values=mapped.values,
        lowest={field.name: step for field in fields if (step := lowest_step(field.choices, mapped.values))},
        role=role,
        shows=max([1 if is_text else 0, 2 if role else 0, *kinds]),
    )


def _is_date(path: str | None, deal: ObjectInfo) -> bool:
    return path is not None and path in deal.fields and type_mismatch("date", deal.fields[path].kind) is None


def _field_at(path: str, objects: Mapping[str, ObjectInfo]) -> FieldInfo | None:
    """Find the field of a path: one of the deal's own, or one of a parent that we read too."""
    deal = objects["Opportunity"]
    parent, dot, name = path.partition(".")
    if not dot:
        return deal.fields.get(path)
    for reference in deal.fields.values():
        if reference.parent == parent:
            known = [objects[name] for name in reference.parents if name in objects]
            return known[0].fields.get(name) if known else None
    return None


def _problems(mapping: FieldMap, objects: Mapping[str, ObjectInfo]) -> Iterator[str]:
    places = {
        **{f"x_{name.removeprefix('x_')}": path for name, path in mapping.extras.items()},
        **{f"element {name}": element.text for name, element in mapping.elements.items() if element.text},
        **{f"element {name} (field)": element.field for name, element in mapping.elements.items() if element.field},
        **{f"element {name} (level)": element.level for name, element in mapping.elements.items() if element.level},
        **{
            f"element {name} (date)": element.confirmed_on
            for name, element in mapping.elements.items()
            if element.confirmed_on
        },
        **({"muted_until": mapping.muted_until} if mapping.muted_until else {}),
    }
    for place, path in places.items():
        if path and _field_at(path, objects) is None:
            yield (
                f"{place}: Opportunity.{path} does not exist or is hidden from our user, so what it says "
                "is unknown; grant read access to the field, or correct the map"
            )
    yield from _mismatches(mapping, objects)


def _mismatches(mapping: FieldMap, objects: Mapping[str, ObjectInfo]) -> Iterator[str]:
    """Report fields of another type than they are mapped as, with both types."""
    dates = {f"element {name} (date)": mapped.confirmed_on for name, mapped in mapping.elements.items()}
    wanted: dict[str, tuple[str | None, FieldKind]] = {place: (path, "date") for place, path in dates.items()}
    wanted["muted_until"] = (mapping.muted_until, "date")
    wanted |= {name: (mapping.extras.get(name), kind) for name, kind in mapping.extra_kinds.items()}
    for place, (path, kind) in wanted.items():
        field = _field_at(path, objects) if path else None
        if field is not None and (wrong := type_mismatch(kind, field.kind)):
            yield f"{place}: Opportunity.{path} {wrong}, so what it says is unknown; correct the map"
    for name, mapped in mapping.elements.items():
        text = objects["Opportunity"].fields.get(mapped.text or "")
        if text is not None and (actual := other_than_text(text.kind)):
            yield f"element {name}: Opportunity.{mapped.text} is {actual}, mapped as a text; it is read as {actual}"
