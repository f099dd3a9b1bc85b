"""One person in two CRMs, known by the e-mail address, has one cap over both."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.model.slots import Ask, Claims, Taken, person_of
from sync.store.slots import claim
from tests.stores import Place

NOW = datetime.fromisoformat("2026-06-15T09:00:00+00:00")
DAY = timedelta(days=1)
RULE = """
[families.own]
points = { high = 10 }
subject = "Look at {{ deal.name }}"
due = "3 business days"

[rules.everywhere]
title = "Everywhere"
family = "own"
when = "amount > 0"
severity = "high"
evidence = "Worth {{ amount }}"
advice = "Look."
done = "Looked at"
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The database after a cycle of both CRMs with a finding on every deal and four open tasks a person at most."""
    config = tmp_path_factory.mktemp("person") / "config.toml"
    (config.parent / "rules.d").mkdir()
    (config.parent / "rules.d" / "own.toml").write_text(RULE)
    with Sandbox(Options(crm="both", deals=60, seed=5, config_out=config)) as box:
        text = box.config_path.read_text().replace("open_per_owner = 0", "open_per_owner = 4")
        box.config_path.write_text(text.replace('overlay = "rules.d"', 'packs = []\noverlay = "rules.d"'))
        assert "packs = []" in box.config_path.read_text()  # else critical findings exceed the cap, as they may
        with Workspace.open(load_config(box.config_path), progress=SilentProgress()) as workspace:
            workspace.sync()
            workspace.sync()
        base = sqlite3.connect(box.config_path.parent / "dealwarden.db")
        yield base
        base.close()


def open_by_email(database: sqlite3.Connection) -> Counter[str]:
    rows = database.execute(
        "SELECT lower(o.email) FROM own_tasks t JOIN owners o ON o.conn = t.conn AND o.owner_id = t.owner_id "
        "WHERE t.is_open = 1 AND t.deal_id IS NOT NULL AND o.email IS NOT NULL"
    )
    return Counter(row[0] for row in rows)


def test_nobody_has_more_open_tasks_than_the_cap_over_both_crms(database: sqlite3.Connection) -> None:
    assert max(open_by_email(database).values()) == 4


def test_the_table_of_slots_holds_no_address(database: sqlite3.Connection) -> None:
    people = {row[0] for row in database.execute("SELECT person FROM slots")}
    assert people
    assert all(len(person) == 64 and "@" not in person for person in people)


def test_an_address_counts_in_any_case() -> None:
    assert person_of(" Ida@Example.COM ") == person_of("ida@example.com")
    assert person_of("") is None


@pytest.fixture
def said(bare_place: Place) -> Iterator[object]:
    """Let one connection after the other claim for the same person, on an open store."""
    store = bare_place.open()

    def ask(conn: int, *keys: str, taken: int = 0, critical: bool = False, at: datetime = NOW) -> frozenset[str]:
        asks = tuple(Ask(key, "d1", "p", critical) for key in keys)
        claims = Claims(at, {"p": Taken(taken)} if taken else {}, asks, open_per_owner=2, beyond=2)
        with store.database.write() as work:
            return claim(work, conn, claims)

    yield ask
    store.close()


def test_who_claims_last_gets_what_is_left(said: object) -> None:
    assert said(1, "a", taken=1) == frozenset()  # type: ignore[operator]
    assert said(2, "b") == {"b"}  # type: ignore[operator]


def test_a_critical_task_may_exceed_the_cap_by_two_over_both(said: object) -> None:
    said(1, "a", taken=1)  # type: ignore[operator]
    assert said(2, "b", "c", "d", critical=True) == {"d"}  # type: ignore[operator]


def test_what_a_connection_said_counts_for_a_day(said: object) -> None:
    said(1, taken=2)  # type: ignore[operator]
    assert said(2, "b", at=NOW + DAY) == {"b"}  # type: ignore[operator]
    assert said(3, "c", at=NOW + DAY + timedelta(seconds=1)) == frozenset()  # type: ignore[operator]
