from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

import polars as pl

from connectors.base import CallCount, Capabilities, PullRequest
from connectors.columns import frame
from connectors.errors import AuthError, MissingPermissionError
from connectors.model import Cursor, Org, Page, Receipt, Write, empty

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


class ToyConnector:
    def __init__(self, account: str, token: Callable[[], str], *, deals: int) -> None:
        self.calls = CallCount()
        self._account, self._token, self._deals = account, token, deals

    def open(self, known: Capabilities | None) -> tuple[Org, Capabilities]:
        if self._token() != "let-me-in":
            raise AuthError("the toy CRM refuses the token; correct it")
        self.calls.auth += 1
        capabilities = Capabilities(
            fingerprint="toy-1",
            sources={"roles": False, "contacts": False, "touches": False},
            shows={},
            element_roles={},
            key_enforced=False,
            can_write_tasks=False,
            can_write_scores=False,
        )
        return Org(f"toy:{self._account}", self._account, "UTC", "EUR", is_sandbox=None), capabilities

    def now(self) -> datetime:
        return NOW

    def pull(self, request: PullRequest) -> Iterator[Page]:
        self.calls.read += 1
        ids = [f"deal-{number}" for number in range(self._deals)]
        values = {
            "deal_id": ids,
            "name": ids,
            "pipeline": ["default"] * len(ids),
            "stage_id": ["talks"] * len(ids),
            "is_closed": [False] * len(ids),
            "close_date": [date(2026, 5, 1)] * len(ids),
        }
        table = frame("deals", values, len(ids))
        yield Page("deals", {"deals": table}, replace=("deals",), cursor=Cursor("deals", "1", NOW))

    def write_batch(self, writes: Sequence[Write]) -> list[Receipt]:
        raise MissingPermissionError("the toy CRM takes no writes")

    def read_back(self, keys: Sequence[str], deal_ids: Sequence[str] = ()) -> pl.DataFrame:
        return empty("own_tasks")

    def read_tasks(self, task_ids: Sequence[str]) -> pl.DataFrame:
        return empty("own_tasks")

    def task_url(self, task_id: str) -> str:
        raise MissingPermissionError("the toy CRM has no tasks")

    def ensure_room(self, calls: int) -> None:
        """Accept any number of calls: a folder has no quota."""

    def batch_size(self) -> int:
        return 1

    def close(self) -> None:
        pass
