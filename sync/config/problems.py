"""What is wrong with a config, as lines an operator can act on."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Tag, ValidationError

from rules.files.toml_positions import KeyPath, Positions
from rules.language.errors import nearest
from sync.config.credentials import masked

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a table"}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": "a table",
    "model_type": "a table",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place of a config."""

    path: KeyPath
    text: str


def render(problems: list[Problem], places: Positions) -> list[str]:
    """Write each problem as ``FILE:LINE: [toml.path] what was found, what was expected``, from top to bottom."""
    placed = sorted(
        (places.key(problem.path).line, toml_path(problem.path), masked(problem.text)) for problem in set(problems)
    )
    return [f"{places.path}:{line}: [{path}] {text}" for line, path, text in placed]


def toml_path(path: KeyPath) -> str:
    """Write a path the way a TOML file would: ``connections.acme.phases."Closed Won"``."""
    parts = (str(part) if re.fullmatch(r"[A-Za-z0-9_-]+", str(part)) else f'"{part}"' for part in path)
    return ".".join(parts)


def from_validation(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    """Yield what pydantic reports, in this program's words."""
    for detail in error.errors(include_url=False):
        path: KeyPath = detail["loc"]
        # pydantic ends the path of a key that it refuses so; in the file that path is the key's own.
        if path and path[-1] == "[key]":
            path = path[:-1]
        text = _text(detail["type"], detail.get("input"), detail.get("ctx", {}), path, model)
        # pydantic puts the type of a connection into the path, where the file has no table of that name.
        place = (*path[:2], *path[3:]) if path[0] == "connections" and len(path) > 2 else path
        yield Problem((*place, "type") if detail["type"].startswith("union_tag") else place, text)


def _text(kind: str, value: Any, context: Mapping[str, Any], path: KeyPath, model: type[BaseModel]) -> str:
    """Return the text of one problem; the value of a secret's key is never repeated (its own check has the text)."""
    match kind:
        case "extra_forbidden":
            known = _known_keys(model, path[:-1])
            close = nearest(str(path[-1]), known)
            return "unknown key" + (
                f'; did you mean "{close}"?' if close else f"; known here: {', '.join(sorted(known))}"
            )
        case "missing" | "union_tag_not_found":
            return "missing, expected a value"
        case "union_tag_invalid":
            return _not_one_of(context["tag"], context["expected_tags"])
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return _not_one_of(value, context["expected"].replace(" or ", ", "))
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            sign, bound = next(iter(context.items()))
            names = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
            return f"found {value}, expected {names[sign]} {bound:g}"
        case "too_short":
            return "found nothing, expected at least one"
        case "string_too_short":
            return "found empty text, expected something"
        case "string_too_long":
            return f"found {len(value)} characters, expected at most {context['max_length']}"
        case _:
            return f"found {shown(value)}, expected {_EXPECTED.get(kind, kind.replace('_', ' '))}"


def _not_one_of(value: Any, expected: str) -> str:
    words = [word.strip("'") for word in expected.split(", ")]
    close = nearest(str(value), words)
    suggestion = f'; did you mean "{close}"?' if close else ""
    return f"found {shown(value)}, expected one of {', '.join(words)}{suggestion}"


def shown(value: Any) -> str:
    """Return a value as messages show it: text and numbers as they are, anything else by its kind."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (bool, int, float)):
        return f"{str(value).lower()} ({_KINDS[type(value)]})"
    return _KINDS.get(type(value), f"{value}")


def _known_keys(model: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Return the keys that the table at *path* may hold."""
    current: Any = model
    for part in path:
        if isinstance(current, type) and issubclass(current, BaseModel):
            info = current.model_fields.get(str(part))
            current = info.annotation if info else None
        elif typing.get_origin(current) is Mapping:
            current = typing.get_args(current)[1]
        else:
            current = _of_type(current, str(part))
        current = _without_wrapping(current)
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return ()
    return tuple(name for name in current.model_fields if name != "name")


def _of_type(union: Any, tag: str) -> Any:
    """Return the model of a union that carries *tag*."""
    for member in typing.get_args(union):
        if any(isinstance(mark, Tag) and mark.tag == tag for mark in getattr(member, "__metadata__", ())):
            return typing.get_args(member)[0]
    return None


def _without_wrapping(annotation: Any) -> Any:
    """Return ``X`` for ``X | None`` and ``Annotated[X, ...]``; a union of several models stays as it is."""
    if len([part for part in typing.get_args(annotation) if typing.get_origin(part) is typing.Annotated]) > 1:
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        return next((_without_wrapping(part) for part in typing.get_args(annotation) if part is not type(None)), None)
    return annotation
