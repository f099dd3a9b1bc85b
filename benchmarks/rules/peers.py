"""Other rule engines, each in the quickest form that we know of, with the fifteen conditions in its own language.

Dates are given as days already counted, and CEL, which knows neither trim nor lower case, gets its texts normalised
beforehand. Records hold nothing but what the conditions name: that helps engines which convert each record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from benchmarks.rules.deals import FILLER
from benchmarks.rules.ours import Counts
from benchmarks.rules.python import CONDITIONS, Record

_BARE: Final = {
    "r01": "engaged_contacts < 3 and amount != null and amount >= 50000",
    "r02": "stage_rank >= 3 and days_since_champion_contact != null and days_since_champion_contact > 14",
    "r03": "stage_rank >= 4 and not has_economic_buyer",
    "r04": "stage_rank >= 4 and days_since_economic_buyer_contact != null and days_since_economic_buyer_contact > 21",
    "r05": "meddpicc_missing_count >= 4 and stage_rank >= 3",
    "r06": "days_to_close != null and days_to_close < 0 and stage_rank < 6",
    "r07": "days_to_close != null and days_to_close <= 30 and (not has_legal or not has_procurement)",
    "r08": "days_in_stage > 45 and stage_rank >= 2 and stage_rank <= 5",
    "r09": "segment in ['Enterprise', 'Strategic'] and engaged_contacts < 2",
    "r11": "amount != null and amount > 250000 and not has_it_security and segment == 'Enterprise'",
    "r12": "bounced_contacts * 2 > contact_count",
    "r13": "days_to_close != null and days_to_close <= 14 and age_days > 180 and stage_rank <= 4",
    "r15": "(days_since_last_contact == null or days_since_last_contact > 21) and amount != null"
    " and (contact_count > 0 ? amount / contact_count : amount) > 20000",
}
"""What zen and rule-engine write alike."""

ZEN: Final = _BARE | {
    "r10": "champion == null or lower(trim(champion)) in ['tbd', 'n/a', 'unknown', '']",
    "r14": "competition != null and stage_rank >= 5 and contains(lower(competition), 'incumbent')",
}
RULE_ENGINE: Final = _BARE | {
    "r09": "(segment == 'Enterprise' or segment == 'Strategic') and engaged_contacts < 2",
    "r10": r"champion == null or champion =~ '(?i)^\\s*(tbd|n/a|unknown|)\\s*$'",
    "r14": "competition != null and stage_rank >= 5 and 'incumbent' in competition.as_lower",
}
SIMPLEEVAL: Final = {
    **CONDITIONS,
    "r09": "(segment == 'Enterprise' or segment == 'Strategic') and engaged_contacts < 2",
    "r10": f"champion is None or {' or '.join(f'champion.strip().lower() == {filler!r}' for filler in FILLER)}",
}
CEL: Final = {
    rule: text.replace(" and ", " && ").replace(" or ", " || ").replace("not ", "!") for rule, text in _BARE.items()
} | {
    "r10": "champion == null || champion in ['tbd', 'n/a', 'unknown', '']",
    "r14": "competition != null && stage_rank >= 5 && competition.contains('incumbent')",
    "r15": "(days_since_last_contact == null || days_since_last_contact > 21) && amount != null"
    " && (contact_count > 0 ? amount / double(contact_count) : amount) > 20000.0",
}

_Peer = Callable[[list[Record]], Callable[[], Counts]]


def zen(records: list[Record]) -> Callable[[], Counts]:
    """Ask zen one expression that gives all fifteen answers, since it converts the record once for each it is asked."""
    import zen as engine  # noqa: PLC0415

    all_at_once = engine.compile_expression(f"[{', '.join(_ordered(ZEN))}]")
    return lambda: _counted(map(all_at_once.evaluate, records))


def cel(records: list[Record]) -> Callable[[], Counts]:
    """Ask CEL one expression that gives all fifteen answers."""
    import cel as engine  # noqa: PLC0415

    all_at_once = engine.compile(f"[{', '.join(_ordered(CEL))}]")
    plain = [_normalised(record) for record in records]
    return lambda: _counted(all_at_once.execute(engine.Context(record)) for record in plain)


def rule_engine(records: list[Record]) -> Callable[[], Counts]:
    """Ask rule-engine fifteen compiled rules."""
    import rule_engine as engine  # noqa: PLC0415

    rules = [engine.Rule(text) for text in _ordered(RULE_ENGINE)]
    return lambda: _counted([rule.matches(record) for rule in rules] for record in records)


def simpleeval(records: list[Record]) -> Callable[[], Counts]:
    """Ask simpleeval fifteen expressions that were parsed beforehand."""
    from simpleeval import SimpleEval  # noqa: PLC0415

    evaluator = SimpleEval()
    rules = [partial(evaluator.eval, text, evaluator.parse(text)) for text in _ordered(SIMPLEEVAL)]

    def answers(record: Record) -> list[Any]:
        evaluator.names = record
        return [rule() for rule in rules]

    return lambda: _counted(map(answers, records))


PEERS: Final[Mapping[str, tuple[str, _Peer, int]]] = {
    "zen": ("zen-engine", zen, 10_000),
    "CEL (Rust)": ("common-expression-language", cel, 4_000),
    "simpleeval": ("simpleeval", simpleeval, 2_000),
    "rule-engine": ("rule-engine", rule_engine, 1_000),
}
"""Each peer's distribution, its form, and on how many deals it is measured: enough for a tenth of a second."""


def _ordered(conditions: Mapping[str, str]) -> list[str]:
    return [conditions[rule] for rule in CONDITIONS]


def _counted(answers: Iterable[Iterable[Any]]) -> Counts:
    counts = [0] * len(CONDITIONS)
    for answer in answers:
        for place, fires in enumerate(answer):
            if fires:
                counts[place] += 1
    return dict(zip(CONDITIONS, counts, strict=True))


def _normalised(record: Record) -> Record:
    texts = {name: record[name] and record[name].strip().lower() for name in ("champion", "competition")}
    return record | texts
