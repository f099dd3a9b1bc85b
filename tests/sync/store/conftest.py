from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from sync.model.judgement import FINDINGS, SCORES, Judgement
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, ORG


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def conn(store: Store) -> int:
    return store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)


@pytest.fixture
def judged(store: Store, conn: int) -> int:
    """A connection whose first marks are cleared by a judgement of nothing."""
    marks = store.dirty.affected_deals(conn).marks
    empty = Judgement("r0", date(2026, 6, 14), "f", None, SCORES.to_frame(), FINDINGS.to_frame(), marks=marks)
    store.judgements.commit(conn, empty)
    return conn
