"""What the benches of both simulated CRMs have in common: clock, quirks, faults and counts of the sandbox."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from connectors.base import Connector
from connectors.contract.contract import Bench
from connectors.mapping import ElementMap, FieldMap, ScoreMap
from sandbox.serve import Sandbox
from sandbox.server.faults import KINDS

ROLES = {
    "Economic Buyer": "economic_buyer",
    "Economic Decision Maker": "economic_buyer",
    "Champion": "champion",
    "Technical Buyer": "technical",
    "Technical Evaluator": "technical",
    "Evaluator": "technical",
    "Business User": "user",
    "End User": "user",
    "Procurement": "procurement",
    "Legal": "legal",
    "Security": "security",
    "It Security": "security",
    "Executive Sponsor": "exec_sponsor",
    "Influencer": "influencer",
    "Blocker": "blocker",
    "Other": "other",
}
"""What the seeded pipeline's roles mean, spelt without regard to capitals."""

_OF_WRITES = (
    "row_error", "lock_row", "duplicate_value", "batch_409", "multi_207", "500_after_apply", "502_after_apply",
    "503_after_apply",
)  # fmt: skip
_OF_PAGES = ("duplicate_page", "repeated_after", "short_page", "locator_expired")
_CANONICAL = {name.title(): role for name, role in ROLES.items()}


def role_of(word: str | None) -> str | None:
    """Return the canonical role of a seeded one."""
    return _CANONICAL[word.title()] if word else None


def field_map(text: str, scores: ScoreMap) -> FieldMap:
    """Return a map with one element of text, one of a role, and scores."""
    return FieldMap(elements={"metrics": ElementMap(text=text), "champion": ElementMap(role="champion")}, scores=scores)


class SandboxBench(Bench):
    """A bench on the sandbox."""

    crm: ClassVar[str]
    create_path: ClassVar[str]
    overlap = timedelta(minutes=15)
    reading_faults = tuple(kind for kind in KINDS if kind not in (*_OF_WRITES, *_OF_PAGES))
    paging_faults = _OF_PAGES
    lost_answers = (
        "drop_before_apply", "drop_after_apply", "connection_reset", "500", "500_after_apply", "502_html",
        "truncated_json", "wrong_content_length", "html_200",
    )  # fmt: skip

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.opened: list[Connector] = []
        self.quirks(delay_s=0.02, slow_body_s=0.02)

    def close(self) -> None:
        for connector in self.opened:
            connector.close()

    def control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.box.control_url}/_sandbox/{path}?crm={self.crm}", data) as answer:
            return json.load(answer)

    def quirks(self, **values: Any) -> None:
        self.control("quirks", values)

    def now(self) -> datetime:
        return self.box.clock.now()

    def hold_clock(self) -> None:
        self.box.clock.hold()

    def later(self, seconds: float) -> None:
        self.box.clock.advance(seconds)

    def commit_late(self, seconds: float) -> None:
        self.quirks(late_commit_s=seconds)

    def spend_quota(self) -> None:
        self.quirks(daily_max=100, daily_used=95)

    def fault(self, kind: str, *, nth: int = 1, on: Literal["any", "create"] = "any") -> None:
        match = self.create_path if on == "create" else "*"
        self.control("faults", [{"match": match, "nth": nth, "kind": kind}])

    def fault_fired(self) -> bool:
        return all(one["fired"] for one in self.control("faults"))

    def calls(self, kind: Literal["total", "write"]) -> int:
        found = self.control("calls")
        return int(found["total"] if kind == "total" else found["by_kind"]["write"])
