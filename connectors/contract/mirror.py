"""The mirror of a CRM under test: pages taken as the store takes them, and held against the CRM."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from connectors.base import Connector, PullRequest
from connectors.contract.bench import Row, Touch, Truth
from connectors.errors import ConnectorError
from connectors.model import PRIMARY_KEY, TABLES, Cursor, Page

_MOVED_BY_US: Final = frozenset({"modified_at", "last_activity_on"})
# A CRM may filter by its own day, which is up to a day off the bench's.
_DAY_OF_GRACE: Final = timedelta(days=2)


@dataclass(slots=True)
class Mirror:
    """Keeps what pages say, as the store does: rows by primary key, cursors by source."""

    tables: dict[str, dict[Any, Row]] = field(default_factory=lambda: {name: {} for name in TABLES})
    cursors: dict[str, Cursor] = field(default_factory=dict)

    def pull(self, connector: Connector, **request: Any) -> Mirror:
        """Pull once and take every page."""
        for _ in self.pages(connector, **request):
            pass
        return self

    def pages(self, connector: Connector, **request: Any) -> Generator[Page, None, None]:
        """Pull once, giving each page after it was taken."""
        asked: dict[str, Any] = {"cursors": dict(self.cursors), "known_ids": self.known} | request
        for page in connector.pull(PullRequest(**asked)):
            self.take(page)
            yield page

    def pull_until_whole(self, connector: Connector, tries: int = 4) -> Mirror:
        """Pull as cycles do: one that fails is followed by another, from the cursors that were committed."""
        for left in reversed(range(tries)):
            try:
                return self.pull(connector)
            except ConnectorError:
                if not left:
                    raise
        return self

    def take(self, page: Page) -> None:
        """Take one page as the store commits it."""
        # The same order as the store's commit: replace, upsert, gone, present, whole.
        for name in page.replace:
            self.tables[name].clear()
        for name, frame in page.tables.items():
            assert frame.schema == TABLES[name], f"{name} has another schema than the model says"
            self.tables[name].update({_key(name, row): row for row in frame.iter_rows(named=True)})
        for name, ids in page.gone.items():
            for row_id in ids:
                self._remove(name, row_id)
        for name, present in page.present.items():
            for row_id in self.tables[name].keys() - present:
                self._remove(name, row_id)
        for name, (column, values) in page.whole.items():
            named = {_key(name, row) for row in page.tables[name].iter_rows(named=True)}
            rows = self.tables[name].items()
            self.tables[name] = {key: row for key, row in rows if row[column] not in values or key in named}
        if page.cursor:
            self.cursors[page.cursor.source] = page.cursor

    def content(self) -> dict[str, dict[Any, dict[str, Any]]]:
        """Return what was read, without what the CRM moves when we write: our own rows and summary stamps."""
        return {
            name: {key: {c: v for c, v in row.items() if c not in _MOVED_BY_US} for key, row in rows.items()}
            for name, rows in self.tables.items()
            if not name.startswith("own_")
        }

    def differences(self, truth: Truth, *, now: datetime, closed_days: int = 730, touch_days: int = 180) -> list[str]:
        """Return a line for every difference between the mirror and the CRM; empty if they agree."""
        oldest = (now - timedelta(days=closed_days)).date()
        return [
            *self._deals(truth, oldest),
            *self._roles(truth),
            *self._contacts(truth),
            *self._touches(truth, now - timedelta(days=touch_days)),
        ]

    def roles(self, deals: Sequence[str] | None = None) -> list[tuple[str, str, str | None]]:
        """List (deal, contact, role), each row of the table once."""
        rows = self.tables["roles"].values()
        return [(r["deal_id"], r["contact_id"], r["role"]) for r in rows if deals is None or r["deal_id"] in deals]

    def known(self, table: str) -> list[str]:
        """List the ids of a table's rows; of ``deals`` those of open ones alone."""
        return [row_id for row_id, row in self.tables[table].items() if table != "deals" or not row["is_closed"]]

    def _remove(self, name: str, row_id: Any) -> None:
        if name == "own_tasks" and row_id in self.tables[name]:
            self.tables[name][row_id] = {**self.tables[name][row_id], "is_deleted": True}
            return
        self.tables[name].pop(row_id, None)
        if name == "deals":
            self.tables["roles"] = {key: row for key, row in self.tables["roles"].items() if row["deal_id"] != row_id}

    def _deals(self, truth: Truth, oldest: date) -> Iterator[str]:
        must = {k for k, row in truth.deals.items() if not row["is_closed"] or row["close_date"] >= oldest}
        may = {k for k, row in truth.deals.items() if k in must or row["close_date"] >= oldest - _DAY_OF_GRACE}
        yield from _ids("deals", self.tables["deals"], must, may)
        yield from _values("deals", self.tables["deals"], truth.deals)

    def _roles(self, truth: Truth) -> Iterator[str]:
        deals = truth.open_deals()
        read, expected = self.roles(deals), {role for role in truth.roles if role[0] in deals}
        yield from (f"role missing: {role}" for role in sorted(expected - set(read), key=str))
        yield from (f"role too many: {role}" for role in sorted(set(read) - expected, key=str))

    def _contacts(self, truth: Truth) -> Iterator[str]:
        deals = set(truth.open_deals())
        must = {contact for deal, contact, _ in truth.roles if deal in deals} & truth.contacts.keys()
        yield from _ids("contacts", self.tables["contacts"], must, truth.contacts.keys())
        yield from _values("contacts", self.tables["contacts"], truth.contacts)

    def _touches(self, truth: Truth, oldest: datetime) -> Iterator[str]:
        must = {touch_id for touch_id, touch in truth.touches.items() if touch.at >= oldest}
        yield from _ids("touches", self.tables["touches"], must, truth.touches.keys())
        linked: dict[str, tuple[set[str], set[str]]] = {touch_id: (set(), set()) for touch_id in self.tables["touches"]}
        for link in self.tables["touch_links"].values():
            for at, column in enumerate(("deal_id", "contact_id")):
                if link[column] and link["touch_id"] in linked:
                    linked[link["touch_id"]][at].add(link[column])
        for touch_id in sorted(must & linked.keys()):
            row, (deals, contacts) = self.tables["touches"][touch_id], linked[touch_id]
            mine = Touch(row["kind"], row["at"], frozenset(deals), frozenset(contacts))
            if mine != truth.touches[touch_id]:
                yield f"touch {touch_id}: read {mine}, is {truth.touches[touch_id]}"


def _key(table: str, row: Row) -> Any:
    names = PRIMARY_KEY[table]
    return row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)


def _ids(table: str, mine: Mapping[Any, Row], must: set[str], may: Any) -> Iterator[str]:
    yield from (f"{table} missing: {row_id}" for row_id in sorted(must - mine.keys()))
    yield from (f"{table} too many: {row_id}" for row_id in sorted(mine.keys() - set(may)))


def _values(table: str, mine: Mapping[Any, Row], truth: Mapping[str, Row]) -> Iterator[str]:
    for row_id in sorted(mine.keys() & truth.keys()):
        for column, value in truth[row_id].items():
            if mine[row_id][column] != value:
                yield f"{table} {row_id}: {column} read {mine[row_id][column]!r}, is {value!r}"
