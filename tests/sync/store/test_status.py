from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from connectors.model import OWN_TASKS, Outcome, Page, Receipt, WriteKind
from sync.model.effect import Effect
from sync.model.judgement import FINDINGS, SCORES, Judgement
from sync.store.attempts import Attempt
from sync.store.database.errors import StoreError
from sync.store.runs import Run
from sync.store.status import read_status
from sync.store.store import Store
from tests.postgres import Server
from tests.stores import Place
from tests.sync.store.rows import NOW, ORG

REPOSITORY = Path(__file__).parents[3]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def worked(store: Store, conn: int) -> Store:
    """A store after one run that judged three deals and wrote with mixed success."""
    store.runs.begin(conn, "r1", "sync", NOW)
    scores = [
        ("a", 80.0, "severe", 1.0, "", True),
        ("b", 5.0, "healthy", 1.0, "", True),
        ("c", None, None, None, None, False),
    ]
    found = [("a", "late", "slip", 3), ("b", "late", "slip", 2), ("a", "thin", "threading", 3)]
    judgement = Judgement(
        "r1",
        date(2026, 6, 15),
        "f",
        None,
        pl.DataFrame(scores, schema=SCORES, orient="row"),
        pl.DataFrame(found, schema=FINDINGS, orient="row"),
    )
    effects = [
        Effect(f"e{number}", "r1", None, WriteKind.WRITE_SCORE, None, f"d{number}", None, None, {}, "h")
        for number in range(4)
    ]
    store.judgements.commit(conn, judgement, effects=effects)
    store.ledger.record(conn, [Receipt(f"e{number}", Outcome.REJECTED, message="Locked.") for number in (0, 1)], NOW)
    store.ledger.record(conn, [Receipt("e2", Outcome.UNKNOWN)], NOW)
    report = {
        "calls": {"read": 9},
        "not_judged": {"contacts-none": {"source": "roles", "coverage": 0.0, "floor": 0.3}},
        "incomplete": False,
        "error": None,
        "notes": ["n"],
    }
    store.runs.end(conn, "r1", report, LATER)
    return store


def test_status_tells_what_the_last_run_left(worked: Store, place: Place) -> None:
    assert read_status(place.full_url)["connections"] == {
        "acme": {
            "kind": "salesforce",
            "org_id": ORG.org_id,
            "org_name": "Acme",
            "failing": None,
            "last_good": LATER.isoformat(),
            "judged_day": "2026-06-15",
            "judged_complete": True,
            "judged": 2,
            "scores": {"healthy": 1, "severe": 1},
            "findings": {"late": 2, "thin": 1},
            "shadow": {},
            "suppressed": {},
            "noise": {},
            "open_effects": {"planned": 1, "unknown": 1},
            "rejected": {"Locked.": 2},
            "observing": None,
            "held": [],
            "audit": [],
            "not_judged": {"contacts-none": {"source": "roles", "coverage": 0.0, "floor": 0.3}},
            "calls": {"read": 9},
            "notes": ["n"],
            "unmapped_roles": {},
            "stages": [],
            "runs": [
                {
                    "run_id": "r1",
                    "command": "sync",
                    "started_at": NOW.isoformat(),
                    "ended_at": LATER.isoformat(),
                    "incomplete": False,
                    "error": None,
                }
            ],
        }
    }


def failed(run_id: str, minutes: int, error: str) -> Run:
    began = LATER + timedelta(minutes=minutes)
    return Run(run_id, "sync", began, began, incomplete=True, error=error, report=None)


def test_a_connection_fails_since_the_first_cycle_after_the_last_good_one(
    worked: Store, conn: int, place: Place
) -> None:
    for number, error in enumerate(("no answer", "no answer", "the login was refused")):
        worked.runs.fail(conn, failed(f"f{number}", 10 * number, error), {"error": error})
    acme = read_status(place.full_url)["connections"]["acme"]
    assert acme["failing"] == {"since": LATER.isoformat(), "cycles": 3, "reason": "the login was refused"}
    assert (acme["last_good"], acme["runs"][0]["error"]) == (LATER.isoformat(), "the login was refused")
    assert acme["not_judged"]["contacts-none"]["source"] == "roles"


def test_a_good_cycle_ends_the_failing(worked: Store, conn: int, place: Place) -> None:
    worked.runs.fail(conn, failed("f1", 0, "no answer"), {"error": "no answer"})
    worked.runs.begin(conn, "r2", "sync", LATER)
    worked.runs.end(conn, "r2", {"incomplete": False, "error": None}, LATER)
    assert read_status(place.full_url)["connections"]["acme"]["failing"] is None


def test_a_cycle_that_somebody_stopped_is_no_failure(worked: Store, conn: int, place: Place) -> None:
    worked.runs.fail(conn, failed("s1", 0, "stopped on request while reading"), {})
    assert read_status(place.full_url)["connections"]["acme"]["failing"] is None
    worked.runs.fail(conn, failed("f1", 1, "no answer"), {})
    worked.runs.fail(conn, failed("s2", 2, "stopped on request at once"), {})
    failing = read_status(place.full_url)["connections"]["acme"]["failing"]
    assert (failing["cycles"], failing["reason"]) == (1, "no answer")


