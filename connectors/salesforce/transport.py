"""The way to one org: simple-salesforce as thin transport, with our own session, counting, renewal and retries."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connectors import retry
from connectors.base import CallCount
from connectors.bounded_http import parse_json
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
from connectors.http_status import NO_BODY
from connectors.limits import Limits
from connectors.salesforce.auth import Login, Tokens
from connectors.salesforce.refusals import Refusal, SessionRefusedError
from connectors.salesforce.session import open_session, unreachable, was_not_sent
from connectors.salesforce.settings import SalesforceSettings

Kind = Literal["meta", "read", "write"]

_USAGE: Final = re.compile(r"(?<![-\w])api-usage=(\d{1,12})/(\d{1,12})\b")


class Transport:
    """Sends requests to one org, one at a time, and observes its clock and its quota in every answer.

    Reads are tried again by the one policy; a write only when a refused session proves that nothing was done.
    """

    def __init__(self, settings: SalesforceSettings, calls: CallCount, host: Host) -> None:
        self._settings = settings
        self._host = host
        self._calls = calls
        self._budget = Budget(settings.quota_share, settings.spent_today)
        self._lock = threading.Lock()
        self._retry_after_s: float | None = None
        self._retrying = retry.reads(host.sleep)
        self._session = open_session(settings, self._observe)
        self._tokens = Tokens(settings, self._session)
        self._client: Salesforce | None = None
        self.clock = ServerClock(host.monotonic, host.now)
        self._asked_at: datetime | None = None

    def asked_at(self) -> datetime:
        """Return the CRM's time at the moment when the newest call was sent."""
        return self._asked_at or self.clock.now()

    @property
    def limits(self) -> Limits:
        """The bounds on what the org answers."""
        return self._settings.limits

    @property
    def knows_quota(self) -> bool:
        """Whether an answer has shown the org's daily calls."""
        return self._budget.known

    def ensure_room(self, calls: int) -> None:
        """Refuse work that takes more calls than our share has left."""
        self._budget.ensure_room(calls, self.clock.day)

    def observe_quota(self, used: int, maximum: int) -> None:
        """Take note of the org's daily calls where the answers' headers do not show them."""
        self._budget.observe(used, maximum)

    def login(self) -> Login:
        """Return the current login, made on first use."""
        return self._retrying(self._logged_in)

    def versions(self) -> Any:
        """List the API versions that the org speaks; needs no session."""
        return self._retrying(self._ask_versions)

    def get(self, path: str, params: Mapping[str, str] | None = None, *, kind: Kind = "read") -> Any:
        """GET *path*, below the version or absolute as a locator gives it."""
        return self._retrying(lambda: self._call(kind, "GET", path, params=params, headers=self.page_option()))

    def composite(self, parts: Sequence[Mapping[str, Any]], *, kind: Kind) -> list[dict[str, Any]]:
        """Send reading subrequests in one call, and give their answers in order.

        A part that failed for the moment makes the whole call be tried again; other refusals stand in their answers.
        """
        return self._retrying(lambda: self._composite(parts, kind))

    def write(self, method: Literal["POST", "PATCH"], path: str, body: Mapping[str, Any]) -> Any:
        """Send a write, once.

        Raises:
            OutcomeUnknownError: it may or may not have been done.
            ConnectorError: any other: it was not done.
        """
        answer = self._call("write", method, path, json=body)
        if answer is None:
            raise UnconfirmedError(f"Salesforce answered {method} {path} {NO_BODY}")
        return answer

    def page_option(self) -> dict[str, str]:
        """Return the header that asks for pages of the configured size, which the CRM takes as advice."""
        return {"Sforce-Query-Options": f"batchSize={self._settings.page_size}"}

    def close(self) -> None:
        """Close the sockets; the session at Salesforce stays, others may share it."""
        self._session.close()

    def version_path(self, path: str) -> str:
        """Return the address of *path* as subrequests name it."""
        return f"/services/data/v{self._settings.api_version}/{path}"

    def _composite(self, parts: Sequence[Mapping[str, Any]], kind: Kind) -> list[dict[str, Any]]:
        body = {"allOrNone": False, "compositeRequest": list(parts)}
        reply = self._call(kind, "POST", "composite", json=body)
        answers = reply.get("compositeResponse") if isinstance(reply, dict) else None
        if not isinstance(answers, list) or len(answers) != len(parts):
            raise InvalidResponseError("Salesforce answered a composite with another number of parts than were asked")
        for answer in answers:
            refused = part_refused(answer)
            if isinstance(refused, TransientError):
                raise refused
        return answers

    def _call(self, kind: Kind, method: str, path: str, **kwargs: Any) -> Any:
        with self._lock:
            login = self._logged_in()
            try:
                return self._send(login, kind, method, path, **kwargs)
            except SessionRefusedError:
                renewed = self._logged_in(refused=login)
            try:
                return self._send(renewed, kind, method, path, **kwargs)
            except SessionRefusedError as error:
                raise AuthError(f"{error}; a fresh session was refused too, check the user's API access") from error

    def _send(self, login: Login, kind: Kind, method: str, path: str, **kwargs: Any) -> Any:
        path = path.removeprefix(self.version_path(""))
        if path.startswith("/"):
            raise InvalidResponseError("Salesforce gave a locator of another API version than was asked")
        where = f"{method} {path.partition('?')[0]}"
        # simple-salesforce asks for indented JSON by default, which is only longer.
        kwargs["headers"] = kwargs.get("headers", {}) | {"X-PrettyPrint": None}
        self._budget.take(self.clock.day)
        setattr(self._calls, kind, getattr(self._calls, kind) + 1)
        self._retry_after_s = None
        sent = self._host.monotonic()
        try:
            answer = self._salesforce(login).restful(path, method=method, **kwargs)
        except SalesforceError as error:
            is_write = kind == "write"
            raise Refusal.of(error.status, error.content).error(
                where, self._retry_after_s, is_write=is_write
            ) from error
        except (LimitError, RecursionError) as error:
            raise _beyond_bounds(kind, where, self._settings.limits, error) from error
        except requests.exceptions.JSONDecodeError as error:
            raise _unreadable(kind, where) from error
        except requests.RequestException as error:
            failed = unreachable(error, where)
            if kind == "write" and not was_not_sent(error):
                raise OutcomeUnknownError(str(failed)) from error
            raise failed from error
        except ValueError as error:
            # A number of more digits than the interpreter converts.
            raise _unreadable(kind, where) from error
        self._asked_at = self.clock.now() - timedelta(seconds=self._host.monotonic() - sent)
        return answer

    def _salesforce(self, login: Login) -> Salesforce:
        if self._client is None or self._client.session_id != login.token:
            self._client = Salesforce(
                instance_url=login.instance_url,
                session_id=login.token,
                session=self._session,
                version=self._settings.api_version,
                # Plain dicts: simple-salesforce builds an OrderedDict a record otherwise.
                object_pairs_hook=None,
            )
        return self._client

    def _logged_in(self, refused: Login | None = None) -> Login:
        before = self._tokens.requests
        try:
            return self._tokens.renew(refused) if refused else self._tokens.current()
        finally:
            self._calls.auth += self._tokens.requests - before

    def _ask_versions(self) -> Any:
        login = self.login()
        where = f"{login.instance_url}/services/data"
        self._calls.meta += 1
        try:
            answer = self._session.get(where)
            if answer.status_code != 200:
                raise Refusal.of(answer.status_code, None).error("GET /services/data")
            return parse_json(answer.content, self._settings.limits, where)
        except requests.RequestException as error:
            raise unreachable(error, where) from error
        except ValueError as error:
            raise _unreadable("meta", where) from error

    def _observe(self, answer: requests.Response) -> None:
        self.clock.observe(answer.headers.get("Date"))
        if usage := _USAGE.search(answer.headers.get("Sforce-Limit-Info", "")):
            self._budget.observe(int(usage[1]), int(usage[2]))
        self._retry_after_s = retry.seconds_asked(answer.headers.get("Retry-After"), self._host.now)


def part_refused(answer: Mapping[str, Any]) -> ConnectorError | None:
    """Return the error that a failed part of a composite stands for, None for a successful part."""
    status = answer.get("httpStatusCode")
    if not isinstance(status, int):
        return InvalidResponseError("Salesforce answered a part of a composite without a status")
    if status < 300:
        return None
    return Refusal.of(status, answer.get("body")).error(f"part {answer.get('referenceId')} of a composite")


def _beyond_bounds(kind: Kind, where: str, limits: Limits, error: Exception) -> ConnectorError:
    """Return the error for an answer beyond a bound; it may be the answer to a write that was carried out."""
    broken = error if isinstance(error, LimitError) else limits.broken("nesting")
    return (OutcomeUnknownError if kind == "write" else LimitError)(f"{where}: {broken}")


def _unreadable(kind: Kind, where: str) -> ConnectorError:
    text = f"Salesforce's answer to {where} is no JSON; something between us and it may answer in its place"
    return OutcomeUnknownError(text) if kind == "write" else InvalidResponseError(text)
