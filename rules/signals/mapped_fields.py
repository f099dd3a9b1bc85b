"""Fields of the org's own that shipped rules can use once they are mapped, and how signals are read from them.

The name of a mapped extra decides: ``technical_win = "Technical_Win_Date__c"`` feeds every shipped rule about the
technical win. What is not mapped is unknown, and so is every rule that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from rules.language.signal import SignalType
from rules.model import Facts

_DATE, _TEXT, _NUMBER, _YES = SignalType.DATE, SignalType.TEXT, SignalType.NUMBER, SignalType.BOOLEAN

KNOWN_FIELDS: Final[Mapping[str, tuple[SignalType, str]]] = {
    "budget_confirmed": (_DATE, "day on which the buyer confirmed the budget, or a checkbox"),
    "budget_status": (_TEXT, "what has become of the budget"),
    "exec_sponsor_committed": (_DATE, "day on which an executive sponsor committed, or a checkbox"),
    "technical_win": (_DATE, "day of the technical win, or a checkbox"),
    "business_case_sent": (_DATE, "day on which the business case was sent"),
    "business_case_approved": (_DATE, "day on which the buyer approved the business case, or a checkbox"),
    "legal_approved": (_DATE, "day of legal approval, or a checkbox"),
    "security_approved": (_DATE, "day of security approval, or a checkbox"),
    "contract_signed": (_DATE, "day of the signature, or a checkbox"),
    "quick_win": (_DATE, "day on which first value was proven, or a checkbox"),
    "poc_started": (_DATE, "first day of the proof of concept"),
    "poc_ends": (_DATE, "last day of the proof of concept"),
    "demo": (_DATE, "day of the demo for end users"),
    "user_feedback": (_TEXT, "what the end users said"),
    "technical_risk_since": (_DATE, "day since which a technical concern is open; emptied once it is closed"),
    "proposal_sent": (_DATE, "day on which the final proposal or quote was sent"),
    "proposal_opened": (_DATE, "day on which the buyer opened it, or a checkbox"),
    "contract_sent": (_DATE, "day on which the contract was sent for signature"),
    "security_sent": (_DATE, "day on which the security questionnaire was sent"),
    "soc2_shared": (_YES, "whether SOC 2 or ISO certificates were shared"),
    "questionnaire_done": (_YES, "whether the security questionnaire was completed before it was asked for"),
    "security_reference": (_YES, "whether a customer was offered as reference for security"),
    "dpa_ready": (_YES, "whether a data processing agreement is ready"),
    "residency_addressed": (_YES, "whether data residency was addressed"),
    "discount_percent": (_NUMBER, "discount asked or given, in percent"),
    "concession": (_TEXT, "what the buyer gives in return for a discount"),
    "pricing_model": (_TEXT, "pricing model of the offer"),
    "implementation_scope": (_TEXT, "scope of integration and implementation"),
    "mutual_plan": (_TEXT, "link to the mutual action plan, or the day on which it was agreed"),
    "mutual_plan_started": (_DATE, "first day of the plan"),
    "mutual_plan_next": (_DATE, "day of the next open step of the plan"),
    "mutual_plan_last": (_DATE, "day of the last step of the plan"),
    "mutual_plan_steps": (_NUMBER, "open steps of the plan"),
    "mutual_plan_buyer_steps": (_NUMBER, "open steps of the plan that the buyer owns"),
    "mutual_plan_late_steps": (_NUMBER, "steps of the plan that are late"),
    "mutual_plan_late_since": (_DATE, "day on which the longest late step was due"),
    "loss_reason": (_TEXT, "why a deal was lost"),
    "win_reason": (_TEXT, "what decided a deal that was won"),
    "loss_category": (_TEXT, "price, product or process"),
    "decision_influencer": (_TEXT, "who influenced the decision"),
    "lessons": (_TEXT, "what to do differently, or to do again"),
}
"""Every such field by the name that the config maps it under: its type unless the config says otherwise, and what it
holds."""

_ACCOUNT_PREFIX: Final = "x_account_"


def type_of_extra(name: str) -> SignalType:
    """Return the type of a mapped extra whose type the config leaves open."""
    known = KNOWN_FIELDS.get(name)
    return known[0] if known else _TEXT


def takes_checkbox(name: str) -> bool:
    """Whether a known field is done by its day or by a checkbox alike."""
    known = KNOWN_FIELDS.get(name)
    return known is not None and known[1].endswith("or a checkbox")


def source_of(name: str) -> str:
    """Return the name under which the coverage of a known field is measured."""
    return f"field:x_{name}"


def raw(extra: str) -> pl.Expr:
    """Return the text of the mapped *extra* in the deal's row, or its account's; null where it is blank.

    A connector reads a field of the account through the deal, or with the account itself.
    """
    text = pl.col("extras").str.json_path_match(f"$.{extra}")
    if extra.startswith(_ACCOUNT_PREFIX):
        text = pl.coalesce(text, pl.col("account_extras").str.json_path_match(f"$.{extra}"))
    return pl.when(text.str.strip_chars() != "").then(text)


def typed(text: pl.Expr, kind: SignalType) -> pl.Expr:
    """Return *text* as a value of *kind*; null where it is none."""
    match kind:
        case SignalType.NUMBER:
            number = text.cast(pl.Float64, strict=False)
            # "NaN" and "inf" are numbers to Polars, and NaN compares as greater than any threshold.
            return pl.when(number.is_finite()).then(number)
        case SignalType.DATE:
            # A field may hold a moment; its day is what counts.
            return text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        case SignalType.BOOLEAN:
            return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        case _:
            return text


_NOWHERE: Final = pl.when(pl.col("deal_id").is_null()).then(pl.lit(None, dtype=pl.String))
"""Nothing, on every deal: Polars 2.1 may take what is computed from a bare literal for one row instead of as many."""


class Fields:
    """The known fields of one org's deals: each as a value, as filled, or as done.

    A field that is not mapped, or cannot be read, is unknown; all are while the deals are stale.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._today = pl.lit(facts.today)

    def value(self, name: str) -> pl.Expr:
        """Return the value in the field's own type; null also where it is blank."""
        return typed(self._raw(name), KNOWN_FIELDS[name][0])

    def filled(self, name: str) -> pl.Expr:
        """Whether the field holds anything."""
        return self._seen(name, self._raw(name).is_not_null())

    def done(self, name: str) -> pl.Expr:
        """Whether it has happened: a day that has come, a ticked box, or any other text."""
        text = self._raw(name)
        day = typed(text, SignalType.DATE)
        # A checkbox reads as true or false; any other text is a note that it has happened.
        happened = pl.when(day.is_not_null()).then(day <= self._today).otherwise(text.is_not_null() & (text != "false"))
        return self._seen(name, happened.fill_null(False))

    def _raw(self, name: str) -> pl.Expr:
        return raw(f"x_{name}") if self._mapped(name) else _NOWHERE

    def _seen(self, name: str, value: pl.Expr) -> pl.Expr:
        return value if self._mapped(name) else pl.lit(None, dtype=pl.Boolean)

    def _mapped(self, name: str) -> bool:
        facts = self._facts
        fresh = "deals" not in facts.stale_tables
        return fresh and f"x_{name}" in facts.extras and facts.readable.get(source_of(name), True)
