"""The judgement of a made-up database judges every deal of it, and reads what the bare read reads."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from benchmarks.store import job
from benchmarks.store.__main__ import Measured, targets
from benchmarks.store.made_up import database, opened

DEALS = 300


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return database(tmp_path_factory.mktemp("store"), DEALS)


def test_every_deal_and_every_role_is_judged(path: Path) -> None:
    counts = job.judge_once(path)
    assert (counts["deals"], counts["roles"]) == (DEALS, 3 * DEALS)
    assert counts["findings"] > 0
    assert counts["shadow"] > 0


def test_the_bare_read_reads_the_same_rows(path: Path) -> None:
    assert job.read(path) == {"deals": DEALS, "roles": 3 * DEALS}


def test_the_size_of_the_chunks_changes_no_finding(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = job.judge_afresh(path)
    monkeypatch.setattr(job, "CHUNK", 160)
    assert job.judge_afresh(path) == whole


def test_a_database_is_made_once(path: Path) -> None:
    before = path.stat().st_mtime_ns
    assert database(path.parent, DEALS).stat().st_mtime_ns == before


def test_deals_of_two_tiles_share_no_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.store.made_up._TILE", 10)
    store, conn = opened(database(tmp_path, 25))
    (ids,) = store.lookups.deal_chunks(conn)
    store.close()
    assert len(set(ids)) == 25


def test_too_much_memory_or_time_is_a_missed_target() -> None:
    bare, slow = Measured([1.0], [1.0], 100.0, {}), Measured([2.1], [2.1], 601.0, {})
    assert [line.met for line in targets({"read": bare, "judge": bare, "full": slow})] == [False, True, False]


def test_links_of_a_touch_stay_with_its_deal(path: Path) -> None:
    store, conn = opened(path)
    tables = next(job._chunks(store, conn))
    store.close()
    links = tables["touch_links"].join(tables["touches"].select("touch_id"), on="touch_id", how="anti")
    assert links.equals(pl.DataFrame(schema=links.schema))
