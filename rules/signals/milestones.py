"""Milestones and steps of the sale that an org keeps in fields of its own, mapped as extras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.days.business_days import Calendars
from rules.days.calendar import owner_days_between
from rules.language.signal import Signal, SignalType
from rules.model import Facts
from rules.signals.mapped_fields import Fields, source_of

_DONE: Final[Mapping[str, str]] = {
    "budget_confirmed": "Whether the buyer has confirmed the budget.",
    "exec_sponsor_committed": "Whether an executive sponsor has committed.",
    "technical_win": "Whether the technical win is achieved.",
    "business_case_approved": "Whether the buyer has approved the business case.",
    "legal_approved": "Whether legal has approved.",
    "security_approved": "Whether security has approved.",
    "contract_signed": "Whether the contract is signed.",
    "quick_win": "Whether first value is proven.",
    "proposal_opened": "Whether the buyer has opened the proposal.",
}
_FILLED: Final[Mapping[str, str]] = {
    "user_feedback": "Whether feedback of end users is noted.",
    "concession": "Whether something is noted that the buyer gives in return.",
    "pricing_model": "Whether a pricing model is chosen.",
    "implementation_scope": "Whether the scope of implementation is noted.",
}
_DAYS: Final[Mapping[str, str]] = {
    "poc_started": "First day of the proof of concept.",
    "poc_ends": "Last day of the proof of concept.",
    "business_case_sent": "Day on which the business case was sent.",
    "demo": "Day of the demo for end users.",
    "proposal_sent": "Day on which the final proposal was sent.",
    "contract_sent": "Day on which the contract was sent for signature.",
    "security_sent": "Day on which the security questionnaire was sent.",
    "technical_risk": "Day since which a technical concern is open.",
}
_COUNTED: Final = ("demo", "poc_ends", "proposal_sent", "contract_sent", "security_sent", "technical_risk")
_SECURITY_TIPS: Final = ("soc2_shared", "questionnaire_done", "security_reference", "dpa_ready", "residency_addressed")
_FIELD_OF: Final = {"technical_risk": "technical_risk_since"}


def catalogue() -> list[Signal]:
    """Return the signals of this module."""
    boolean, number = SignalType.BOOLEAN, SignalType.NUMBER
    return [
        *(Signal(_done(name), boolean, meaning, sources=_of(name)) for name, meaning in _DONE.items()),
        *(Signal(_noted(name), boolean, meaning, sources=_of(name)) for name, meaning in _FILLED.items()),
        *(Signal(_day(name), SignalType.DATE, meaning, sources=_of(name)) for name, meaning in _DAYS.items()),
        *(
            Signal(_since(name), number, f"Business days since {_day(name)}.", "business days", _of(name), ages=True)
            for name in _COUNTED
        ),
        Signal("proposal_out", boolean, "Whether the final proposal was sent; rests on no coverage."),
        Signal(
            "poc_running",
            boolean,
            "Whether today lies between first and last day of the proof of concept.",
            sources=(*_of("poc_started"), *_of("poc_ends")),
            ages=True,
        ),
        Signal("budget_status", SignalType.TEXT, "What has become of the budget.", sources=_of("budget_status")),
        Signal("discount_percent", number, "Discount.", "percent", _of("discount_percent")),
        Signal(
            "security_tips_done",
            number,
            "How many of the playbook's five tips for a security review are done.",
            sources=tuple(source for name in _SECURITY_TIPS for source in _of(name)),
        ),
    ]


def milestone_signals(facts: Facts) -> list[pl.Expr]:
    """Return the signals of this module from the extras of each deal."""
    fields, today = Fields(facts), pl.lit(facts.today)
    days = {name: fields.value(_FIELD_OF.get(name, name)) for name in _DAYS}
    tips = [fields.done(name).cast(pl.Int64) for name in _SECURITY_TIPS]
    values = {
        **{_done(name): fields.done(name) for name in _DONE},
        **{_noted(name): fields.filled(name) for name in _FILLED},
        **{_day(name): day for name, day in days.items()},
        **{_since(name): _passed(days[name], today, facts.calendars) for name in _COUNTED},
        "proposal_out": fields.done("proposal_sent"),
        "poc_running": (days["poc_started"] <= today) & (days["poc_ends"] >= today),
        "budget_status": fields.value("budget_status"),
        "discount_percent": fields.value("discount_percent"),
        # A field that is not mapped makes the count unknown, not smaller.
        "security_tips_done": pl.sum_horizontal(tips, ignore_nulls=False),
    }
    return [value.alias(name) for name, value in values.items()]


def _passed(day: pl.Expr, today: pl.Expr, calendars: Calendars) -> pl.Expr:
    return pl.when(day <= today).then(owner_days_between(day, today, calendars))


def _of(name: str) -> tuple[str, ...]:
    return (source_of(_FIELD_OF.get(name, name)),)


def _done(name: str) -> str:
    return f"{name}_done" if name != "proposal_opened" else name


def _noted(name: str) -> str:
    return f"{name}_noted"


def _day(name: str) -> str:
    return f"{name}_since" if name == "technical_risk" else f"{name}_on"


def _since(name: str) -> str:
    return f"business_days_since_{name}"
