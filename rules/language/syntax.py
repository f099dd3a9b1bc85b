"""The grammar of conditions, and the messages to people whose text does not follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

MAX_LENGTH: Final = 2_000
"""Characters that one condition may have."""
MAX_DEPTH: Final = 50
"""How deep brackets, NOT and signs may nest."""

_FOREIGN_WORDS: Final = frozenset(
    {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "UNION", "JOIN", "EXISTS", "ANY", "SOME"}
    | {"CASE", "WHEN", "THEN", "ELSE", "OVER", "CAST", "AS", "LIMIT", "WITH"}
)
_FROM_TODAY: Final = "a signal that counts from today, such as close_in_days < 0 or days_since_touch > 14"
_NULL: Final = "IS NULL or IS NOT NULL after the signal, or COALESCE(signal, value)"
_FOREIGN_FUNCTIONS: Final = {
    **dict.fromkeys(
        ("TODAY", "NOW", "CURRENT_DATE", "CURRENT_TIMESTAMP", "GETDATE", "SYSDATE", "CURDATE"), _FROM_TODAY
    ),
    **dict.fromkeys(("DATEDIFF", "DATEADD", "DATE_DIFF", "DATE_SUB", "DATE_ADD", "DATEVALUE"), _FROM_TODAY),
    **dict.fromkeys(("ISBLANK", "ISNULL", "ISEMPTY", "NVL", "IFNULL", "BLANKVALUE", "NULLVALUE"), _NULL),
    "ISPICKVAL": "a comparison with the value in single quotes: forecast_category = 'Commit'",
    **dict.fromkeys(("IF", "IIF"), "two rules, or AND, OR and NOT"),
    "LEN": "LENGTH(text)",
    "INCLUDES": "CONTAINS(text, 'part')",
    "BEGINS": "STARTS_WITH(text, 'part')",
}
"""What to write in place of functions that people know from CRM formulas, spreadsheets and SQL."""

_WITHOUT_BRACKETS: Final = frozenset({"TODAY", "NOW", "CURRENT_DATE", "CURRENT_TIMESTAMP", "SYSDATE"})
_ENDS_OF_VALUES: Final = frozenset({"NAME", "NUMBER", "TEXT", "RPAR", "TRUE", "FALSE", "NULL"})
_WRITE_INSTEAD: Final = {
    '"': "text in single quotes: 'like this'",
    "`": "a signal's name without quotes",
    "'": "a closing single quote (a quote inside text is written twice: '')",
    "&": "AND",
    "|": "OR",
    "!": "NOT, or <> for unequal",
    ".": "a number such as 0.5, or a signal's plain name",
    ";": "one condition without an end mark",
    "[": "round brackets",
    "{": "round brackets",
    "\N{RIGHT SINGLE QUOTATION MARK}": "text in straight single quotes: 'like this'",
    "\N{LEFT SINGLE QUOTATION MARK}": "text in straight single quotes: 'like this'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "text in straight single quotes: 'like this'",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "text in straight single quotes: 'like this'",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{NOT EQUAL TO}": "<>",
}


@dataclass(frozen=True, slots=True)
class ConditionSyntaxError(Exception):
    """The text is not a condition: *offset* counts characters from its start."""

    offset: int
    message: str
    expected: str


@lru_cache(maxsize=2048)
def parse_tree(text: str) -> Tree[Token]:
    """Return the syntax tree of *text*, to be read only; hostile input is refused before it can cost time or stack.

    Raises:
        ConditionSyntaxError: the text does not follow the grammar.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionSyntaxError(MAX_LENGTH, f"a condition of {len(text):,} characters", f"at most {MAX_LENGTH:,}")
    if not text.strip():
        raise ConditionSyntaxError(0, "an empty condition", "one such as amount >= 50_000")
    try:
        _refuse_foreign(list(_parser().lex(text)))
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        raise _bad_character(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _bad_token(text, error) from None


@cache
def _parser() -> Lark:
    grammar = files("rules.language").joinpath("condition.lark").read_text(encoding="utf-8")
    # LALR takes linear time whatever is written. Placeholders keep an optional NOT at its index in the node.
    return Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=True)


