"""What each HTTP status means for the caller, a row a test, through the real transports of both CRMs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import errors
from connectors.base import CallCount
from connectors.host import Host
from connectors.http_status import TABLE, Action, action
from connectors.hubspot import refusals as hubspot
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.transport import Transport as HubSpotTransport
from connectors.salesforce import refusals as salesforce
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.transport import Transport as SalesforceTransport
from sandbox.server.http import LoopbackServer
from sandbox.server.tls import issue_identity
from sandbox.server.wire import Request, Response

RETRY, PAUSE, UNKNOWN = errors.TransientError, errors.RateLimitedError, errors.OutcomeUnknownError
STOP, END, AUTH = errors.MissingPermissionError, errors.LimitError, errors.AuthError
REFUSED = (salesforce.RefusedError, hubspot.RefusedError)

ROWS: list[tuple[int, Any, Any]] = [
    # status, after a read, after a write; each with an error body of the CRM's own
    (301, END, UNKNOWN),
    (302, END, UNKNOWN),
    (303, END, UNKNOWN),
    (307, END, UNKNOWN),
    (400, REFUSED, REFUSED),
    (401, AUTH, AUTH),
    (403, STOP, STOP),
    (404, REFUSED, REFUSED),
    (405, REFUSED, REFUSED),
    (408, RETRY, UNKNOWN),
    (409, RETRY, REFUSED),
    (413, REFUSED, REFUSED),
    (415, REFUSED, REFUSED),
    (420, PAUSE, PAUSE),
    (422, REFUSED, REFUSED),
    (423, PAUSE, PAUSE),
    (425, PAUSE, PAUSE),
    (429, PAUSE, PAUSE),
    (477, PAUSE, PAUSE),
    (500, RETRY, UNKNOWN),
    (501, RETRY, UNKNOWN),
    (502, RETRY, UNKNOWN),
    (503, RETRY, UNKNOWN),
    (504, RETRY, UNKNOWN),
    (530, RETRY, UNKNOWN),
    (599, RETRY, UNKNOWN),
]
BARE: list[tuple[int, Any, Any]] = [
    # the same without a body of the CRM's: a gateway or proxy answered
    (204, errors.InvalidResponseError, errors.UnconfirmedError),
    (401, RETRY, RETRY),
    (403, RETRY, RETRY),
    (408, RETRY, UNKNOWN),
    (423, PAUSE, PAUSE),
    (429, PAUSE, PAUSE),
    (503, RETRY, UNKNOWN),
]
JSON = {"content-type": "application/json"}


class Server:
    """Answers every call but logins with one status, and counts them."""

    def __init__(self, http: LoopbackServer, crm: str, ca: Path) -> None:
        self.http, self.crm, self.ca = http, crm, ca
        self.status, self.body, self.calls = 200, b"", 0
        http.start(self._answer)

    def transport(self) -> Any:
        host = Host(sleep=lambda _: None)
        if self.crm == "hubspot":
            return HubSpotTransport(HubSpotSettings(token=lambda: "t", base_url=self.http.url), CallCount(), host)
        settings = SalesforceSettings(
            self.http.url, client_id=lambda: "i", client_secret=lambda: "s", ca_file=self.ca, quota_share=1.0
        )
        return SalesforceTransport(settings, CallCount(), host)

    def read(self) -> Any:
        if self.crm == "hubspot":
            answer = self.transport().get("/crm/v3/objects/deals")
        else:
            answer = self.transport().get("queryAll", {"q": "SELECT Id FROM Task"})
        # What is no answer at all is refused by whoever asked.
        if answer is None:
            raise errors.InvalidResponseError("no body")
        return answer

    def write(self) -> Any:
        if self.crm == "hubspot":
            return self.transport().write("/crm/v3/objects/tasks/batch/create", {"inputs": []})
        return self.transport().write("POST", "composite/sobjects", {"records": []})

    def answers(self, status: int, body: bytes) -> None:
        self.status, self.body, self.calls = status, body, 0

    def _answer(self, request: Request) -> Response:
        headers = JSON | {"date": f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT"}
        if request.path.endswith("/oauth2/token"):
            login = {
                "access_token": "a",
                "instance_url": self.http.url,
                "id": f"/id/{'00D' + 'x' * 15}/{'005' + 'x' * 15}",
            }
            return Response(200, json.dumps(login).encode(), headers)
        self.calls += 1
        return Response(self.status, self.body, headers | {"location": "https://elsewhere.invalid/"})


@pytest.fixture(scope="module", params=["salesforce", "hubspot"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    identity = issue_identity(datetime.now(UTC))
    ca = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.write_bytes(identity.ca)
    http = LoopbackServer(0, identity.server_context() if request.param == "salesforce" else None)
    yield Server(http, request.param, ca)
    http.stop()


def own_body(crm: str) -> bytes:
    if crm == "hubspot":
        return json.dumps({"status": "error", "category": "SOME_CATEGORY", "message": "why"}).encode()
    return json.dumps([{"errorCode": "SOME_CODE", "message": "why"}]).encode()


def check(call: Callable[[], Any], expected: Any) -> None:
    with pytest.raises(errors.ConnectorError) as caught:
        call()
    kinds = expected if isinstance(expected, tuple) else (expected,)
    # The exact class: every one of them is a TransientError to somebody.
    assert type(caught.value) in (*kinds, *([hubspot.LockedError] if PAUSE in kinds else []))


@pytest.mark.parametrize(("status", "after_read", "after_write"), ROWS)
def test_a_status_says_what_follows_for_a_read(server: Server, status: int, after_read: Any, after_write: Any) -> None:
    server.answers(status, own_body(server.crm))
    check(server.read, after_read)


@pytest.mark.parametrize(("status", "after_read", "after_write"), ROWS)
def test_a_status_says_what_follows_for_a_write(server: Server, status: int, after_read: Any, after_write: Any) -> None:
    server.answers(status, own_body(server.crm))
    check(server.write, after_write)
    if after_write is UNKNOWN:
        assert server.calls == 1, "a write in doubt is never sent again"


@pytest.mark.parametrize(("status", "after_read", "after_write"), BARE)
def test_a_status_without_a_body_of_the_crm(server: Server, status: int, after_read: Any, after_write: Any) -> None:
    server.answers(status, b"" if status == 204 else b"<html>a proxy</html>")
    check(server.read, after_read)
    check(server.write, after_write)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.first}-{row.last}")
def test_every_row_of_the_table_is_tried_here(row: Any) -> None:
    tried = {status for status, *_ in [*ROWS, *BARE]}
    own = {status for status in tried if action(status, is_write=False) and first_row(status) is row}
    assert own, "a row without a test"


def first_row(status: int) -> Any:
    return next(row for row in TABLE if row.first <= status <= row.last)


def test_a_status_that_http_does_not_know_proves_nothing_of_a_write() -> None:
    assert (action(999, is_write=False), action(999, is_write=True)) == (Action.RETRY, Action.UNKNOWN)