def test_a_cycle_that_failed_after_it_began_is_no_longer_running(worked: Store, conn: int, place: Place) -> None:
    worked.runs.begin(conn, "r2", "sync", LATER)
    worked.runs.fail(conn, failed("r2", 1, "a fault"), {"error": "a fault"})
    (run, _) = read_status(place.full_url)["connections"]["acme"]["runs"]
    assert (run["run_id"], run["error"], run["ended_at"] is None) == ("r2", "a fault", False)


def test_a_connection_that_was_never_reached_is_there_with_the_first_and_the_last_failure(
    store: Store, place: Place
) -> None:
    for at, error in ((NOW, "no answer"), (LATER, "the login was refused")):
        store.attempts.record(Attempt("fresh", "hubspot", "r", "sync", at, error))
    fresh = read_status(place.full_url)["connections"]["fresh"]
    assert (fresh["org_id"], fresh["kind"]) == (None, "hubspot")
    assert fresh["failing"] == {"since": NOW.isoformat(), "cycles": None, "reason": "the login was refused"}
    assert fresh["runs"][0]["started_at"] == LATER.isoformat()


def test_what_was_never_reached_has_every_key_of_what_was(worked: Store, place: Place) -> None:
    worked.attempts.record(Attempt("fresh", "hubspot", "r", "sync", NOW, "no answer"))
    connections = read_status(place.full_url)["connections"]
    assert connections["fresh"].keys() == connections["acme"].keys()


def test_tasks_expire_by_the_crm_s_day_and_not_by_the_host_s(worked: Store, conn: int, place: Place) -> None:
    task = dict.fromkeys(OWN_TASKS.names())
    task |= {
        "task_id": "t",
        "body": "Rules: late (high)",
        "due": date(2026, 6, 16),
        "is_open": True,
        "is_deleted": False,
    }
    worked.mirror.commit_page(conn, Page("tasks", {"own_tasks": pl.DataFrame([task], schema=OWN_TASKS)}))
    worked.cursors.note_complete(conn, ["own_tasks"], NOW)  # the 15th, whatever day the host has
    noise = read_status(place.full_url)["connections"]["acme"]["noise"]
    assert (noise["late"]["open"], noise["late"]["expired"]) == (1, 0)


def test_status_agrees_with_the_ledger_about_what_is_refused(worked: Store, conn: int, place: Place) -> None:
    again = Effect("e9", "r2", None, WriteKind.WRITE_SCORE, None, "d0", None, None, {}, "other", state="done")
    worked.ledger.insert(conn, [again])
    rejected = read_status(place.full_url)["connections"]["acme"]["rejected"]
    assert sum(rejected.values()) == len(worked.ledger.refused(conn)) == 1


def test_a_running_run_has_no_end_and_the_last_finished_one_speaks(worked: Store, conn: int, place: Place) -> None:
    worked.runs.begin(conn, "r2", "sync", LATER)
    status = read_status(place.full_url)["connections"]["acme"]
    assert [(run["run_id"], run["ended_at"] is None) for run in status["runs"]] == [("r2", True), ("r1", False)]
    assert status["calls"] == {"read": 9}


def test_status_reads_while_another_transaction_writes(worked: Store, place: Place) -> None:
    with worked.database.write():
        assert "acme" in read_status(place.full_url)["connections"]


def test_status_reads_a_database_that_nobody_has_open(worked: Store, place: Place) -> None:
    worked.close()
    assert "acme" in read_status(place.full_url)["connections"]


def test_status_changes_nothing(tmp_path: Path) -> None:
    place = Place("sqlite:///test.db", tmp_path)
    place.open().close()
    before = place.file.read_bytes()
    read_status(place.full_url)
    assert place.file.read_bytes() == before


def test_without_a_database_status_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database yet; dealwarden sync creates it"):
        read_status(f"sqlite:///{tmp_path}/mine.db")
    assert list(tmp_path.iterdir()) == []


def test_without_tables_status_says_what_makes_them(postgres: Server) -> None:
    with postgres.database(tables=False) as url, pytest.raises(StoreError, match="no tables of dealwarden's yet; the"):
        read_status(url)


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.db").write_bytes(content)
    with pytest.raises(StoreError, match="not a dealwarden database"):
        read_status(f"sqlite:///{tmp_path}/mine.db")


@pytest.mark.parametrize("module", ["sync.store.status", "sync.store.database.postgres_session"])
def test_status_loads_nothing_heavy(module: str) -> None:
    if module.endswith("session"):
        pytest.importorskip("psycopg")
    heavy = ("sqlalchemy", "polars", "pydantic", "alembic")
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert shown.stdout == "[]\n"
