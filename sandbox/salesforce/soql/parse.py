"""SOQL text to a tree of what was asked, each name and literal with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from sandbox.salesforce.data.refusals import QueryError

MAX_LENGTH = 100_000
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Path:
    """A field by its dotted path, where the text names it."""

    names: tuple[str, ...]
    line: int
    column: int

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of the text. `kind` is string, number, boolean, null, date, datetime or relative.

    A string keeps its escapes in `text`; a relative date has its count, if any, in `count`.
    """

    kind: str
    text: str
    line: int
    column: int
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A selected field; an alias is allowed in grouped queries only."""

    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A selected function such as COUNT(Id) or FIELDS(STANDARD)."""

    function: str
    path: Path | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator value`; the operator may be `like`."""

    path: Path
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Member:
    """`path [NOT] IN (...)`, of listed values or of a query's."""

    path: Path
    negated: bool
    values: tuple[Literal, ...] | Query


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by `and` or `or`, or one negated by `not`."""

    word: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of ORDER BY."""

    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; a child query's source names a relationship."""

    items: tuple[Item, ...]
    source: Path
    alias: str | None
    where: Condition | None
    group: tuple[Path, ...]
    order: tuple[Sort, ...]
    limit: int | None
    offset: int | None


Condition: TypeAlias = "Comparison | Member | Junction"
Item: TypeAlias = "Column | Call | Query"


@lru_cache(maxsize=512)  # clients ask the same again and again
def parse(text: str) -> Query:
    """The query that the text asks, or a QueryError with the place where it stops making sense."""
    if len(text) > MAX_LENGTH:
        raise QueryError("MALFORMED_QUERY", f"the query has {len(text)} characters, {MAX_LENGTH} are allowed")
    try:
        query: Query = _Builder().transform(_parser().parse(text))
    except UnexpectedInput as error:
        where = f"row {error.line}, column {error.column}" if error.line > 0 else "its end"
        raise QueryError("MALFORMED_QUERY", f"the query cannot be understood at {where}") from None
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            raise error.orig_exc from None
        raise
    return query


def unescaped(literal: Literal, *, pattern: bool = False) -> str:
    """A string literal's text. In a `pattern` the escapes of `_`, `%` and the backslash stay for LIKE."""

    def plain(match: re.Match[str]) -> str:
        char = match[1]
        return match[0] if pattern and char in "_%\\" else _ESCAPES.get(char.lower(), char)

    return re.sub(r"\\(.)", plain, literal.text[1:-1], flags=re.DOTALL)


@cache
def _parser() -> Lark:
    grammar = (files(__package__) / "soql.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, propagate_positions=False)


def _at(token: Token) -> tuple[int, int]:
    return token.line or 1, token.column or 1


class _Builder(Transformer[Token, Any]):
    """Turns the grammar's rules into the classes above; each method is named after its rule."""

    def start(self, children: list[Any]) -> Query:
        return children[0]  # type: ignore[no-any-return]

    def query(self, children: list[Any]) -> Query:
        items, source, alias, where, group, order, limit, offset, _ = children
        return Query(
            items=tuple(items),
            source=source,
            alias=str(alias) if alias else None,
            where=where,
            group=tuple(group or ()),
            order=tuple(order or ()),
            limit=limit,
            offset=offset,
        )

    def PATH(self, token: Token) -> Path:  # noqa: N802
        return Path(tuple(token.split(".")), *_at(token))

    def items(self, children: list[Any]) -> list[Any]:
        return children

    def column(self, children: list[Any]) -> Column:
        path, alias = children
        return Column(path, str(alias) if alias else None)

    def call(self, children: list[Any]) -> Call:
        name, path, alias = children
        return Call(name.rstrip("( \t\n\r").upper(), path, str(alias) if alias else None)

    def child(self, children: list[Any]) -> Query:
        return children[0]  # type: ignore[no-any-return]

    def where(self, children: list[Any]) -> Any:
        return children[0]

    def conjunction(self, children: list[Any]) -> Junction:
        return Junction("and", tuple(children))

    def disjunction(self, children: list[Any]) -> Junction:
        return Junction("or", tuple(children))

    def negation(self, children: list[Any]) -> Junction:
        return Junction("not", tuple(children))

    def comparison(self, children: list[Any]) -> Comparison:
        path, operator, value = children
        return Comparison(path, "!=" if operator == "<>" else str(operator), value)

    def like(self, children: list[Any]) -> Comparison:
        path, text = children
        return Comparison(path, "like", Literal("string", str(text), *_at(text)))

    def member(self, children: list[Any]) -> Member:
        return Member(children[0], negated=False, values=children[1])

    def no_member(self, children: list[Any]) -> Member:
        return Member(children[0], negated=True, values=children[1])

    def listed(self, children: list[Any]) -> tuple[Literal, ...]:
        return tuple(children)

    def semi_join(self, children: list[Any]) -> Query:
        return children[0]  # type: ignore[no-any-return]

    def value(self, children: list[Any]) -> Literal:
        token = children[0]
        if isinstance(token, Path):
            return _word(token)
        if token.type == "RELATIVE":
            name, count = token.split(":")
            return Literal("relative", name.strip().upper(), *_at(token), count=int(count))
        return Literal(token.type.lower(), str(token), *_at(token))

    def group(self, children: list[Any]) -> list[Path]:
        return children

    def order(self, children: list[Any]) -> list[Sort]:
        return children

    def sort(self, children: list[Any]) -> Sort:
        path, direction, nulls = children
        return Sort(
            path, bool(direction) and direction.upper() == "DESC", bool(nulls) and nulls.upper().endswith("LAST")
        )

    def limit(self, children: list[Any]) -> int:
        return _count(children[0])

    def offset(self, children: list[Any]) -> int:
        return _count(children[0])


def _word(path: Path) -> Literal:
    """A bare word as a value: true, false, null, or the name of a relative date."""
    word = str(path)
    kind = {"true": "boolean", "false": "boolean", "null": "null"}.get(word.lower(), "relative")
    return Literal(kind, word.lower() if kind != "relative" else word.upper(), path.line, path.column)


def _count(token: Token) -> int:
    if not token.isdigit():
        raise QueryError("MALFORMED_QUERY", f"a whole number was expected at row {token.line}, column {token.column}")
    return int(token)
