"""A small validator of calls against published OpenAPI files: parameters, bodies, answers, and no invented key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sandbox.server.wire import Request, Response

Document = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a call and the files part. *at* is a path into the body, with `[]` for every item of a list."""

    method: str
    template: str
    side: str  # request, or the status of the answer
    at: str
    problem: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one file."""

    method: str
    template: str
    document: Document
    body: Document
    literal: int  # segments of the path without a parameter: the more, the better a path fits
    subject: str  # what the file is about, as its name says


class Files:
    """All operations of a folder of OpenAPI files."""

    def __init__(self, folder: Path) -> None:
        self.operations = [operation for path in sorted(folder.rglob("*.json")) for operation in _operations(path)]

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that answers *path*; where files share a path, the one about the object that it names."""
        segments = path.strip("/").split("/")
        fits = [one for one in self.operations if one.method == method and _fits(one.template, segments)]
        return max(fits, key=lambda one: (one.literal, one.subject in segments, one.subject == "objects"), default=None)

    def violations(self, request: Request, response: Response) -> set[Violation]:
        """What the files say against a call and its answer."""
        operation = self.find(request.method, request.path)
        if operation is None:
            return {Violation(request.method, request.path, "request", "", "path is in no file")}
        found = {("request", at, problem) for at, problem in _asked(operation, request)}
        found |= {(str(response.status), at, problem) for at, problem in _answered(operation, response)}
        return {Violation(operation.method, operation.template, *one) for one in found}


def _operations(path: Path) -> Iterator[Operation]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not str(document.get("openapi", "")).startswith("3."):
        return  # collections of another tool lie beside the files
    for template, methods in document["paths"].items():
        literal = sum(1 for part in template.strip("/").split("/") if not part.startswith("{"))
        for method, body in methods.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield Operation(method.upper(), template, document, body, literal, path.stem)


def _fits(template: str, segments: list[str]) -> bool:
    wanted = template.strip("/").split("/")
    return len(wanted) == len(segments) and all(
        part.startswith("{") or part == given for part, given in zip(wanted, segments, strict=True)
    )


def _asked(operation: Operation, request: Request) -> Iterator[tuple[str, str]]:
    """What is wrong with a request: its query, and its JSON or form."""
    parameters = [_resolved(operation.document, one) for one in operation.body.get("parameters", [])]
    known = {one["name"]: one for one in parameters if one["in"] == "query"}
    given = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
    for name, value in given.items():
        if name not in known:
            yield f"?{name}", "is no parameter"
        elif not _reads_as(known[name].get("schema", {}), value):
            yield f"?{name}", "has another type"
    for name in (one for one, parameter in known.items() if parameter.get("required") and one not in given):
        yield f"?{name}", "is missing"
    declared = operation.body.get("requestBody", {}).get("content", {})
    if not request.body:
        if operation.body.get("requestBody", {}).get("required"):
            yield "", "body is missing"
        return
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind not in declared:
        yield "", f"body of type {kind or 'none'} is not declared"
        return
    form = kind == "application/x-www-form-urlencoded"
    body = dict(parse_qsl(request.body.decode())) if form else json.loads(request.body)
    yield from _checked(operation.document, declared[kind]["schema"], body, "")


def _answered(operation: Operation, response: Response) -> Iterator[tuple[str, str]]:
    """What is wrong with an answer."""
    responses = operation.body["responses"]
    declared = responses.get(str(response.status)) or responses.get("default")
    if str(response.status) not in responses and response.status < 400:
        yield "", "status is not declared"
        return
    content = _resolved(operation.document, declared or {}).get("content", {})
    media = content.get("application/json") or content.get("*/*")
    if not response.body:
        if media:
            yield "", "body is missing"
        return
    if media is None:
        yield "", "body is not declared"
        return
    yield from _checked(operation.document, media["schema"], json.loads(response.body), "")


def _checked(document: Document, schema: Document, value: Any, at: str) -> Iterator[tuple[str, str]]:
    schema = _resolved(document, schema)
    for part in schema.get("allOf", ()):
        yield from _checked(document, part, value, at)
    choices = schema.get("oneOf") or schema.get("anyOf") or ()
    if choices and not any(not list(_checked(document, choice, value, at)) for choice in choices):
        yield at, "fits none of the choices"
    if value is None:
        if not schema.get("nullable"):
            yield at, "is null"
        return
    wanted = schema.get("type")
    if wanted and (not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        yield at, f"is {type(value).__name__}, not {wanted}"
        return
    if schema.get("enum") and value not in schema["enum"]:
        yield at, f"is {value!r}, not one of the enumeration"
    if schema.get("format") == "date-time" and not _is_moment(value):
        yield at, "is no date-time"
    if isinstance(value, list):
        for item in value:
            yield from _checked(document, schema.get("items", {}), item, f"{at}[]")
    elif isinstance(value, dict):
        yield from _object(document, schema, value, at)


def _object(document: Document, schema: Document, value: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}.{name}", "is missing"
    for name, item in value.items():
        if properties and name in properties:
            yield from _checked(document, properties[name], item, f"{at}.{name}")
        elif isinstance(more, dict):
            yield from _checked(document, more, item, f"{at}.*")
        elif properties is not None and not more:
            yield f"{at}.{name}", "is no property"


def _resolved(document: Document, part: Document) -> Document:
    while "$ref" in part:
        target: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def _reads_as(schema: Document, value: str) -> bool:
    match schema.get("type"):
        case "integer":
            return value.lstrip("-").isdigit()
        case "boolean":
            return value in {"true", "false"}
    return "enum" not in schema or value in schema["enum"]


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
