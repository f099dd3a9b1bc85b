"""The catalogue: every signal that rules may name, with its type, meaning, and the sources that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connectors.model import ELEMENTS, ROLES
from rules.language.signal import Signal, SignalType
from rules.signals import activity, changes, committee, milestones, mutual_plan, qualification, review, timeline
from rules.signals.roles import SILENCES

NUMBER, TEXT, DATE = SignalType.NUMBER, SignalType.TEXT, SignalType.DATE
BOOLEAN, PHASE, LIST = SignalType.BOOLEAN, SignalType.PHASE, SignalType.LIST

_IN_PHASE: Final = ("phase",)
_IN_ROLES: Final = ("roles",)
_IN_TOUCHES: Final = ("touches",)
_IN_ELEMENTS: Final = tuple(f"field:{element}" for element in ELEMENTS)


def with_extras(catalogue: Mapping[str, Signal], extras: Mapping[str, SignalType]) -> Mapping[str, Signal]:
    """Return *catalogue* with a signal for each mapped extra column."""
    mapped = (Signal(name, extras[name], "Mapped from the CRM.", sources=(f"field:{name}",)) for name in sorted(extras))
    return MappingProxyType({**catalogue, **{signal.name: signal for signal in mapped}})


def _deal_signals() -> list[Signal]:
    def kept(column: str) -> Signal:
        meaning = f"Whether the deal has a {column.replace('_', ' ')}."
        return Signal(f"has_{column}", BOOLEAN, meaning, sources=(f"field:{column}",))

    return [
        Signal("deal_name", TEXT, "Name of the deal."),
        Signal("account_name", TEXT, "Name of the account."),
        Signal("amount_original", NUMBER, "Amount in the deal's own currency.", unit="money"),
        Signal("amount", NUMBER, "Amount in the org's currency.", unit="money"),
        Signal("currency", TEXT, "Currency that the deal itself is kept in."),
        Signal("deal_type", TEXT, "The CRM's type of deal."),
        Signal("record_type", TEXT, "The CRM's record type."),
        Signal("forecast_category", TEXT, "The CRM's forecast category."),
        Signal("forecast_commit", BOOLEAN, "Whether the deal is forecast as committed."),
        Signal("renewal", BOOLEAN, "Whether the deal's type, record type or pipeline says that it is a renewal."),
        Signal("probability", NUMBER, "The CRM's probability of winning.", unit="percent"),
        Signal("segment", TEXT, "First segment whose condition the deal meets."),
        Signal("next_step", TEXT, "What the rep noted as the next step."),
        Signal("created_on", DATE, "Day on which the deal was created."),
        Signal("age_days", NUMBER, "Days since the deal was created.", unit="days", ages=True),
        Signal(
            "age_business_days", NUMBER, "Business days since the deal was created.", unit="business days", ages=True
        ),
        Signal("close_date", DATE, "Expected close date."),
        Signal(
            "close_date_past_business_days",
            NUMBER,
            "Business days since the close date; 0 until it has passed.",
            unit="business days",
            ages=True,
        ),
        Signal("close_in_days", NUMBER, "Days to the close date; negative once it has passed.", unit="days", ages=True),
        kept("amount"),
        kept("close_date"),
        kept("next_step"),
        Signal("owner_name", TEXT, "Name of the deal's owner."),
        Signal("owner_active", BOOLEAN, "Whether the owner is an active user."),
        Signal("owner_team", TEXT, "Team of the owner."),
        Signal("manager_name", TEXT, "Name of the owner's manager."),
    ]


def _phase_signals() -> list[Signal]:
    def since_entry(name: str, unit: str) -> Signal:
        meaning = f"{unit.capitalize()} since the deal entered its phase."
        return Signal(name, NUMBER, meaning, unit, _IN_PHASE, history="full", ages=True)

    return [
        Signal("stage", TEXT, "The CRM's label of the stage."),
        Signal("phase", PHASE, "Where the stage belongs in the playbook.", sources=_IN_PHASE),
        Signal("phase_entered_on", DATE, "Day on which the deal entered its phase.", sources=_IN_PHASE, history="full"),
        since_entry("days_in_phase", "days"),
        since_entry("business_days_in_phase", "business days"),
    ]


def _touch_signals() -> list[Signal]:
    def about(name: str, kind: SignalType, meaning: str, *, unit: str = "") -> Signal:
        # With a unit it counts days up to today, and so moves with the day.
        return Signal(name, kind, meaning, unit, _IN_TOUCHES, ages=bool(unit))

    return [
        about("last_touch_on", DATE, "Day of the last logged two-way touch with anyone."),
        about(
            "days_since_touch",
            NUMBER,
            "Days since the last logged two-way touch with anyone; unknown if the CRM knows of later activity.",
            unit="days",
        ),
        about("last_inbound_on", DATE, "Day of the last logged inbound touch."),
        about("days_since_inbound", NUMBER, "Days since the last logged inbound touch.", unit="days"),
        about("next_meeting_on", DATE, "Day of the next planned meeting."),
        about("next_meeting_in_days", NUMBER, "Days to the next planned meeting.", unit="days"),
    ]


def _people_signals() -> list[Signal]:
    return [
        Signal("contacts", NUMBER, "Distinct contacts with a role on the deal.", "contacts", _IN_ROLES),
        Signal("contact_names", LIST, "Names of the contacts with a role on the deal.", sources=_IN_ROLES),
        Signal(
            "unengaged_names",
            LIST,
            "Names of the contacts with a role and no logged two-way touch inside 30 days.",
            sources=(*_IN_ROLES, *_IN_TOUCHES),
            ages=True,
        ),
        Signal(
            "main_contact_name",
            TEXT,
            "Name of the contact on the deal whom a logged two-way touch reached last.",
            sources=(*_IN_ROLES, *_IN_TOUCHES),
        ),
        Signal(
            "other_contact_name",
            TEXT,
            "The same among the contacts that are no champion.",
            sources=(*_IN_ROLES, *_IN_TOUCHES),
        ),
        Signal(
            "engaged_contacts",
            NUMBER,
            "Distinct contacts with a role and a logged two-way touch inside 30 days.",
            "contacts",
            (*_IN_ROLES, *_IN_TOUCHES),
            ages=True,
        ),
        Signal("distinct_roles", NUMBER, "Distinct canonical roles held, 'other' left out.", "roles", _IN_ROLES),
        Signal(
            "missing_roles", LIST, "Key roles that the phase needs and nobody holds.", sources=(*_IN_ROLES, *_IN_PHASE)
        ),
        *(signal for role in ROLES for signal in _signals_of_role(role)),
        *(signal for role in SILENCES for signal in _silence_of_role(role)),
    ]


def _signals_of_role(role: str) -> list[Signal]:
    who = role.replace("_", " ")
    held = (f"roles:{role}",)
    touched = (*held, *_IN_TOUCHES)
    return [
        Signal(f"has_{role}", BOOLEAN, f"Whether anyone holds the role {who}.", sources=held),
        Signal(f"{role}_name", TEXT, f"Name of the {who} touched last.", sources=held),
        Signal(f"last_{role}_touch_on", DATE, f"Day of the last logged two-way touch with the {who}.", sources=touched),
        Signal(
            f"days_since_{role}_touch",
            NUMBER,
            f"Days since the last logged two-way touch with the {who}.",
            "days",
            touched,
            ages=True,
        ),
        Signal(f"next_{role}_meeting_on", DATE, f"Day of the next planned meeting with the {who}.", sources=touched),
        Signal(
            f"next_{role}_meeting_in_days",
            NUMBER,
            f"Days to the next planned meeting with the {who}.",
            "days",
            touched,
            ages=True,
        ),
    ]


def _silence_of_role(role: str) -> list[Signal]:
    who, sources = role.replace("_", " "), (f"roles:{role}", *_IN_TOUCHES)
    return [
        Signal(
            f"{role}_silent_since",
            DATE,
            f"Day of the {who}'s last logged two-way touch, else of becoming {who}.",
            sources=sources,
        ),
        Signal(f"{role}_silent_days", NUMBER, f"Days since {role}_silent_since.", "days", sources, ages=True),
        Signal(
            f"{role}_touched",
            BOOLEAN,
            f"Whether a two-way touch with the {who} is logged; unknown if nobody holds the role.",
            sources=sources,
        ),
    ]


def _meddpicc_signals() -> list[Signal]:
    def over_all(name: str, kind: SignalType, meaning: str, *, ages: bool = False) -> Signal:
        return Signal(name, kind, meaning, sources=_IN_ELEMENTS, any_source=True, ages=ages)

    return [
        *(signal for element in ELEMENTS for signal in _signals_of_element(element)),
        over_all("meddpicc_sum", NUMBER, "Sum of the levels of all mapped elements."),
        over_all("meddpicc_recorded", LIST, "Mapped elements with the level that their fields and roles show."),
        over_all("meddpicc_fillers", LIST, "Elements whose text only fills the field."),
        over_all("meddpicc_filler_count", NUMBER, "How many elements have a text that only fills the field."),
        over_all("meddpicc_gate", TEXT, "Name of the phase whose exit the gate asks for now.", ages=True),
        over_all("meddpicc_shortfall", NUMBER, "Widest gap between an element and the gate.", ages=True),
        over_all("meddpicc_key_shortfall", NUMBER, "The same for economic buyer, champion and pain.", ages=True),
        over_all(
            "meddpicc_late_shortfall",
            NUMBER,
            "From business case on, how far economic buyer or champion are below confirmed (2).",
            ages=True,
        ),
        over_all(
            "meddpicc_paper_missing", BOOLEAN, "Whether the gate asks for a paper process and none is noted.", ages=True
        ),
        over_all("meddpicc_missing", LIST, "Elements below the gate, the widest gap first.", ages=True),
        over_all("meddpicc_focus", LIST, "The first three of meddpicc_missing, to work on first.", ages=True),
        *(
            Signal(
                f"{element}_needed",
                NUMBER,
                f"Level of {element.replace('_', ' ')} that the gate asks for now.",
                ages=True,
            )
            for element in ELEMENTS
        ),
        over_all("meddpicc_gap_count", NUMBER, "How many elements are below the gate.", ages=True),
        over_all("meddpicc_gaps", LIST, "The same with level and level asked.", ages=True),
    ]


def _signals_of_element(element: str) -> list[Signal]:
    what = element.replace("_", " ")
    sources = (f"field:{element}",)
    return [
        Signal(f"{element}_level", NUMBER, f"Level of {what}, 0 to 3.", sources=sources, ages=True),
        Signal(f"{element}_filled", BOOLEAN, f"Whether {what} holds more than filler.", sources=sources),
        Signal(f"{element}_filler", BOOLEAN, f"Whether the text of {what} only fills the field.", sources=sources),
    ]


def _catalogue() -> Mapping[str, Signal]:
    parts = (
        _deal_signals,
        _phase_signals,
        timeline.catalogue,
        changes.catalogue,
        _touch_signals,
        activity.catalogue,
        _people_signals,
        committee.catalogue,
        _meddpicc_signals,
        qualification.catalogue,
        milestones.catalogue,
        mutual_plan.catalogue,
        review.catalogue,
    )
    # Read-only, since all connections of a process share it.
    return MappingProxyType({signal.name: signal for part in parts for signal in part()})


CATALOGUE: Final = _catalogue()
"""Every shipped signal by name; mapped extras join by ``with_extras``."""
