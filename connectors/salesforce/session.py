"""The one requests session to an org: time-outs always, no redirects, no surprise from the environment."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from connectors.bounded_http import bounded_pools, read_whole
from connectors.errors import ConnectorError, TransientError
from connectors.limits import Limits
from connectors.salesforce.settings import SalesforceSettings


class TimedSession(requests.Session):
    """A session whose every request has a time-out and stays where it was sent.

    A redirected write would arrive as a read, and a token must not follow to another host.
    """

    def __init__(self, timeout: tuple[float, float]) -> None:
        super().__init__()
        self._timeout = timeout

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request as requests does, with this session's time-out and without following redirects."""
        kwargs.setdefault("timeout", self._timeout)
        kwargs.setdefault("allow_redirects", False)
        return super().request(method, url, *args, **kwargs)


class BoundedAdapter(HTTPAdapter):
    """Sends requests and reads each answer whole, within *limits*, before the session and its hooks see it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools as requests does, of bounded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = bounded_pools(self._limits)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of a proxy, of bounded connections too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = bounded_pools(self._limits)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send *request* and return its answer with the body in memory."""
        answer = super().send(request, *args, **{**kwargs, "stream": True})
        try:
            body = read_whole(answer.raw, self._limits)
        except ReadTimeoutError as error:
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        except DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error, request=request) from error
        except HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(error, request=request) from error
        answer.raw = io.BytesIO(body)
        return answer


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def open_session(settings: SalesforceSettings, observe: Callable[[requests.Response], None]) -> requests.Session:
    """Open the session; *observe* gets every answer as it arrives."""
    session = TimedSession((settings.connect_timeout_s, settings.read_timeout_s))
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(settings.limits))
    session.headers["Accept-Encoding"] = "gzip"
    if settings.ca_file is not None:
        # With trust_env on, REQUESTS_CA_BUNDLE would replace the configured CA.
        session.trust_env = False
        session.verify = str(settings.ca_file)
    # A .netrc entry for the host would replace our Authorization header; any auth of our own prevents that.
    session.auth = _as_it_is
    session.headers["Sforce-Call-Options"] = "client=dealwarden"
    session.hooks["response"].append(lambda answer, *_args, **_kwargs: observe(answer))
    return session


def was_not_sent(error: requests.RequestException) -> bool:
    """Whether *error* came before the first byte of the request left."""
    if isinstance(
        error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    ):
        return True
    return any(
        "NewConnectionError" in type(cause).__name__ or "NameResolution" in type(cause).__name__
        for cause in _causes(error)
    )


def unreachable(error: requests.RequestException, where: str) -> ConnectorError:
    """Return the error for a failed connection to Salesforce; an untrusted certificate is not transient."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConnectorError(
            f"{where}: the server's certificate is not trusted; check the address, and ca_file if it is set"
        )
    if isinstance(error, requests.Timeout):
        return TransientError(f"{where}: no answer in time; the next cycle tries again")
    if was_not_sent(error):
        return TransientError(f"{where}: cannot be reached; check the address and the network")
    return TransientError(f"{where}: the connection broke ({type(error).__name__}); the next cycle tries again")


def _causes(error: BaseException) -> list[BaseException]:
    """List what lies under *error*: requests wraps urllib3, which keeps its own reason."""
    causes: list[BaseException] = []
    rest: list[object] = [error]
    while rest and len(causes) < 10:
        cause = rest.pop()
        if isinstance(cause, BaseException):
            causes.append(cause)
            rest += [*cause.args, getattr(cause, "reason", None), cause.__cause__]
    return causes
