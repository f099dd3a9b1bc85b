"""A simulated portal for each test, and connectors to it."""

from __future__ import annotations

import json
import time
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
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.settings import HubSpotSettings
from connectors.mapping import ElementMap, FieldMap, ScoreMap
from sandbox.serve import Options, Sandbox

SCORES = ScoreMap(
    score="deal_risk_score",
    band="deal_risk_band",
    confidence="deal_risk_confidence",
    reasons="deal_risk_reasons",
    as_of="deal_risk_as_of",
)
MAP = FieldMap(
    elements={
        "metrics": ElementMap(text="dw_metrics"),
        "economic_buyer": ElementMap(role="economic_buyer"),
        "decision_criteria": ElementMap(text="dw_decision_criteria", field="dw_decision_criteria_level"),
        "paper_process": ElementMap(text="dw_paper_process", field="dw_paper_process_started"),
        "champion": ElementMap(role="champion"),
    },
    extras={"x_account_industry": "Account.industry"},
    scores=SCORES,
)


class PortalMirror(Mirror):
    """The shipped mirror, with what the tests of this connector ask beside it."""

    def content(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """Return what was read, our own tasks and scores included."""
        return super().content() | {name: self.tables[name] for name in ("own_tasks", "own_scores")}

    def roles_of(self, deal: str) -> set[tuple[str, str | None]]:
        return {(contact, role) for _, contact, role in self.roles([deal])}


@dataclass
class Bench:
    """One portal, its control port, and connectors to it."""

    box: Sandbox
    opened: list[HubSpotConnector] = field(default_factory=list)

    def settings(self, **changes: Any) -> HubSpotSettings:
        assert self.box.hubspot_url is not None
        token = (self.box.config_path.parent / "hubspot_token").read_text().strip()
        return HubSpotSettings(
            **{
                "base_url": self.box.hubspot_url,
                "token": lambda: token,
                "mapping": MAP,
                "read_timeout_s": 2.0,
                "quota_share": 1.0,
            }
            | changes
        )

    def connector(self, **changes: Any) -> HubSpotConnector:
        made = HubSpotConnector(self.settings(**changes), host=Host(sleep=lambda s: time.sleep(min(s, 0.02))))
        self.opened.append(made)
        return made

    def connected(self, **changes: Any) -> HubSpotConnector:
        made = self.connector(**changes)
        made.open(None)
        return made

    def control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        joined = "&" if "?" in path else "?"
        with urllib.request.urlopen(f"{self.box.control_url}/_sandbox/{path}{joined}crm=hubspot", data) as answer:
            return json.load(answer)

    def faults(self, *items: Mapping[str, Any]) -> None:
        self.control("faults", list(items))

    def fired(self) -> bool:
        return all(fault["fired"] for fault in self.control("faults"))

    def quirks(self, **values: Any) -> None:
        self.control("quirks", values)

    def later(self, seconds: float) -> None:
        self.control("clock", {"advance_s": seconds})

    def edit(self, kind: str, record_id: str, **fields: Any) -> None:
        self.control("edit", {"object": kind, "id": record_id, "fields": fields})

    def create(self, kind: str, **fields: Any) -> str:
        found = self.control("edit", {"object": kind, "fields": fields})
        return str(found["id"])

    def delete(self, kind: str, record_id: str) -> None:
        self.control("edit", {"object": kind, "id": record_id, "delete": True})

    def merge(self, kind: str, winner: str, loser: str) -> str:
        return str(self.control("edit", {"object": kind, "id": winner, "merge": loser})["id"])

    def link(self, kind: str, record_id: str, other: str, to_id: str, *labels: str, cut: bool = False) -> None:
        fields = {"from_object": kind, "from_id": record_id, "to_object": other, "to_id": to_id}
        if labels:
            fields["labels"] = list(labels)  # type: ignore[assignment]
        self.control("edit", {"object": "associations", "fields": fields, **({"delete": True} if cut else {})})

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.control(f"tables/{kind}") if not row.get("archived")]

    def open_deal(self) -> str:
        return str(next(row for row in self.rows("deals") if row["properties"]["hs_is_closed"] != "true")["id"])

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self.control("calls")["by_kind"]
        return found

    def paths(self) -> dict[str, int]:
        return {call["path"]: call["count"] for call in self.control("calls")["calls"]}


@contextmanager
def benches(folder: Path) -> Iterator[Callable[..., Bench]]:
    """Start benches that end together."""
    started: list[Bench] = []

    def start(**options: Any) -> Bench:
        box = Sandbox(Options(**({"crm": "hubspot", "deals": 12, "config_out": folder / "config.toml"} | options)))
        box.start()
        started.append(Bench(box))
        # Waiting for room in our half of the windows is tested by itself; here nothing waits.
        started[-1].quirks(search_secondly_max=10_000, ten_secondly_max=10_000, associations_ten_secondly_max=10_000)
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
def portal(serve: Callable[..., Bench]) -> Bench:
    return serve()


def only(frame: pl.DataFrame) -> dict[str, Any]:
    """Return the one row of a frame."""
    assert frame.height == 1
    return frame.row(0, named=True)


@pytest.fixture
def mirror() -> PortalMirror:
    return PortalMirror()
