"""The simulated HubSpot over HTTP: login, limits, headers and JSON around the areas of its API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.api import associations, meta, objects, owners, pipelines, properties
from sandbox.hubspot.api.auth import App, Credential, GrantError, TokenEndpoint, Tokens, new_refresh_token, well_formed
from sandbox.hubspot.api.call import Call, Reply, Traps, queried
from sandbox.hubspot.api.errors import (
    ApiError,
    correlation_id,
    missing_scopes,
    no_such_path,
    refusal_body,
    whole,
)
from sandbox.hubspot.api.limits import Limits, policy_of
from sandbox.hubspot.api.routes import kind_of, locate
from sandbox.hubspot.api.scopes import check_scopes
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.portal.refusals import RecordError, invalid
from sandbox.server.calls import CallKind
from sandbox.server.faults import Strike
from sandbox.server.gateway import html_page
from sandbox.server.json_text import PLAIN, CachedBody, dump
from sandbox.server.refresh import RefreshGrant
from sandbox.server.wire import Request, Response

_LONGEST_URI = 16_384
_JSON = "application/json;charset=utf-8"
_AREAS: Mapping[str, Callable[[Portal, Call], Reply]] = {
    "objects": objects.answer,
    "associations": associations.answer,
    "properties": properties.answer,
    "property-validations": meta.validations,
    "pipelines": pipelines.answer,
    "owners": owners.answer,
    "schemas": meta.schemas,
}


class HubSpot:
    """One simulated portal with its API, served at *url*; *now* is the portal's time."""

    def __init__(self, portal: Portal, *, url: str, now: Callable[[], datetime]) -> None:
        self.portal = portal
        self.app = App()
        self.limits = Limits(now, portal.quirks, portal=portal.portal_id, zone=ZoneInfo(portal.time_zone))
        self._url, self._now = url, now
        self._tokens = Tokens(self.app, now, lambda: portal.quirks["token_ttl_s"])
        self._traps: Traps = {}
        refreshes = RefreshGrant(
            self.app.refresh_token,
            make=new_refresh_token,
            rotates=lambda: bool(portal.quirks["rotate_refresh_tokens"]),
            on_theft=self._tokens.end_all,
        )
        self._oauth = TokenEndpoint(self.app, self._tokens, int(portal.portal_id), refreshes)

    @property
    def quirks(self) -> dict[str, Any]:
        """The portal's live switches."""
        return self.portal.quirks

    def answer(self, request: Request, strike: Strike) -> Response:
        """Answer any request to the API's host."""
        if len(request.target.encode()) > _LONGEST_URI:
            return html_page(414, "414 Request-URI Too Large")
        correlation = correlation_id(self._now())
        route = locate(request.segments)
        if route is None:
            return self._sent(refused(no_such_path(), correlation), correlation)
        area, version, rest = route
        if area == "oauth":
            return self._sent(self._token(request, version, rest, correlation), correlation)
        authorization = request.headers.get("authorization", "")
        if self.quirks["malformed_token_530"] and authorization and not well_formed(authorization):
            return html_page(530, "Origin DNS error")
        if strike.take("403_quota") or strike.take("403_concurrent"):
            return html_page(403, "403 Forbidden")
        return self._called(request, Call(request.method, area, version, rest, self._now()), strike, correlation)

    def failure(self, status: int, request: Request) -> Response:
        """The portal's own words for a failure of the whole; a 429 as the path of *request* would get it."""
        correlation = correlation_id(self._now())
        area = _bucket(*(locate(request.segments) or ("", "", ()))[::2])
        error = self.limits.refusal(policy_of(area)) if status == 429 else whole(status)
        return self._sent(refused(error, correlation), correlation)

    def kind_of(self, request: Request) -> CallKind:
        """What *request* counts as."""
        area, _, rest = locate(request.segments) or ("", "", ())
        return kind_of(request.method, area, rest)

    def usage(self) -> dict[str, Any]:
        """How much of each limit was used."""
        return self.limits.usage()

    def _called(self, request: Request, asked: Call, strike: Strike, correlation: str) -> Response:
        """A call of the API: who asks, is a call left, may they, and only then what they want."""
        authorization = request.headers.get("authorization", "")
        try:
            credential = self._tokens.check(authorization, expire=lambda: strike.take("401_expired"))
        except ApiError as error:
            return self._sent(refused(error, correlation), correlation)
        bucket = _bucket(asked.area, asked.rest)
        try:
            self.limits.spend(bucket)
            if strike.take("403_permission"):
                raise missing_scopes(["crm.objects.custom.read"])
            kind = kind_of(asked.method, asked.area, asked.rest)
            check_scopes(asked, kind, self.quirks["missing_scopes"])
            reply = self._routed(request, asked, strike)
        except (ApiError, RecordError) as error:
            reply = refused(error, correlation)
        # Recorded searches carry none of the rate-limit headers.
        return self._sent(reply, correlation, credential=None if bucket == "search" else credential)

    def _routed(self, request: Request, asked: Call, strike: Strike) -> Reply:
        call = replace(
            asked,
            path=request.path,
            query=queried(request),
            body=_parsed(request),
            size=len(request.body),
            origin=self._url,
            strike=strike,
            traps=self._traps,
        )
        if call.area == "account-info":
            return meta.account(self.portal, self.limits, call)
        with self.portal.lock:
            return _AREAS[call.area](self.portal, call)

    def _token(self, request: Request, version: str, rest: tuple[str, ...], correlation: str) -> Reply:
        try:
            status, body = self._oauth.answer(request, version, rest)
        except GrantError as error:
            return Reply(400, error.body | {"correlationId": correlation})
        return Reply(status, body) if body is not None else refused(no_such_path(), correlation)

    def _sent(self, reply: Reply, correlation: str, *, credential: Credential | None = None) -> Response:
        """The answer as it leaves; one with a *credential* tells how much of the limits is left."""
        headers = {
            "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
            "cf-cache-status": "DYNAMIC",
            "access-control-allow-credentials": "false",
            "x-hubspot-correlation-id": correlation,
            "server": "cloudflare",
            "cf-ray": f"{secrets.token_hex(8)}-EWR",
            "x-trace": f"2B{secrets.token_hex(24).upper()}00",
        }
        if credential is not None:
            headers |= self.limits.headers(keyed=credential == "service-key")
        if reply.status == 404:
            headers["x-hubspot-notfound"] = "true"
        if reply.status == 429 and self.quirks["retry_after_on_429"] is not None:
            headers["retry-after"] = str(int(self.quirks["retry_after_on_429"]))
        if reply.body is None:
            return Response(reply.status, b"", headers)
        text = reply.body.plain if isinstance(reply.body, CachedBody) else dump(reply.body, PLAIN)
        return Response(
            reply.status, text.encode("utf-8", "replace"), headers | {"content-type": _JSON, "vary": "Accept-Encoding"}
        )


def refused(error: ApiError | RecordError, correlation: str) -> Reply:
    """The reply to a call that is refused as a whole."""
    return Reply(error.status, refusal_body(error, correlation))


def _bucket(area: str, rest: tuple[str, ...]) -> str:
    """The limit that a call falls under."""
    if area == "objects" and rest[-1:] == ("search",):
        return "search"
    return "associations" if area == "associations" or "associations" in rest else area


def _parsed(request: Request) -> Any:
    if not request.body or request.method in {"GET", "DELETE", "HEAD"}:
        return None
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise invalid(f"Invalid input JSON: {error}") from None
