"""Answers of a server that is broken or means harm, from both CRMs."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.serve import Options, Sandbox
from sandbox.server.faults import KINDS
from sandbox.server.hostile import HOSTILE, bomb
from tests.sandbox.server.conftest import ROOT, direct

LISTS = {"salesforce": f"{ROOT}/query?q=SELECT+Id+FROM+Task", "hubspot": "/crm/v3/objects/tasks?limit=100"}


class Client:
    """A logged-in client of one CRM, which follows no redirect and unpacks nothing by itself."""

    def __init__(self, sandbox: Sandbox, crm: str) -> None:
        self.sandbox, self.crm = sandbox, crm
        self.url = str(sandbox.salesforce_url if crm == "salesforce" else sandbox.hubspot_url)
        self.http = direct()
        self.http.verify = str(sandbox.config_path.parent / "ca.pem")
        token = sandbox.hubspot_app.service_key if crm == "hubspot" else self._login()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def _login(self) -> str:
        app = self.sandbox.app
        form = {"grant_type": "client_credentials", "client_id": app.client_id, "client_secret": app.client_secret}
        return str(self.http.post(f"{self.url}/services/oauth2/token", data=form, timeout=10).json()["access_token"])

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        options = {"timeout": 10, "allow_redirects": False} | kwargs
        return self.http.request(method, self.url + path, **options)

    def list(self, **kwargs: Any) -> requests.Response:
        return self.call("GET", LISTS[self.crm], **kwargs)

    def create(self, subject: str = "Call") -> requests.Response:
        if self.crm == "salesforce":
            body: Any = {"records": [{"attributes": {"type": "Task"}, "Subject": subject}]}
            return self.call("POST", f"{ROOT}/composite/sobjects", json=body)
        body = {"inputs": [{"properties": {"hs_task_subject": subject, "hs_timestamp": "2026-06-20T09:00:00Z"}}]}
        return self.call("POST", "/crm/v3/objects/tasks/batch/create", json=body)

    def following(self, page: dict[str, Any]) -> dict[str, Any]:
        """The page that *page* names as the next one."""
        if self.crm == "salesforce":
            return dict(self.call("GET", page["nextRecordsUrl"]).json())
        after = page["paging"]["next"]["after"]
        return dict(self.call("GET", f"{LISTS['hubspot']}&after={after}").json())

    def rows(self, page: dict[str, Any]) -> list[Any]:
        return list(page["records" if self.crm == "salesforce" else "results"])

    def fault(self, kind: str, **keys: Any) -> None:
        self.control("faults", [{"match": "*", "nth": 1, "kind": kind, **keys}])

    def control(self, path: str, body: Any = None) -> Any:
        method, url = "GET" if body is None else "POST", f"{self.sandbox.control_url}/_sandbox/{path}?crm={self.crm}"
        reply = self.http.request(method, url, json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def tasks(self, subject: str) -> int:
        named = {"salesforce": lambda row: row["Subject"], "hubspot": lambda row: row["properties"]["hs_task_subject"]}
        table = {"salesforce": "Task", "hubspot": "tasks"}[self.crm]
        return sum(named[self.crm](row) == subject for row in self.control(f"tables/{table}"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("hostile")
    with Sandbox(Options(crm="both", deals=40, config_out=folder / "config.toml")) as sandbox:
        yield sandbox


@pytest.fixture(params=["salesforce", "hubspot"])
def client(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Client]:
    client = Client(sandbox, request.param)
    yield client
    client.control("faults", [])
    client.http.close()


def test_a_dripping_body_comes_at_a_byte_a_second(client: Client) -> None:
    client.fault("drip_body")
    began = time.monotonic()
    with client.list(stream=True) as reply:
        body = reply.raw.read(2, decode_content=False)
        took = time.monotonic() - began
    assert (len(body), int(reply.headers["content-length"]) > 200) == (2, True)
    assert took > 0.9


def test_a_bomb_is_small_and_unpacks_to_a_gigabyte_and_a_half(client: Client) -> None:
    client.fault("gzip_bomb")
    with client.list(stream=True) as reply:
        assert reply.headers["content-encoding"] == "gzip"
        packed = reply.raw.read(decode_content=False)
    assert len(packed) < 5_000_000
    assert int.from_bytes(packed[-4:], "little") > 1_500_000_000, "gzip ends with the unpacked size"


def test_a_bomb_holds_the_true_answer_behind_white_space() -> None:
    unpacked = gzip.decompress(bomb(b'{"done":true}', megabytes=3))
    assert (len(unpacked), json.loads(unpacked)) == (3 * 1_048_576 + 13, {"done": True})


def test_nested_json_is_a_hundred_thousand_arrays_deep(client: Client) -> None:
    client.fault("nested_json")
    reply = client.list()
    assert (reply.status_code, reply.content) == (200, b"[" * 100_000 + b"]" * 100_000)


def test_a_redirect_leads_to_another_host(client: Client) -> None:
    client.fault("redirect_away")
    reply = client.create("Redirected")
    assert reply.status_code == 307
    assert reply.headers["location"].startswith("https://elsewhere.invalid/")
    assert client.tasks("Redirected") == 0


@pytest.mark.parametrize("kind", ["huge_header", "many_headers"])
def test_headers_beyond_measure_are_more_than_a_client_takes(client: Client, kind: str) -> None:
    client.fault(kind)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.create(kind)
    assert client.tasks(kind) == 1


@pytest.mark.parametrize(("kind", "date"), [("date_9999", "31 Dec 9999 23:59:59"), ("date_garbled", "noon")])
def test_a_date_may_be_out_of_any_calendar(client: Client, kind: str, date: str) -> None:
    client.fault(kind)
    reply = client.list()
    assert date in reply.headers["date"]
    assert client.rows(reply.json())


def test_a_write_may_be_answered_without_a_body(client: Client) -> None:
    client.fault("204_after_apply")
    client.list()
    reply = client.create("Unconfirmed")
    assert (reply.status_code, reply.content) == (204, b"")
    assert client.tasks("Unconfirmed") == 1


def test_endless_pages_have_no_rows_and_no_end(client: Client) -> None:
    client.fault("endless_pages")
    page, seen = client.list().json(), []
    for _ in range(5):
        seen.append(json.dumps(page))
        assert client.rows(page) == []
        page = client.following(page)
    assert len(set(seen)) == 5, "every link is a new one"


def test_a_page_that_names_itself_shows_the_same_rows_for_ever(client: Client) -> None:
    client.fault("self_link")
    pages = [client.list().json()]
    for _ in range(3):
        pages.append(client.following(pages[-1]))
    assert all(client.rows(page) == client.rows(pages[0]) != [] for page in pages)
    assert pages[1] == pages[2] == pages[3]


def test_a_trap_catches_only_those_who_walked_into_it(client: Client) -> None:
    client.fault("endless_pages")
    client.list()
    assert client.rows(client.list().json())


def test_a_search_can_be_endless_too(sandbox: Sandbox) -> None:
    client = Client(sandbox, "hubspot")
    client.fault("endless_pages")
    after, pages = None, 0
    while pages < 4:
        body = {"filterGroups": [], "limit": 10} | ({"after": after} if after else {})
        page = client.call("POST", "/crm/v3/objects/deals/search", json=body).json()
        assert page["results"] == []
        after, pages = page["paging"]["next"]["after"], pages + 1
    client.http.close()


def test_a_fault_may_be_played_several_times(client: Client) -> None:
    client.fault("nested_json", times=3)
    statuses = [client.list().content[:2] == b"[[" for _ in range(4)]
    assert statuses == [True, True, True, False]
    (listed,) = client.control("faults")
    assert (listed["times"], listed["played"], listed["fired"]) == (3, 3, True)


def test_every_hostile_kind_is_tried_here(sandbox: Sandbox) -> None:
    """The kinds are a list that grows: one that no test plays would go unnoticed."""
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in HOSTILE if f'"{kind}"' not in text] == []
    assert not KINDS.keys() & HOSTILE.keys()
