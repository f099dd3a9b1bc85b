"""The lines that reps read: templates over signals, in which what the CRM says is data and never code.

A template is judged line by line: a line that needs an unknown value is left out. Values are shown on one line, without
control characters, and cut; the result is plain text, to be escaped by whoever shows it as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from jinja2 import Template, TemplateRuntimeError, TemplateSyntaxError, meta, nodes

from rules.language.errors import Problem, as_written, nearest, shown
from rules.language.location import Location
from rules.language.plain_text import one_line
from rules.language.signal import Signal, SignalType
from rules.language.template_sandbox import MAX_TEXT, data, environment
from rules.language.words import ENGLISH, Language

DEAL_FIELDS: Final = ("name", "id")
"""What can follow ``deal.`` in a template."""
MAX_LINE: Final = 500
"""Characters of one line, written or rendered."""

_EXTRA_NAMES: Final = ("deal", "target", "level", "limit")
# Everything else is refused: calls, blocks, imports, and whatever a later Jinja adds.
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple),
    *(nodes.Filter, nodes.Getattr, nodes.Test, nodes.If, nodes.For, nodes.CondExpr),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
)
_SAMPLES: Final[Mapping[SignalType, object]] = {
    SignalType.NUMBER: 3,
    SignalType.TEXT: "text",
    SignalType.DATE: date(2026, 1, 31),
    SignalType.BOOLEAN: True,
    SignalType.PHASE: "evaluation",
    SignalType.LIST: ["text"],
}


def render(text: str, values: Mapping[str, object], language: Language = ENGLISH) -> str | None:
    """Return the lines of *text*, which `check` accepted, filled in; None when every line needs an unknown value.

    *values* maps names to signals' values, None being unknown, and ``deal`` to a mapping.
    """
    lines = [_rendered(line, values, language) for line in text.splitlines()]
    return "\n".join(line for line in lines if line) or None


def names_in(text: str) -> frozenset[str]:
    """Return the names that *text*, which `check` accepted, needs values for."""
    return frozenset[str]().union(*(_compiled(line).names for line in text.splitlines()))


def _rendered(line: str, values: Mapping[str, object], language: Language) -> str | None:
    compiled = _compiled(line, language)
    shown = {name: data(values.get(name)) for name in compiled.names}
    known = {name: value for name, value in shown.items() if value is not None}
    try:
        return one_line(_within_budget(compiled.template, known), MAX_LINE)
    except (TemplateRuntimeError, TypeError, ValueError, ArithmeticError):
        return None


def _within_budget(template: Template, values: Mapping[str, object]) -> str:
    """Return the rendered *template*, piece by piece, so that one without an end is given up early."""
    pieces, length = [], 0
    for piece in template.generate(values):
        length += len(piece)
        if length > MAX_TEXT:
            raise ValueError(f"a text of more than {MAX_TEXT:,} characters")
        pieces.append(piece)
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class _Compiled:
    template: Template
    names: frozenset[str]


@lru_cache(maxsize=4096)
def _compiled(line: str, language: Language = ENGLISH) -> _Compiled:
    with_words = environment(language)
    names = meta.find_undeclared_variables(with_words.parse(line))
    return _Compiled(with_words.from_string(line), frozenset(names))


def sample(signal: Signal) -> object:
    """Return a made-up value of *signal*."""
    return _SAMPLES[signal.type]


def check(
    text: str,
    catalogue: Mapping[str, Signal],
    location: Location,
    *,
    place: Callable[[int], Location] | None = None,
) -> list[Problem]:
    """Find everything in *text* that could not be rendered for any deal; *location* and *place* as for conditions."""
    locate = place or as_written(text, location)
    problems: list[Problem] = []
    start = 0
    for line in text.splitlines(keepends=True):
        problems += [
            Problem(locate(start + fault.offset), fault.message, fault.expected, fault.suggestion)
            for fault in _faults(line.rstrip("\r\n"), catalogue)
        ]
        start += len(line)
    return problems


@dataclass(frozen=True, slots=True)
class _Fault:
    offset: int
    message: str
    expected: str = ""
    suggestion: str = ""


def _faults(line: str, catalogue: Mapping[str, Signal]) -> list[_Fault]:
    if len(line) > MAX_LINE:
        return [_Fault(MAX_LINE, f"a template line of {len(line)} characters", f"at most {MAX_LINE}")]
    try:
        return _faults_of_code(line, catalogue)
    except TemplateSyntaxError as error:
        return [_Fault(_first_code(line), f"a template that cannot be read: {error.message}")]
    except (RecursionError, SyntaxError, MemoryError):  # from compiling, at nesting that no person writes
        return [_Fault(_first_code(line), "a template nested too deeply", "a plain line")]


def _faults_of_code(line: str, catalogue: Mapping[str, Signal]) -> list[_Fault]:
    tree = environment().parse(line)
    words = _words(line)
    faults = [*_forbidden(tree, words), *_unknown_names(tree, words, catalogue), *_unknown_filters(tree, words)]
    return faults or _trial(line, catalogue)


def _forbidden(tree: nodes.Template, words: Mapping[str, int]) -> Iterator[_Fault]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            yield _Fault(words.get("{", 0), f"{kind!r} in a template", "signals, filters, arithmetic, if and for")
        # Lists are cut to 50 items; one loop inside another would still print 2,500.
        elif isinstance(node, nodes.For) and any(node.find_all(nodes.For)):
            yield _Fault(words.get("for", 0), "a loop inside a loop", "one loop")
        elif isinstance(node, nodes.Getattr):
            yield from _bad_attribute(node, words)


def _bad_attribute(node: nodes.Getattr, words: Mapping[str, int]) -> Iterator[_Fault]:
    at = words.get(f".{node.attr}", 0)
    if not (isinstance(node.node, nodes.Name) and node.node.name == "deal"):
        yield _Fault(at, f"{shown('.' + node.attr)} after something other than deal", "a signal's plain name")
    elif node.attr not in DEAL_FIELDS:
        expected = " or ".join(f"deal.{field}" for field in DEAL_FIELDS)
        yield _Fault(at, f"unknown field {shown(node.attr)} of deal", expected, nearest(node.attr, DEAL_FIELDS))


def _unknown_names(tree: nodes.Template, words: Mapping[str, int], catalogue: Mapping[str, Signal]) -> Iterator[_Fault]:
    known = [*catalogue, *_EXTRA_NAMES]
    names = list(tree.find_all(nodes.Name))
    bound = {node.name for node in names if node.ctx == "store"}
    for name in dict.fromkeys(node.name for node in names):
        if name not in bound and name not in known:
            yield _Fault(words.get(name, 0), f"unknown signal {shown(name)}", "a known signal", nearest(name, known))


def _unknown_filters(tree: nodes.Template, words: Mapping[str, int]) -> Iterator[_Fault]:
    for kind, known in ((nodes.Filter, environment().filters), (nodes.Test, environment().tests)):
        for node in tree.find_all(kind):
            if node.name not in known:
                expected = f"one of {', '.join(known)}"
                what = f"unknown {kind.__name__.lower()} {shown(node.name)}"
                yield _Fault(words.get(node.name, 0), what, expected, nearest(node.name, known))


def _trial(line: str, catalogue: Mapping[str, Signal]) -> list[_Fault]:
    """Render once with made-up values: what fails for reasons of type fails for every deal."""
    compiled = _compiled(line)
    values = {name: data(_SAMPLES[catalogue[name].type]) for name in compiled.names if name in catalogue}
    deal = data(dict.fromkeys(DEAL_FIELDS, "text"))
    try:
        _within_budget(compiled.template, {**values, "deal": deal, "target": 3, "level": "high", "limit": 7})
    except (TypeError, ValueError) as error:
        return [_Fault(_first_code(line), f"a template that fails: {error}", "values of the right kind")]
    # An unknown value or a division by zero depends on the deal, and drops the line there.
    except (TemplateRuntimeError, ArithmeticError):
        return []
    return []


def _words(line: str) -> dict[str, int]:
    """Return the first offset of each name inside ``{{ }}`` and ``{% %}``, and of each attribute with its dot."""
    words: dict[str, int] = {}
    offset = 0
    before = ""
    for _, kind, value in environment().lex(line):
        if kind == "name":
            words.setdefault(f".{value}" if before == "." else value, offset)
        elif kind in {"variable_begin", "block_begin"}:
            words.setdefault("{", offset)
        if kind != "whitespace":
            before = value
        offset += len(value)
    return words


def _first_code(line: str) -> int:
    return min((offset for offset in (line.find("{{"), line.find("{%")) if offset >= 0), default=0)
