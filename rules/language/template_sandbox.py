"""The Jinja that rule files may use: names, a few filters, arithmetic on numbers, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache, partial, wraps
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateRuntimeError, Undefined
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rules.language.plain_text import one_line
from rules.language.words import ENGLISH, Language

MAX_VALUE: Final = 120
"""Characters of one value that a line shows."""
MAX_TEXT: Final = 10_000
"""Characters that a filter may make, and a template; a line shows 500 of them."""
_MAX_ITEMS: Final = 50
_MAX_DIGITS: Final = 9
_LARGEST: Final = 10**18
"""Beyond every amount that there is; without it products of products grow until nothing else gets done."""


class Record(dict[str, Any]):
    """A mapping whose entries templates may name; nothing else of it can be reached."""


def data(value: object) -> Any:
    """Return *value* as inert data, or None if there is nothing to show."""
    match value:
        case bool() | int():
            return value
        case float():
            # No person can act on infinity, or on what is not a number.
            return value if math.isfinite(value) else None
        case str():
            return one_line(value, MAX_VALUE) or None
        case datetime():
            return value.date()
        case date():
            return value
        case list() | tuple():
            items = [data(item) for item in value[:_MAX_ITEMS]]
            return [item for item in items if item is not None]
        case Mapping():
            return Record({str(name): data(entry) for name, entry in value.items()})
        case _:
            return None


def _printed(value: Any) -> Any:
    """Put a value into text, as the last step of ``{{ }}``; an undefined one goes on to fail there."""
    match value:
        case Undefined():
            return value
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return int(value)
        case float():
            return f"{value:.2f}".rstrip("0").rstrip(".")
        case int() | str():
            return value
        case date():
            return value.isoformat()
        case list():
            return _join(value)
        case _:
            raise TypeError("nothing that can be shown")


def _first(items: Any) -> Any:
    if not items:
        raise TemplateRuntimeError("an empty list has no first item")
    return items[0]


def _join(items: Any, separator: str = ", ") -> str:
    if isinstance(items, str):
        raise TypeError("only a list can be joined")
    if not items:
        # An error and not an empty text: the line is then dropped as a whole.
        raise TemplateRuntimeError("an empty list has nothing to join")
    texts = [str(_printed(item)) for item in items]
    # A separator may be joined itself, and each level of that multiplies the length.
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        raise ValueError(f"a text of more than {MAX_TEXT:,} characters")
    return separator.join(texts)


def _date(value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError("no date")
    return value.isoformat()


def _day(language: Language, value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError("no date")
    return language.in_short(value)


def _word(language: Language, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("only a text has a word")
    return language.word(value)


def _words(language: Language, values: Any) -> list[str]:
    if isinstance(values, str):
        raise TypeError("only a list has words")
    return [_word(language, value) for value in values]


def _number(language: Language, value: Any) -> str:
    rounded = round(value, 2)
    return language.number(rounded, 0 if rounded == int(rounded) else 2)


def _round(value: Any, digits: int = 0) -> Any:
    if not isinstance(digits, int) or abs(digits) > _MAX_DIGITS:
        raise ValueError(f"round takes at most {_MAX_DIGITS} digits")
    shift = 10**digits
    return math.copysign(math.floor(abs(value) * shift + 0.5) / shift, value)


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if isinstance(value, Undefined) else value


def _defined(value: Any) -> bool:
    return not isinstance(value, Undefined)


def _known(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let an unknown value fail before a filter makes something of it."""

    @wraps(function)
    def applied(value: Any, *arguments: Any) -> Any:
        if isinstance(value, Undefined):
            raise TemplateRuntimeError("an unknown value")
        return function(value, *arguments)

    return applied


def _bounded(number: Any) -> Any:
    if abs(number) > _LARGEST:
        raise ValueError(f"a number beyond {_LARGEST:.0e}")
    return number


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with nothing in it but names, a few filters, and arithmetic on numbers."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        return False

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look into a record, and into nothing else."""
        entry = obj.get(attribute) if isinstance(obj, Record) else None
        return self.undefined(obj=obj, name=attribute) if entry is None else entry

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute with numbers only: text must not be multiplied, and unknown values not be used."""
        for operand in (left, right):
            if not isinstance(operand, int | float):
                raise TypeError(f"{operator} works with numbers only")
            _bounded(operand)
        return _bounded(super().call_binop(context, operator, left, right))


@lru_cache(maxsize=8)
def environment(language: Language = ENGLISH) -> ImmutableSandboxedEnvironment:
    """Return what templates are parsed and rendered with in *language*."""

    def printed(value: Any) -> Any:
        if isinstance(value, date):
            return language.dated(value)
        text = _printed(value)
        return text.replace(".", language.decimal) if isinstance(value, float) and isinstance(text, str) else text

    # The result is plain text; whoever shows it as HTML escapes it there.
    environment = _Sandbox(undefined=StrictUndefined, autoescape=False, finalize=printed, cache_size=0)
    # Jinja's own globals, tests and filters reach attributes and build large texts, so each allowed one is listed.
    environment.globals = {}
    environment.tests = {"defined": _defined}
    environment.filters = {
        "first": _known(_first),
        "join": _known(_join),
        "date": _known(_date),
        "number": _known(partial(_number, language)),
        "default": _default,
        "lower": _known(str.lower),
        "upper": _known(str.upper),
        "title": _known(str.title),
        "round": _known(_round),
        "length": _known(len),
        "day": _known(partial(_day, language)),
        "word": _known(partial(_word, language)),
        "map_words": _known(partial(_words, language)),
    }
    return environment
