"""Answers without bounds, from both simulated CRMs: each is refused by its own reason, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import (
    ConnectorError,
    InvalidResponseError,
    LimitError,
    OutcomeUnknownError,
    TransientError,
)
from connectors.hubspot.reading import Wanted, listed
from connectors.limits import Limits
from connectors.salesforce.pull.window import rows_of
from tests.connectors.hubspot.conftest import benches as portals
from tests.connectors.salesforce.conftest import benches as orgs

TIGHT = Limits(seconds=1.5)
READ = {
    "salesforce": lambda transport: transport.get("queryAll", {"q": "SELECT Id FROM Opportunity"}),
    "hubspot": lambda transport: transport.get("/crm/v3/objects/deals", [("limit", "50")]),
}
CREATE: dict[str, Callable[[Any], Any]] = {
    "salesforce": lambda transport: transport.write(
        "POST", "composite/sobjects", {"records": [{"attributes": {"type": "Task"}, "Subject": "Bounded"}]}
    ),
    "hubspot": lambda transport: transport.write(
        "/crm/v3/objects/tasks/batch/create",
        {"inputs": [{"properties": {"hs_task_subject": "Bounded", "hs_timestamp": "2026-06-20T09:00:00Z"}}]},
    ),
}
TASKS = {"salesforce": ("Task", lambda row: row["Subject"]), "hubspot": ("tasks", lambda row: row["properties"])}


class Crm:
    """One simulated CRM, and connectors to it."""

    def __init__(self, name: str, bench: Any) -> None:
        self.name, self.bench = name, bench

    def connected(self, **changes: Any) -> Any:
        return self.bench.connected(**changes)

    def read(self, connector: Any) -> Any:
        return READ[self.name](connector._transport)

    def read_to_the_end(self, connector: Any) -> None:
        if self.name == "salesforce":
            rows_of("SELECT Id FROM Opportunity", connector._transport)
        else:
            list(listed(connector._transport, "deals", Wanted(("dealname",))))

    def create(self, connector: Any) -> Any:
        return CREATE[self.name](connector._transport)

    def fault(self, kind: str, match: str = "*", **keys: Any) -> None:
        self.bench.faults({"match": match, "nth": 1, "kind": kind, **keys})

    def created(self) -> int:
        table, name = TASKS[self.name]
        return sum("Bounded" in str(name(row)) for row in self.bench.rows(table))


@pytest.fixture(scope="module", params=["salesforce", "hubspot"])
def crm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    start: Any = {"salesforce": orgs, "hubspot": portals}[request.param]
    folder: Path = tmp_path_factory.mktemp(request.param)
    with start(folder) as serve:
        yield Crm(request.param, serve())


@pytest.fixture(autouse=True)
def _no_faults(crm: Crm) -> Iterator[None]:
    yield
    crm.bench.faults()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("drip_body", "1.5 seconds"),
        ("gzip_bomb", "unpacks to more than 67,108,864 bytes"),
        ("nested_json", "nested"),
        ("redirect_away", "307"),
        ("huge_header", "headers"),
        ("many_headers", "headers"),
        ("date_9999", "31 Dec 9999"),
    ],
)
def test_a_read_beyond_a_bound_ends_with_its_reason_and_is_not_tried_again(crm: Crm, kind: str, told: str) -> None:
    connector = crm.connected(limits=TIGHT if kind == "drip_body" else Limits(), read_timeout_s=60.0)
    crm.fault(kind, times=9)
    began = time.monotonic()
    with pytest.raises(LimitError, match=told) as caught:
        crm.read(connector)
    assert time.monotonic() - began < 60
    assert "next cycle" in str(caught.value) or "correct" in str(caught.value)
    assert crm.bench.control("faults")[0]["played"] == 1


@pytest.mark.parametrize("kind", ["drip_body", "gzip_bomb", "huge_header", "date_9999", "204_after_apply"])
def test_a_write_whose_answer_cannot_be_read_is_in_doubt_and_not_sent_twice(crm: Crm, kind: str) -> None:
    connector, before = crm.connected(limits=TIGHT), crm.created()
    crm.fault(kind, times=9)
    with pytest.raises(OutcomeUnknownError):
        crm.create(connector)
    assert crm.created() == before + 1


def test_a_redirected_write_is_in_doubt(crm: Crm) -> None:
    connector = crm.connected()
    crm.fault("redirect_away")
    with pytest.raises(OutcomeUnknownError, match="307"):
        crm.create(connector)


def test_a_date_that_cannot_be_read_leaves_the_former_time(crm: Crm) -> None:
    connector = crm.connected()
    before = connector.now()
    crm.fault("date_garbled", times=9)
    crm.read(connector)
    assert 0 <= (connector.now() - before).total_seconds() < 60


def test_a_crm_whose_dates_can_never_be_read_is_refused_with_what_it_sent(crm: Crm) -> None:
    crm.fault("date_garbled", times=99)
    with pytest.raises(InvalidResponseError, match="yesterday, about noon"):
        crm.connected()


def test_more_bytes_than_allowed_are_not_read(crm: Crm) -> None:
    connector = crm.connected(limits=Limits(sent_bytes=200_000, unpacked_bytes=10**9), read_timeout_s=60.0)
    crm.fault("gzip_bomb")
    with pytest.raises(LimitError, match="more than 200,000 bytes"):
        crm.read(connector)


def test_more_values_than_allowed_are_not_parsed(crm: Crm) -> None:
    with pytest.raises(ConnectorError, match="more than 3 values"):
        crm.bench.connector(limits=Limits(values=3)).open(None)


@pytest.mark.parametrize(("kind", "told"), [("endless_pages", "no rows"), ("self_link", "twice|read before")])
def test_pages_that_lead_nowhere_end_after_a_few_calls(crm: Crm, kind: str, told: str) -> None:
    connector = crm.connected()
    crm.fault(kind)
    calls = sum(crm.bench.calls().values())
    with pytest.raises(TransientError, match=told):
        crm.read_to_the_end(connector)
    assert sum(crm.bench.calls().values()) - calls <= 12
