"""The control port: what a test or an operator does to a simulated CRM from outside the CRM's own API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from sandbox.server.clock import Clock
from sandbox.server.faults import FaultListError
from sandbox.server.gateway import Gateway
from sandbox.server.quirk import Quirk, fits
from sandbox.server.wire import Outcome, Request, Response

_ROOT = "_sandbox"


class ControlError(Exception):
    """A control request that cannot be done; nothing was changed."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Subject(Protocol):
    """What the control port can do to one CRM; every refusal is a `ControlError`."""

    @property
    def gateway(self) -> Gateway:
        """The CRM's faults and calls."""
        ...

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of an object, deleted ones included."""
        ...

    def edit(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Make a person's change."""
        ...

    def quirks(self) -> Mapping[str, Any]:
        """The live switches."""
        ...

    def set_quirks(self, values: Mapping[str, Any]) -> None:
        """Set some switches, all or none."""
        ...


class Control:
    """Answers the requests of the control port; `crm` in the query says which CRM is meant."""

    def __init__(self, clock: Clock, subjects: Mapping[str, Subject]) -> None:
        self._clock, self._subjects = clock, subjects

    def handle(self, request: Request) -> Outcome:
        """Answer with JSON, also where the request is refused."""
        try:
            return _json(200, self._answer(request))
        except FaultListError as error:
            return _json(400, {"error": str(error)})
        except ControlError as error:
            return _json(error.status, {"error": str(error)})

    def _answer(self, request: Request) -> Any:
        if request.segments[:1] != (_ROOT,):
            raise ControlError(f"unknown path {request.path}; all paths begin with /{_ROOT}/", 404)
        route = (request.method, *request.segments[1:])
        if route[1:] == ("clock",):
            return self._clock_route(request)
        subject = self._subject(request)
        match route:
            case ("GET", "tables", name):
                return subject.table(name)
            case ("GET", "calls"):
                return _calls(subject.gateway)
            case ("GET", "calls", "newest"):
                return subject.gateway.calls.newest()
            case ("POST", "calls", "reset"):
                subject.gateway.calls.reset()
                return _calls(subject.gateway)
            case ("POST", "edit"):
                return subject.edit(_object(request))
            case ("GET", "quirks"):
                return dict(subject.quirks())
            case ("POST", "quirks"):
                subject.set_quirks(_object(request))
                return dict(subject.quirks())
            case ("GET", "faults"):
                return subject.gateway.faults.listing()
            case ("POST", "faults"):
                subject.gateway.faults.replace(_body(request))
                return subject.gateway.faults.listing()
        raise ControlError(f"unknown control request: {request.method} {request.path}", 404)

    def _subject(self, request: Request) -> Subject:
        # Salesforce unless named, as it was the first to be served.
        name = request.query.get("crm", "salesforce")
        if name not in self._subjects:
            raise ControlError(f"crm {name!r} is not served here; served: {', '.join(self._subjects)}", 404)
        return self._subjects[name]

    def _clock_route(self, request: Request) -> dict[str, str]:
        if request.method == "POST":
            _set_clock(self._clock, _object(request))
        elif request.method != "GET":
            raise ControlError(f"unknown control request: {request.method} {request.path}", 404)
        return {"now": self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def check_quirks(known: Mapping[str, Quirk], values: Mapping[str, Any]) -> None:
    """Refuse *values* of switches if one is unknown, or not of its kind."""
    if unknown := sorted(set(values) - set(known)):
        raise ControlError(f"unknown quirk {unknown[0]!r}; known are {', '.join(known)}")
    for name, value in values.items():
        if not fits(known[name], value):
            raise ControlError(f"quirk {name}: {value!r} is not of its kind; {known[name].meaning}")


def _calls(gateway: Gateway) -> dict[str, Any]:
    """What was called, and beside it how much of the CRM's limits was ever used."""
    return gateway.calls.summary() | {"limits": gateway.crm.usage()}


def _set_clock(clock: Clock, order: Mapping[str, Any]) -> None:
    match dict(order):
        case {"now": str(text)} if len(order) == 1:
            clock.set(_moment(text))
        case {"advance_s": int() | float() as seconds} if len(order) == 1 and not isinstance(seconds, bool):
            _trying(clock.advance, seconds)
        case _:
            raise ControlError('expected {"now": "2026-06-15T09:00:00Z"} or {"advance_s": 3600}')


def _trying(advance: Callable[[float], None], seconds: float) -> None:
    try:
        advance(seconds)
    except (OverflowError, ValueError):
        raise ControlError(f"advance_s leads out of the calendar: {seconds}") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ControlError(f"now: expected an ISO time such as 2026-06-15T09:00:00Z, found {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(request: Request) -> dict[str, Any]:
    body = _body(request)
    if not isinstance(body, dict):
        raise ControlError(f"{request.path}: expected a JSON object, found {type(body).__name__}")
    return body


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise ControlError(f"{request.path}: the body is no JSON: {error}") from None


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
    return Response(status, text.encode("utf-8", "replace"), {"content-type": "application/json;charset=UTF-8"})
