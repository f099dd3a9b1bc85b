"""A simulated org for each test, and connectors to it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.contract.mirror import Mirror
from connectors.host import Host
from connectors.mapping import ElementMap, FieldMap, ScoreMap
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from sandbox.serve import Options, Sandbox

SCORES = ScoreMap(
    score="Deal_Risk_Score__c",
    band="Deal_Risk_Band__c",
    confidence="Deal_Risk_Confidence__c",
    reasons="Deal_Risk_Reasons__c",
    as_of="Deal_Risk_As_Of__c",
)
MAP = FieldMap(
    elements={
        "metrics": ElementMap(text="Metrics__c"),
        "economic_buyer": ElementMap(role="economic_buyer", field="Economic_Buyer__c"),
        "decision_criteria": ElementMap(text="Decision_Criteria__c", field="Decision_Criteria_Level__c"),
        "paper_process": ElementMap(text="Paper_Process__c", field="Paper_Process_Started__c"),
        "champion": ElementMap(role="champion", field="Champion__c"),
    },
    extras={"x_account_industry": "Account.Industry"},
    scores=SCORES,
)


@dataclass
class Bench:
    """One org, its control port, and connectors to it."""

    box: Sandbox
    opened: list[SalesforceConnector] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.box.config_path.parent

    def settings(self, **changes: Any) -> SalesforceSettings:
        assert self.box.salesforce_url is not None
        return SalesforceSettings(
            **{
                "login_url": self.box.salesforce_url,
                "client_id": lambda: (self.folder / "client_id").read_text().strip(),
                "client_secret": lambda: (self.folder / "client_secret").read_text().strip(),
                "ca_file": self.folder / "ca.pem",
                "expect_org": self.box.org.org_id,
                "mapping": MAP,
                "read_timeout_s": 2.0,
                "quota_share": 1.0,
            }
            | changes
        )

    def connector(self, **changes: Any) -> SalesforceConnector:
        made = SalesforceConnector(self.settings(**changes), host=Host(sleep=lambda _: None))
        self.opened.append(made)
        return made

    def connected(self, **changes: Any) -> SalesforceConnector:
        made = self.connector(**changes)
        made.open(None)
        return made

    def control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.box.control_url}/_sandbox/{path}", data) as answer:
            return json.load(answer)

    def faults(self, *items: Mapping[str, Any]) -> None:
        self.control("faults", list(items))

    def fired(self) -> bool:
        return all(fault["fired"] for fault in self.control("faults"))

    def quirks(self, **values: Any) -> None:
        self.control("quirks", values)

    def edit(self, sobject: str, record_id: str, **fields: Any) -> None:
        self.control("edit", {"object": sobject, "id": record_id, "fields": fields})

    def delete(self, sobject: str, record_id: str) -> None:
        self.control("edit", {"object": sobject, "id": record_id, "delete": True})

    def rows(self, sobject: str) -> list[dict[str, Any]]:
        return [row for row in self.control(f"tables/{sobject}") if not row.get("IsDeleted")]

    def open_deal(self) -> dict[str, Any]:
        return next(row for row in self.rows("Opportunity") if not row["IsClosed"])

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.control("calls")["by_kind"]
        return found


@contextmanager
def benches(folder: Path) -> Iterator[Callable[..., Bench]]:
    """Start benches that end together."""
    started: list[Bench] = []

    def start(**options: Any) -> Bench:
        box = Sandbox(Options(**({"deals": 12, "config_out": folder / "config.toml"} | options)))
        box.start()
        started.append(Bench(box))
        return started[-1]

    yield start
    for bench in started:
        for connector in bench.opened:
            connector.close()
        bench.box.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    with benches(tmp_path) as start:
        yield start


@pytest.fixture
def org(serve: Callable[..., Bench]) -> Bench:
    return serve()


def only(frame: pl.DataFrame) -> dict[str, Any]:
    """Return the one row of a frame."""
    assert frame.height == 1
    return frame.row(0, named=True)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()