def _refuse_foreign(tokens: list[Token]) -> None:
    """Refuse SQL that conditions do not have, and nesting that no person writes.

    Before the parser runs: what walks its tree is recursive, and its own messages would not name the word.
    """
    for at, (before, token) in enumerate(zip([None, *tokens], tokens, strict=False)):
        offset = token.start_pos or 0
        if token.type == "NAME" and token.upper() in _FOREIGN_WORDS:
            raise ConditionSyntaxError(
                offset, f"{token.upper()}, which conditions do not have", "signals, values and operators only"
            )
        after = tokens[at + 1].type if at + 1 < len(tokens) else ""
        if token.type == "NAME" and (after == "LPAR" or token in _WITHOUT_BRACKETS):
            _refuse_function(token, empty=[later.type for later in tokens[at + 1 : at + 3]] == ["LPAR", "RPAR"])
        # A remark in SQL; here it would be read as two signs and change the meaning without a word.
        if before is not None and before.type == token.type == "MINUS" and before.end_pos == token.start_pos:
            raise ConditionSyntaxError(
                offset - 1, "'--'", "a single minus sign, or a remark outside the condition (after #)"
            )
    for token, depth in _depths(tokens):
        if depth > MAX_DEPTH:
            raise ConditionSyntaxError(
                token.start_pos or 0, "too many levels of brackets, NOT or signs", f"at most {MAX_DEPTH}"
            )


def _refuse_function(token: Token, *, empty: bool) -> None:
    """Refuse a function that conditions do not have, and any that is given nothing: none of theirs takes nothing."""
    name = token.upper()
    instead = _FOREIGN_FUNCTIONS.get(name, "a signal's name, or a function of a value" if empty else "")
    if instead:
        called = "the function " + (f"{name}()" if empty else name)
        raise ConditionSyntaxError(token.start_pos or 0, f"{called}, which conditions do not have", instead)


def _depths(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Yield each token with the number of levels around it; a sign or NOT opens one as a bracket does."""
    brackets: list[int] = []
    prefixes = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        binary = token.type == "MINUS" and before is not None and before.type in _ENDS_OF_VALUES
        if token.type == "LPAR":
            brackets.append(prefixes + 1)
            prefixes = 0
        elif token.type in {"NOT", "MINUS"} and not binary:
            prefixes += 1
        else:
            prefixes = 0
            if token.type == "RPAR" and brackets:
                brackets.pop()
        yield token, sum(brackets) + prefixes


def _bad_character(text: str, offset: int) -> ConditionSyntaxError:
    rest = text[offset:]
    number = re.match(r"[0-9][\w.]*", rest)
    if number:
        return ConditionSyntaxError(
            offset, f"{number[0]!r}, which is no number", "digits such as 50_000 or 0.5, without a unit"
        )
    if rest[0] == '"':
        return ConditionSyntaxError(offset, "text in double quotes", _WRITE_INSTEAD['"'])
    if rest[0] == "'":
        return ConditionSyntaxError(offset, "text that does not end", _WRITE_INSTEAD["'"])
    return ConditionSyntaxError(
        offset, f"the character {rest[0]!r}", _WRITE_INSTEAD.get(rest[0], "signals, values and operators")
    )


def _bad_token(text: str, error: UnexpectedToken) -> ConditionSyntaxError:
    token, accepts = error.token, error.accepts or set()
    # Where AND could follow, a whole condition has come before.
    complete = "_AND" in accepts
    if token.type == "$END":
        return ConditionSyntaxError(len(text.rstrip()), "the end of the condition", _wanted(accepts))
    offset = token.start_pos or 0
    if token.type == "COMPARISON" and complete:
        return ConditionSyntaxError(
            offset, f"a second comparison {str(token)!r}", "one at a time, joined by AND: 1 < a AND a < 3"
        )
    if token.type == "NULL":
        return ConditionSyntaxError(offset, "NULL as a value", "IS NULL or IS NOT NULL")
    if token.type == "IS" and complete:
        return ConditionSyntaxError(offset, "IS after a complete comparison", "AND, OR or the end")
    if accepts <= {"NULL", "NOT"} and token.type in {"TRUE", "FALSE"}:
        return ConditionSyntaxError(offset, f"IS {token.upper()}", "the signal alone, NOT before it, or IS [NOT] NULL")
    return ConditionSyntaxError(offset, repr(str(token)), _wanted(accepts))


def _wanted(accepts: Set[str]) -> str:
    """Put the tokens that the parser could go on with into words."""
    if "NAME" in accepts:
        return "a signal, a value or '('"
    if "NUMBER" in accepts:
        return "a value such as 50_000 or 'text'"
    words = {
        "BETWEEN": "a comparison",
        "_AND": "AND",
        "_OR": "OR",
        "NULL": "NULL",
        "TEXT": "text in single quotes",
        "LPAR": "'('",
        "COMMA": "','",
        "RPAR": "')'",
        "$END": "the end",
    }
    known = [word for name, word in words.items() if name in accepts]
    return " or ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
