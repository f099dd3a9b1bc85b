"""What changed since the last judgement: marks that outlive a crash, and the deals that they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from sqlalchemy import Select, delete, select, union, update

from connectors.model import OWN_TASKS
from sync.store.database.database import Query, Row, Transactions, Work
from sync.store.database.mirror_schema import MIRROR, still_open
from sync.store.database.schema import connections, dirty
from sync.store.differing import Differing, position

ALL: Final = "all"
TASK: Final = "task"
"""The kind of a mark that is set by a user action on a managed task of a deal."""

_MARKED: Final = {
    "deals": {"deal_id": "deal"},
    "roles": {"deal_id": "deal"},
    "changes": {"deal_id": "deal"},
    "touches": {"touch_id": "touch"},
    "touch_links": {"touch_id": "touch", "deal_id": "deal", "contact_id": "contact"},
    "contacts": {"contact_id": "contact"},
    "accounts": {"account_id": "account"},
    "owners": {"owner_id": "owner"},
}


@dataclass(frozen=True, slots=True)
class Affected:
    """The open deals to judge again: all of them if *deal_ids* is None.

    *changed* are those among them of which more than a managed task changed in the CRM; None as for *deal_ids*.
    *marks* is the number of the newest mark that was looked at; committing a judgement with it clears the marks up to
    it.
    """

    deal_ids: frozenset[str] | None
    marks: int
    changed: frozenset[str] | None = None


def marks_of(table: str, rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Return the marks, (kind, id), that a difference in *rows* of a canonical table sets."""
    if table == "stages":
        return {(ALL, "") for _ in rows}
    marked = [(position(table, column), kind) for column, kind in _MARKED.get(table, {}).items()]
    return {(kind, row[at]) for row in rows for at, kind in marked if row[at] is not None}


def task_marks(changed: Iterable[Differing]) -> set[tuple[str, str]]:
    """Return the marks that a difference in managed tasks sets: of their deals before and after, none for own writes.

    That we were the last to change a task does not mean that nobody else did before.
    """
    names = OWN_TASKS.names()
    marks: set[tuple[str, str]] = set()
    for row, before in changed:
        task = dict(zip(names, row, strict=True))
        was = {} if before is None else dict(zip(names, before, strict=True))
        differs = {
            name for name in ("answer", "deal_id", "is_open", "is_deleted", "reason") if task[name] != was.get(name)
        }
        # A task that dealwarden closed carries a reason; one that a person closed does not.
        ended = "is_open" in differs and "reason" not in differs
        acted = bool(was) and (ended or not differs.isdisjoint({"answer", "deal_id", "is_deleted"}))
        if acted or task["modified_by_us"] != 1 or task["is_deleted"] == 1:
            marks |= {(TASK, deal_id) for deal_id in (task["deal_id"], was.get("deal_id")) if deal_id is not None}
    return marks


def add_marks(work: Work, conn: int, marks: Iterable[tuple[str, str]]) -> None:
    """Set *marks* under a new number, so that a judgement that did not see them does not clear them."""
    wanted_marks = set(marks)
    if not wanted_marks:
        return
    # The number rises first: a judgement clears up to the number it saw, and must not clear these.
    work.run(update(connections).where(connections.c.conn == conn).values(mark_seq=connections.c.mark_seq + 1))
    seq = newest_mark(work, conn)
    # With everything marked, single marks would only cost rows.
    if (ALL, "") in wanted_marks or _all_marked(work, conn):
        wanted_marks = {(ALL, "")}
    work.upsert(dirty, [(conn, kind, name, seq) for kind, name in sorted(wanted_marks)])


def newest_mark(work: Work, conn: int) -> int:
    """Return the number of the newest mark, 0 if there was none yet."""
    row = work.first(_newest(conn))
    return 0 if row is None else int(row[0])


def clear_marks(work: Work, conn: int, through: int, *, everything: bool) -> None:
    """Clear the marks up to number *through*; the one that says "all" only where *everything* was judged."""
    statement = delete(dirty).where(dirty.c.conn == conn, dirty.c.seq <= through)
    # A judgement of some deals leaves the rest of "all" unjudged.
    work.run(statement if everything else statement.where(dirty.c.kind != ALL))


