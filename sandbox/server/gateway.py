"""The layer between the network and a simulated CRM: plays the delivery faults and counts the calls."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Protocol

from sandbox.server.calls import CallKind, CallLog
from sandbox.server.clock import Clock
from sandbox.server.faults import Faults, Strike
from sandbox.server.hostile import HOSTILE, nested_json, redirect, spoiled
from sandbox.server.wire import Dropped, Outcome, Request, Response

_SKEW = {"clock_skew": timedelta(minutes=10), "clock_skew_behind": timedelta(minutes=-10)}
_ABSURD_S = 10 * 365 * 86_400
_MIGRATION_S = 3600


class Crm(Protocol):
    """A simulated CRM: answers requests, and plays those faults itself that it alone can show."""

    @property
    def quirks(self) -> Mapping[str, Any]:
        """The live switches."""
        ...

    def answer(self, request: Request, strike: Strike) -> Response:
        """Carry *request* out; a fault of *strike* that this CRM shows is taken and played."""
        ...

    def failure(self, status: int, request: Request) -> Response:
        """What this CRM, or the network in front of it, sends with *status* when it fails *request* as a whole."""
        ...

    def usage(self) -> dict[str, Any]:
        """How much of each of its limits was used."""
        ...

    def kind_of(self, request: Request) -> CallKind:
        """What *request* counts as."""
        ...


class Gateway:
    """A simulated CRM as the network sees it."""

    def __init__(self, crm: Crm, clock: Clock) -> None:
        self.crm = crm
        self.faults = Faults()
        self.calls = CallLog()
        self._clock = clock

    def handle(self, request: Request) -> Outcome:
        """Answer *request*, disturbed by the fault that is due, and count it."""
        # A fault is matched before the CRM sees the request, so that `nth` counts what the client sent.
        strike = self.faults.strike(request.path)
        outcome = self._dated(self._disturbed(request, strike), strike)
        if isinstance(outcome, Response):
            outcome = outcome.compressed_for(request)
        self.calls.count(
            request.method,
            request.target,
            self.crm.kind_of(request),
            at=self._clock.now().isoformat(timespec="seconds"),
            status=outcome.status if isinstance(outcome, Response) else None,
            moved=(len(request.body), len(outcome.body) if isinstance(outcome, Response) else 0),
        )
        return outcome

    def _disturbed(self, request: Request, strike: Strike) -> Outcome:
        def carry_out() -> Response:
            return self.crm.answer(request, strike)

        kind = strike.kind
        if kind is None:
            return carry_out()
        if (lost := self._lost(strike, kind, carry_out)) is not None:
            return lost
        stem = kind.removesuffix("_after_apply")
        if stem in _FRONT_PAGES and self._may_refuse(request, stem) and strike.take(kind):
            if stem != kind:
                carry_out()
            return _FRONT_PAGES[stem](self.crm, request, self._clock.now())
        return self._broken(strike, carry_out())

    def _lost(self, strike: Strike, kind: str, carry_out: Callable[[], Response]) -> Dropped | None:
        """The ends of a connection without an answer."""
        if kind not in {"drop_before_apply", "drop_after_apply", "delay_then_apply", "connection_reset"}:
            return None
        if not strike.take(kind):
            return None
        if kind == "drop_after_apply":
            carry_out()
        if kind == "delay_then_apply":
            return Dropped(after_s=float(self.crm.quirks["delay_s"]), then=carry_out)
        return Dropped(reset=kind == "connection_reset")

    def _may_refuse(self, request: Request, stem: str) -> bool:
        """Whether the page fits the request: a whole-batch answer fits writes only, every other page anything."""
        whole_batch = stem in {"batch_409", "multi_207", "204"}
        return not whole_batch or self.crm.kind_of(request) == "write"

    def _broken(self, strike: Strike, response: Response) -> Response:
        """An answer that is right when it leaves the CRM and wrong when it arrives."""
        body = response.body
        if len(body) < 2:
            return response
        if strike.take("truncated_json"):
            return replace(response, body=body[: len(body) // 2])
        if strike.take("truncated_gzip"):
            # Cut inside the stream, and not before it, so that the client has begun to unpack when it ends.
            packed = gzip.compress(body, mtime=0)
            return replace(response, body=packed[: len(packed) // 2]).with_headers(content_encoding="gzip")
        if strike.take("wrong_content_length"):
            # The head promises more than is sent, as when a proxy dies in the middle of a body.
            return replace(response, missing=64)
        if strike.take("slow_body"):
            return replace(response, trickle_s=float(self.crm.quirks["slow_body_s"]))
        if strike.kind in HOSTILE and (changed := spoiled(strike.kind, response)) is not response:
            return changed if strike.take(strike.kind) else response
        return response

    def _dated(self, outcome: Outcome, strike: Strike) -> Outcome:
        if isinstance(outcome, Dropped):
            return outcome
        if "date" in outcome.headers:  # a fault has set it already
            return outcome
        now = self._clock.now()
        for kind, skew in _SKEW.items():
            if strike.take(kind):
                now += skew
        return outcome.with_headers(date=http_date(now))


def http_date(moment: datetime) -> str:
    """*moment* (UTC) as HTTP writes it."""
    return format_datetime(moment, usegmt=True)


def html_page(status: int, title: str) -> Response:
    """The HTML of a proxy that has no better answer."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Response(status, body.encode(), {"content-type": "text/html"})


def _multi_status() -> Response:
    body = b'{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"GATEWAY"}]}'
    return Response(207, body, {"content-type": "application/json"})


_FRONT_PAGES: dict[str, Callable[[Crm, Request, datetime], Response]] = {
    "500": lambda crm, request, _: crm.failure(500, request),
    "503": lambda crm, request, _: crm.failure(503, request),
    "502": lambda _, __, ___: html_page(502, "502 Bad Gateway"),
    "502_html": lambda _, __, ___: html_page(502, "502 Bad Gateway"),
    "503_html": lambda _, __, ___: html_page(503, "503 Service Unavailable"),
    "401_html": lambda _, __, ___: html_page(401, "401 Unauthorized"),
    "414_html": lambda _, __, ___: html_page(414, "414 Request-URI Too Large"),
    "423": lambda crm, request, _: crm.failure(423, request),
    "429": lambda crm, request, _: crm.failure(429, request),
    "429_retry_after": lambda crm, request, _: crm.failure(429, request).with_headers(retry_after="1"),
    "429_retry_after_date": lambda crm, request, now: crm.failure(429, request).with_headers(
        retry_after=http_date(now + timedelta(seconds=2))
    ),
    "429_retry_after_absurd": lambda crm, request, _: crm.failure(429, request).with_headers(
        retry_after=str(_ABSURD_S)
    ),
    "477": lambda crm, request, _: crm.failure(477, request).with_headers(retry_after=str(_MIGRATION_S)),
    "530_html": lambda _, __, ___: html_page(530, "Origin DNS error"),
    "html_200": lambda _, __, ___: html_page(200, "Down for maintenance"),
    "batch_409": lambda crm, request, _: crm.failure(409, request),
    "multi_207": lambda _, __, ___: _multi_status(),
    "204": lambda _, __, ___: Response(204),
    "nested_json": lambda _, __, ___: nested_json(),
    "redirect_away": lambda _, request, ___: redirect(request),
}
"""The pages that a gateway answers by itself, by fault kind; `500_after_apply` and its like use the page of `500`."""
