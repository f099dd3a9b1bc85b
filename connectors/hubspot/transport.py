"""The way to one portal: hubspot-api-client as thin transport, with our own pace, counting, renewal and retries."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import urllib3
from hubspot import HubSpot
from hubspot.crm.objects.exceptions import ApiException
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import (
    TimeoutError as AnyTimeoutError,
)

from connectors import retry
from connectors.base import CallCount
from connectors.bounded_http import BoundedPools, parse_json
from connectors.budget import Budget, ServerClock
from connectors.errors import (
    AuthError,
    ConnectorError,
    InvalidResponseError,
    LimitError,
    OutcomeUnknownError,
    TransientError,
    UnconfirmedError,
)
from connectors.host import Host
from connectors.http_status import NO_BODY, Action, action
from connectors.hubspot.api import VERSIONS, window_of
from connectors.hubspot.auth import OAuthTokens, ServiceKey, Tokens, refused_token
from connectors.hubspot.limiter import Limiter
from connectors.hubspot.refusals import Refusal, SessionRefusedError
from connectors.hubspot.settings import HubSpotSettings
from connectors.limits import Limits

Kind = Literal["meta", "read", "write"]
Query = Sequence[tuple[str, str]]

_NOT_SENT: Final = (ConnectTimeoutError, NewConnectionError, NameResolutionError, ProxyError, SSLError)
_OK: Final = 200
_POOLS: Final = 4
_LONGEST_COUNT: Final = 12
_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "gzip"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Transport:
    """Sends requests to one portal, one at a time, and observes its clock and its limits in every answer.

    Reads are tried again by the one policy. A write is sent once more only where the refusal proves that nothing was
    done: a token that ran out, or too many calls at once.
    """

    def __init__(self, settings: HubSpotSettings, calls: CallCount, host: Host) -> None:
        self.api = VERSIONS[settings.api_version]
        self.clock = ServerClock(host.monotonic, host.now)
        self.zone: ZoneInfo | None = None
        self._settings = settings
        self._host = host
        self._calls = calls
        self._budget = Budget(settings.quota_share, settings.spent_today)
        self._limiter = Limiter(host.sleep, host.monotonic)
        self._lock = threading.Lock()
        self._retrying = retry.reads(host.sleep)
        self._slowly = retry.refused_writes(host.sleep)
        self._asked_at: datetime | None = None
        self._client = _client(settings)
        self._tokens: Tokens = (
            ServiceKey(settings)
            if settings.auth == "service-key"
            else OAuthTokens(settings, self._post_form, host.monotonic)
        )

    @property
    def limits(self) -> Limits:
        """The bounds on what the portal answers."""
        return self._settings.limits

    def asked_at(self) -> datetime:
        """Return the CRM's time at the moment when the newest call was sent."""
        return self._asked_at or self.clock.now()

    def get(self, path: str, query: Query = (), *, kind: Kind = "read") -> Any:
        """GET *path*."""
        return self._retrying(lambda: self._call(kind, "GET", path, query, None))

    def ask(self, path: str, body: Mapping[str, Any], query: Query = ()) -> Any:
        """POST a question that changes nothing: a search, or a batch to read."""
        return self._retrying(lambda: self._call("read", "POST", path, query, body))

    def write(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send a write.

        Raises:
            OutcomeUnknownError: it may or may not have been done.
            ConnectorError: any other: it was not done.
        """
        answer = self._slowly(lambda: self._call("write", "POST", path, (), body))
        if answer is None:
            raise UnconfirmedError(f"HubSpot answered POST {path} {NO_BODY}")
        return answer

    def ensure_room(self, calls: int) -> None:
        """Refuse work that takes more calls than our share has left."""
        self._budget.ensure_room(calls, self.clock.day_in(self.zone))

    def close(self) -> None:
        """Close the sockets."""
        self._client.rest_client.pool_manager.clear()

    def _call(self, kind: Kind, method: str, path: str, query: Query, body: Mapping[str, Any] | None) -> Any:
        with self._lock:
            token = self._tokens.current()
            try:
                return self._send(token, kind, method, path, query, body)
            except SessionRefusedError as error:
                renewed = self._tokens.renew(token)
                if renewed is None:
                    raise AuthError(f"{error}; put a valid key where token points to") from error
            try:
                return self._send(renewed, kind, method, path, query, body)
            except SessionRefusedError as error:
                raise AuthError(f"{error}; a fresh token was refused too, check the app in the portal") from error

    def _send(
        self, token: str, kind: Kind, method: str, path: str, query: Query, body: Mapping[str, Any] | None
    ) -> Any:
        with self._limiter.turn(window_of(path)):
            self._budget.take(self.clock.day_in(self.zone))
            setattr(self._calls, kind, getattr(self._calls, kind) + 1)
            # The client keeps the token of its construction, so each call sets the current one.
            self._client.configuration.access_token = token
            return self._exchange(kind, method, path, query, body)

    def _exchange(self, kind: Kind, method: str, path: str, query: Query, body: Mapping[str, Any] | None) -> Any:
        where = f"{method} {path}"
        sent = self._host.monotonic()
        try:
            answer = self._request(method, path, query, body)
            content = answer.data
            self._observe(answer.headers)
        except ApiException as error:
            raise self._refused(error, kind, where) from error
        except LimitError as error:
            raise _beyond_bounds(kind, where, error) from error
        except HTTPError as error:
            failed = _unreachable(error, where)
            if kind == "write" and not isinstance(error, _NOT_SENT):
                raise OutcomeUnknownError(str(failed)) from error
            raise failed from error
        self._asked_at = self.clock.now() - timedelta(seconds=self._host.monotonic() - sent)
        try:
            return parse_json(content, self._settings.limits) if content else None
        except LimitError as error:
            raise _beyond_bounds(kind, where, error) from error
        except ValueError as error:
            text = f"HubSpot's answer to {where} is no JSON; something between us and it may answer in its place"
            raise (OutcomeUnknownError(text) if kind == "write" else InvalidResponseError(text)) from error

    def _request(
        self, method: str, path: str, query: Query, body: Mapping[str, Any] | None
    ) -> urllib3.BaseHTTPResponse:
        try:
            response: urllib3.BaseHTTPResponse = self._client.call_api(
                path,
                method,
                query_params=list(query),
                header_params=dict(_HEADERS),
                body=body,
                auth_settings=["oauth2"],
                # Raw JSON: the library's models take ten times as long and drop unknown fields.
                _preload_content=False,
                # The library has no default time-out.
                _request_timeout=(self._settings.connect_timeout_s, self._settings.read_timeout_s),
            )
        except (AttributeError, UnicodeDecodeError) as error:
            # The library decodes the body of every failure as UTF-8, also where there is none or it is no text.
            if isinstance(error.__context__, ApiException):
                raise error.__context__ from error
            raise
        return response

    def _refused(self, error: ApiException, kind: Kind, where: str) -> ConnectorError:
        if not error.status:
            return ConnectorError(
                f"{where}: the server's certificate is not trusted; check base_url, and ca_file if it is set"
            )
        headers = error.headers or {}
        try:
            self._observe(headers)
        except LimitError as odd:
            return _beyond_bounds(kind, where, odd)
        asked = retry.seconds_asked(headers.get("Retry-After"), self._host.now)
        return Refusal.of(error.status, error.body).error(where, asked, is_write=kind == "write")

    def _post_form(self, form: str) -> Any:
        """Ask the token endpoint; the secrets travel in the body alone."""
        return self._retrying(lambda: self._ask_token(form))

    def _ask_token(self, form: str) -> Any:
        where = f"POST {self.api.token}"
        self._calls.auth += 1
        try:
            answer = self._client.rest_client.pool_manager.request(
                "POST",
                f"{self._settings.base_url}{self.api.token}",
                body=form.encode(),
                headers=_FORM,
                timeout=urllib3.Timeout(connect=self._settings.connect_timeout_s, read=self._settings.read_timeout_s),
            )
        except HTTPError as error:
            raise _unreachable(error, where) from error
        self._observe(answer.headers)
        passing = action(answer.status, is_write=False) in (Action.PAUSE, Action.RETRY, Action.END)
        if answer.status != _OK and passing:
            asked = retry.seconds_asked(answer.headers.get("Retry-After"), self._host.now)
            raise Refusal.of(answer.status, answer.data).error(where, asked)
        if answer.status != _OK:
            raise refused_token(answer.status, answer.data)
        try:
            return parse_json(answer.data, self._settings.limits, where)
        except ValueError as error:
            raise InvalidResponseError(f"HubSpot's answer to {where} is no JSON") from error

    def _observe(self, headers: Mapping[str, str]) -> None:
        self.clock.observe(headers.get("Date"))
        if (ten_seconds := _count(headers.get("X-HubSpot-RateLimit-Max"))) is not None:
            self._limiter.observe(ten_seconds)
        daily = _count(headers.get("X-HubSpot-RateLimit-Daily"))
        left = _count(headers.get("X-HubSpot-RateLimit-Daily-Remaining"))
        if daily and left is not None:
            self._budget.observe(daily - left, daily)


def _client(settings: HubSpotSettings) -> Any:
    """Build the one API client: every path goes through it, so there is one pool of sockets and one token.

    Its own retrying is off, redirects included: a redirected write would arrive as a read, and a token must not
    follow to another host.
    """
    extra = {"ssl_ca_cert": str(settings.ca_file)} if settings.ca_file else {}
    client = HubSpot(access_token="", retry=urllib3.Retry(False), host=settings.base_url, **extra)
    api: Any = client.crm.objects.basic_api.api_client
    made = api.rest_client.pool_manager
    api.rest_client.pool_manager = BoundedPools(settings.limits, num_pools=_POOLS, **made.connection_pool_kw)
    return api


def _beyond_bounds(kind: Kind, where: str, error: LimitError) -> ConnectorError:
    """Return the error for an answer beyond a bound; it may be the answer to a write that was carried out."""
    return (OutcomeUnknownError if kind == "write" else LimitError)(f"{where}: {error}")


def _unreachable(error: HTTPError, where: str) -> ConnectorError:
    """Return the error for a failed connection to HubSpot; an untrusted certificate is not transient."""
    if isinstance(error, SSLError):
        return ConnectorError(
            f"{where}: the server's certificate is not trusted; check base_url, and ca_file if it is set"
        )
    if isinstance(error, _NOT_SENT):
        return TransientError(f"{where}: cannot be reached; check base_url and the network")
    if isinstance(error, AnyTimeoutError):
        return TransientError(f"{where}: no answer in time; the next cycle tries again")
    return TransientError(f"{where}: the connection broke ({type(error).__name__}); the next cycle tries again")


def _count(header: str | None) -> int | None:
    # Longer ones are no counts, and the interpreter refuses to convert thousands of digits.
    return int(header) if header and header.isdecimal() and len(header) <= _LONGEST_COUNT else None