def _all_marked(work: Work, conn: int) -> bool:
    return work.first(_marked(conn, ALL)) is not None


@dataclass(frozen=True, slots=True)
class Dirty:
    """The marks of a connection, and the deals that they lead to."""

    transactions: Transactions

    def mark_all(self, conn: int) -> None:
        """Have every open deal judged again."""
        with self.transactions.write(conn) as work:
            add_marks(work, conn, [(ALL, "")])

    def affected_deals(self, conn: int) -> Affected:
        """Return the open deals that the marks lead to."""
        with self.transactions.read() as work:
            marks, kinds = newest_mark(work, conn), _kinds(work, conn)
            if ALL in kinds:
                return Affected(None, marks)
            changed = _ids(work, _reached(conn, closed=False)) if kinds - {TASK} else frozenset()
            acted_on = _ids(work, _acted_on(conn, closed=False)) if TASK in kinds else frozenset()
            return Affected(changed | acted_on, marks, changed)

    def affected_closed(self, conn: int) -> frozenset[str]:
        """Return the closed deals that the marks lead to."""
        with self.transactions.read() as work:
            kinds = _kinds(work, conn)
            changed = _ids(work, _reached(conn, closed=True)) if kinds - {TASK} else frozenset()
            return changed | (_ids(work, _acted_on(conn, closed=True)) if TASK in kinds else frozenset())


def _kinds(work: Work, conn: int) -> frozenset[str]:
    """Return the kinds of which there are marks: mostly none, and then no deal need be looked up."""
    return _ids(work, _marked_kinds(conn))


def _ids(work: Work, query: Query) -> frozenset[str]:
    return frozenset(row[0] for row in work.fetch(query))


# Statements that differ in the connection alone are built once for each.


@cache
def _newest(conn: int) -> Select[tuple[int]]:
    return select(connections.c.mark_seq).where(connections.c.conn == conn)


@cache
def _marked_kinds(conn: int) -> Select[tuple[str]]:
    return select(dirty.c.kind).where(dirty.c.conn == conn).distinct()


@cache
def _marked(conn: int, kind: str) -> Select[tuple[str]]:
    return select(dirty.c.id).where(dirty.c.conn == conn, dirty.c.kind == kind)


@cache
def _acted_on(conn: int, *, closed: bool) -> Select[tuple[str]]:
    """Select the deals with a user action on one of their managed tasks."""
    return _among(conn, _marked(conn, TASK), closed=closed)


@cache
def _reached(conn: int, *, closed: bool) -> Select[tuple[str]]:
    """Select the deals that the marks of every other kind lead to."""
    marked = partial(_marked, conn)
    deals, roles, links, owners = (MIRROR[name].c for name in ("deals", "roles", "touch_links", "owners"))
    attendees = select(links.contact_id).where(links.conn == conn, links.touch_id.in_(marked("touch")))
    reports = select(owners.owner_id).where(owners.conn == conn, owners.manager_id.in_(marked("owner")))
    ways = union(
        marked("deal"),
        select(links.deal_id).where(links.conn == conn, links.touch_id.in_(marked("touch"))),
        select(roles.deal_id).where(roles.conn == conn, roles.contact_id.in_(marked("contact"))),
        select(roles.deal_id).where(roles.conn == conn, roles.contact_id.in_(attendees)),
        select(deals.deal_id).where(deals.conn == conn, deals.account_id.in_(marked("account"))),
        select(deals.deal_id).where(deals.conn == conn, deals.owner_id.in_(marked("owner"))),
        select(deals.deal_id).where(deals.conn == conn, deals.owner_id.in_(reports)),
    )
    return _among(conn, ways, closed=closed)


def _among(conn: int, ids: Query, *, closed: bool) -> Select[tuple[str]]:
    deals = MIRROR["deals"].c
    of_kind = deals.is_closed == 1 if closed else still_open()
    return select(deals.deal_id).where(deals.conn == conn, of_kind, deals.deal_id.in_(ids))
