"""Every trap of the language is refused, at its exact place, in words that help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.language.condition import Condition
from rules.language.errors import RuleError

REFUSED = [
    ("amount >= 50k", "3:19: '50k', which is no number, expected digits such as 50_000 or 0.5, without a unit"),
    ("amount > .5", "3:18: the character '.', expected a number such as 0.5, or a signal's plain name"),
    ("amount > 99999999999999999", "3:18: the number '99999999999999999', expected at most 9_007_199_254_740_992"),
    ("1 < amount < 3", "3:20: a second comparison '<', expected one at a time, joined by AND: 1 < a AND a < 3"),
    ("amount > 1 big", "3:20: 'big', expected AND, OR or the end"),
    ("amount > 1 AS big", "3:20: AS, which conditions do not have, expected signals, values and operators only"),
    ("segment > 5", "3:19: a number compared with text, expected text"),
    ("amount = '5'", "3:18: text compared with a number, expected a number"),
    ("amount IN (1, 'x')", "3:23: text compared with a number, expected a number"),
    ("amount BETWEEN 1 AND 'x'", "3:30: text compared with a number, expected a number"),
    (
        "close_date < '2026-01-01'",
        "3:22: text compared with a date, expected a date on both sides, written like DATE '2026-01-31'",
    ),
    ("close_date > 5", "3:22: a number compared with a date, expected a date"),
    ("close_date > DATE '2026-02-30'", "3:27: the date '2026-02-30', expected a day written like '2026-01-31'"),
    ("close_date > DATE '20260101'", "3:27: the date '20260101', expected a day written like '2026-01-31'"),
    (
        "close_date + INTERVAL '2 months' > created_on",
        "3:31: the interval '2 months', expected days or weeks, like '14 days'",
    ),
    ("segment = NULL", "3:19: NULL as a value, expected IS NULL or IS NOT NULL"),
    ("has_champion IS TRUE", "3:25: IS TRUE, expected the signal alone, NOT before it, or IS [NOT] NULL"),
    (
        "SUM(amount) > 1",
        "3:9: SUM, which would look at other deals, expected one of LOWER, UPPER, TRIM, LENGTH, ABS, ROUND, "
        "STARTS_WITH, CONTAINS, COALESCE",
    ),
    (
        "lowre(segment) = 'a'",
        "3:9: unknown function 'LOWRE', expected one of LOWER, UPPER, TRIM, LENGTH, ABS, ROUND, STARTS_WITH, "
        "CONTAINS, COALESCE; did you mean 'LOWER'?",
    ),
    ("lower(segment, 'x') = 'a'", "3:9: LOWER with 2 arguments, expected 1"),
    ("lower(amount) = 'a'", "3:15: a number given to LOWER, expected text"),
    (
        "round(amount, contacts) = 1",
        "3:23: places to round to that are not written out, expected a whole number from 0 to 10",
    ),
    ("coalesce(amount) = 1", "3:9: COALESCE with one argument, expected a value to take when the first is unknown"),
    ("coalesce(amount, 'x') = 1", "3:26: text compared with a number, expected a number"),
    (
        "close_date < TODAY()",
        "3:22: the function TODAY(), which conditions do not have, expected a signal that counts from today, "
        "such as close_in_days < 0 or days_since_touch > 14",
    ),
    (
        "close_date < TODAY",
        "3:22: the function TODAY, which conditions do not have, expected a signal that counts from today, "
        "such as close_in_days < 0 or days_since_touch > 14",
    ),
    (
        "ISBLANK(amount)",
        "3:9: the function ISBLANK, which conditions do not have, expected IS NULL or IS NOT NULL after the signal, "
        "or COALESCE(signal, value)",
    ),
    (
        "amount > LIMITS()",
        "3:18: the function LIMITS(), which conditions do not have, expected a signal's name, or a function of a value",
    ),
    ("amount IN (SELECT 1)", "3:20: SELECT, which conditions do not have, expected signals, values and operators only"),
    ("amount IN (contacts)", "3:20: 'contacts', expected a value such as 50_000 or 'text'"),
    ("amount", "3:9: a number as the whole condition, expected true or false"),
    ("amount AND has_champion", "3:9: a number beside AND, expected true or false"),
    ("NOT amount", "3:13: a number after NOT, expected true or false"),
    ("1 = 1", "3:9: a condition that names no signal, expected at least one signal"),
    ("amount / 0 > 1", "3:18: a division by 0, expected a divisor that can be other than 0"),
    ("amount % 0.0 > 1", "3:18: a division by 0, expected a divisor that can be other than 0"),
    ("amount % 5 % 3 > 1", "3:20: a remainder of a remainder, expected one '%' only"),
    ("amount + segment > 1", "3:16: '+' between a number and text, expected numbers, or a date and days"),
    ("-segment = 'x'", "3:10: text after a minus sign, expected a number"),
    ("has_champion > FALSE", "3:22: '>' between values that are true or false, expected = or <>"),
    ('segment = "smb"', "3:19: text in double quotes, expected text in single quotes: 'like this'"),
    (
        "segment = 'smb",
        "3:19: text that does not end, expected a closing single quote (a quote inside text is written twice: '')",
    ),
    ("segment = \u2019smb\u2019", "3:19: the character '\u2019', expected text in straight single quotes: 'like this'"),
    ("amount > 1 && has_champion", "3:20: the character '&', expected AND"),
    ("amount > 1 -- note", "3:20: '--', expected a single minus sign, or a remark outside the condition (after #)"),
    ("segment LIKE owner_team", "3:22: 'owner_team', expected text in single quotes"),
    ("amount LIKE '5%'", "3:9: a number before LIKE, expected text"),
    (
        "missing_roles IS NULL",
        "3:9: the list 'missing_roles', which only templates can show, expected a signal with a single value",
    ),
    ("amuont > 1", "3:9: unknown signal 'amuont', expected a known signal; did you mean 'amount'?"),
    ("Amount > 1", "3:9: unknown signal 'Amount', expected a known signal; did you mean 'amount'?"),
    (
        "phase > 'evalution'",
        "3:17: unknown phase 'evalution', expected one of discovery, qualification, evaluation, business_case, "
        "procurement, close, onboarding; did you mean 'evaluation'?",
    ),
    ("phase = segment", "3:17: text compared with a phase, expected a phase"),
    ("", "3:9: an empty condition, expected one such as amount >= 50_000"),
    ("amount >", "3:17: the end of the condition, expected a signal, a value or '('"),
    ("(amount > 1", "3:20: the end of the condition, expected ')'"),
    ("amount > 1)", "3:19: ')', expected the end"),
    ("amount NOT 5", "3:20: '5', expected a comparison"),
    ("amount >\n  50k", "4:3: '50k', which is no number, expected digits such as 50_000 or 0.5, without a unit"),
    ("x" * 2_001, "3:2009: a condition of 2,001 characters, expected at most 2,000"),
    ("(" * 51 + "has_champion" + ")" * 51, "3:59: too many levels of brackets, NOT or signs, expected at most 50"),
    ("NOT " * 51 + "has_champion", "3:209: too many levels of brackets, NOT or signs, expected at most 50"),
    ("amount > " + "- " * 300 + "1", "3:118: too many levels of brackets, NOT or signs, expected at most 50"),
    ("+".join(["amount"] * 51) + " > 1", "3:359: 51 terms in one sum or product, expected at most 50"),
    ("segment LIKE '" + "_" * 201 + "'", "3:22: a pattern of 201 characters, expected at most 200"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_a_broken_condition_is_refused_where_it_is_broken(
    text: str, message: str, parsed: Callable[[str], Condition]
) -> None:
    with pytest.raises(RuleError) as refusal:
        parsed(text)

    assert str(refusal.value) == f"rules.toml:{message}"


def test_all_problems_of_a_condition_are_reported_at_once(parsed: Callable[[str], Condition]) -> None:
    with pytest.raises(RuleError) as refusal:
        parsed("amuont > 1 AND segment = 5 OR phase = 'x' AND foo(1) = 2")

    columns = [problem.location.column for problem in refusal.value.problems]
    assert columns == [9, 34, 47, 55]
