"""The simulated Salesforce over HTTP: login, quota, headers and JSON around the data API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.salesforce.api import meta
from sandbox.salesforce.api.auth import ConnectedApp, GrantError, Sessions, TokenEndpoint, new_refresh_token
from sandbox.salesforce.api.call import OLDEST, Call, Reply, version_of
from sandbox.salesforce.api.errors import ApiError, not_found, refusal
from sandbox.salesforce.api.quota import Quota
from sandbox.salesforce.api.rest import DataApi, kind_of
from sandbox.salesforce.api.soap import SoapLogin
from sandbox.salesforce.data.json_text import to_json
from sandbox.salesforce.org.org import Org
from sandbox.server.calls import CallKind
from sandbox.server.faults import Strike
from sandbox.server.gateway import html_page
from sandbox.server.refresh import RefreshGrant
from sandbox.server.wire import Request, Response

_LONGEST_URI = 16_384
_TOKEN_PATH = ("services", "oauth2", "token")
_SOAP_PATH = ("services", "Soap", "u")
_DATA_PATH = ("services", "data")
_JSON = "application/json;charset=UTF-8"
_EVERYWHERE = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-xss-protection": "1; mode=block",
    "x-robots-tag": "none",
    "cache-control": "no-cache,must-revalidate,max-age=0,no-store,private",
    "server": "sfdcedge",
}
_FAILURES = {
    409: ("CONFLICT", "The request conflicts with another one; nothing was done."),
    429: ("TOO_MANY_REQUESTS", "Too many requests."),
    500: ("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support."),
    503: ("SERVER_UNAVAILABLE", "The server is temporarily unavailable. Please try again later."),
}


class Salesforce:
    """One simulated org with its API; *host_time* judges assertions, *now* is the org's time."""

    def __init__(self, org: Org, *, url: str, now: Callable[[], datetime], host_time: Callable[[], float]) -> None:
        self.org = org
        self.app = ConnectedApp()
        self.sessions = Sessions(org.org_id, now, lambda: org.quirks["token_ttl_s"])
        self.quota = Quota(now, org.quirks)
        refreshes = RefreshGrant(
            self.app.refresh_token,
            make=new_refresh_token,
            rotates=lambda: bool(org.quirks["rotate_refresh_tokens"]),
            on_theft=self.sessions.revoke_all,
        )
        self._tokens = TokenEndpoint(
            self.app, self.sessions, org.org_id, org.user_id, org.username, url, now, host_time, refreshes
        )
        self._soap = SoapLogin(self.app, self.sessions, org.org_id, org.user_id, org.username, url, org.get)
        self._data = DataApi(org, self.quota, now)

    @property
    def quirks(self) -> dict[str, Any]:
        """The org's live switches."""
        return self.org.quirks

    def answer(self, request: Request, strike: Strike) -> Response:
        """Answer any request to the org's host."""
        # A real edge refuses these before anybody looks at the session, so they cost no call.
        if len(request.target.encode()) > _LONGEST_URI:
            return _html(414, "URI Too Long")
        if sum(len(name) + len(value) for name, value in request.headers.items()) > _LONGEST_URI:
            return _html(431, "Request Header Fields Too Large")
        match request.segments:
            case path if path == _TOKEN_PATH:
                return self._token(request)
            case (*path, version) if tuple(path) == _SOAP_PATH and request.method == "POST":
                return self._soap.answer(request, version)
            # The list of versions needs no login and counts as no call.
            case ("services", "data"):
                return self._sent(request, Reply(200, meta.versions()))
            case ("services", "data", version, *_):
                return self._called(request, version, strike)
        return self._sent(request, refusal(not_found()))

    def failure(self, status: int, request: Request) -> Response:  # noqa: ARG002 - it is the same for every request
        """The org's own words for a failure of the whole; a status that it never sends is its network's."""
        if status not in _FAILURES:
            return html_page(status, str(status))
        code, message = _FAILURES[status]
        body = json.dumps([{"message": message, "errorCode": code}]).encode()
        return Response(status, body, _EVERYWHERE | {"content-type": _JSON})

    def usage(self) -> dict[str, Any]:
        """The calls of the last 24 hours."""
        return {"daily": {"max": self.quota.maximum, "used": self.quota.used()}}

    def kind_of(self, request: Request) -> CallKind:
        """What *request* counts as."""
        if request.segments == _TOKEN_PATH or request.segments[:-1] == _SOAP_PATH:
            return "auth"
        if request.segments[:2] != _DATA_PATH or len(request.segments) == 2:
            return "meta"
        # Only a composite has to be opened to know what it is; of everything else the path tells.
        try:
            body = _parsed(request) if request.segments[3:] in {("composite",), ("composite", "batch")} else None
        except ApiError:
            body = None
        return kind_of(Call(request.method, request.segments[2], request.segments[3:], body=body))

    def _called(self, request: Request, segment: str, strike: Strike) -> Response:
        """A call of the data API: who asks, may they, is a call left, and only then what they want."""
        try:
            version = _served_version(segment)
            self._authenticate(request, strike)
            # There is no Retry-After on this refusal; a client has to know that the window is 24 hours.
            if strike.take("403_quota") or not self.quota.spend():
                raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            if strike.take("403_concurrent"):
                raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")
            if strike.take("403_permission"):
                raise ApiError(403, "INSUFFICIENT_ACCESS", "You do not have the permission that this request needs.")
            body = _parsed(request)
        except ApiError as error:
            # A 401 carries no Sforce-Limit-Info: the session, and with it the org, is not known yet.
            return self._sent(request, refusal(error), counted=error.status != 401)
        call = Call(request.method, version, request.segments[3:], request.query, request.headers, body, strike)
        return self._sent(request, self._data.answer(call), counted=True)

    def _authenticate(self, request: Request, strike: Strike) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if strike.take("401_expired"):
            self.sessions.revoke(token)
        if scheme not in {"Bearer", "OAuth"} or not self.sessions.touch(token):
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _token(self, request: Request) -> Response:
        try:
            status, body = 200, self._tokens.grant(request)
        except GrantError as error:
            status, body = 400, error.body
        headers = _EVERYWHERE | {"content-type": _JSON, "cache-control": "no-cache,no-store", "pragma": "no-cache"}
        return Response(status, to_json(body, pretty=False), headers)

    def _sent(self, request: Request, reply: Reply, *, counted: bool = False) -> Response:
        headers = _EVERYWHERE | {"x-sfdc-request-id": secrets.token_hex(16)}
        if counted:
            headers["sforce-limit-info"] = self.quota.header()
        headers |= reply.headers
        if reply.body is None:
            return Response(reply.status, b"", headers)
        headers["content-type"] = _JSON
        if request.method in {"GET", "POST"} and reply.ok:
            headers["vary"] = "Accept-Encoding"
        return Response(reply.status, to_json(reply.body, pretty=_wants_pretty(request.headers)), headers)


def _served_version(segment: str) -> str:
    version = version_of(segment)
    if version is not None:
        return version
    number = segment.removeprefix("v").removesuffix(".0")
    if number.isdigit() and int(number) < OLDEST:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {number}.0 is retired")
    raise not_found()


def _parsed(request: Request) -> Any:
    if not request.body or request.method in {"GET", "DELETE", "HEAD"}:
        return None
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise ApiError(400, "JSON_PARSER_ERROR", f"The body is no JSON: {error}") from None


def _wants_pretty(headers: Mapping[str, str]) -> bool:
    return headers.get("x-prettyprint", "").lower() in {"1", "true"}


def _html(status: int, reason: str) -> Response:
    body = f"<h1>Bad Message {status}</h1><pre>reason: {reason}</pre>"
    return Response(status, body.encode(), {"content-type": "text/html;charset=iso-8859-1"})
