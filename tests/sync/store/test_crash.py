from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.model import Page
from sync.store.store import Store
from tests.stores import Place
from tests.sync.store.rows import NOW, ORG, deal, frame

ROWS = 50
REPOSITORY = Path(__file__).parents[3]

WRITER = """
import sys
from pathlib import Path
from connectors.model import Cursor, Page
from sync.store.store import Store
from tests.sync.store.rows import NOW, ORG, deal, frame

store = Store.open(sys.argv[1], base=Path())
conn = store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)
at = int(store.cursors.all(conn)["deals"].position) if store.cursors.all(conn) else 0
while True:
    at += 1
    rows = [deal(f"{at:06}-{number}", amount=float(at)) for number in range(50)]
    roles = [{"role_id": row["deal_id"], "deal_id": row["deal_id"], "contact_id": "c"} for row in rows]
    tables = {"deals": frame("deals", *rows), "roles": frame("roles", *roles)}
    store.mirror.commit_page(conn, Page("deals", tables, cursor=Cursor("deals", str(at))))
    print(at, flush=True)
"""


def killed_writer(place: Place, after_s: float) -> int:
    """Run a writer until it is killed at some moment; give the last page that it saw committed."""
    command = [sys.executable, "-c", WRITER, place.full_url]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        writer.wait(after_s)
    except subprocess.TimeoutExpired:
        writer.kill()
    rest, _ = writer.communicate()
    assert writer.returncode == -9
    return int(rest.split("\n")[-2]) if rest.count("\n") else 0


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_leaves_whole_pages_with_their_cursor(place: Place, seed: int) -> None:
    seen = killed_writer(place, random.Random(seed).uniform(0.0, 0.3))
    if place.kind == "sqlite":
        assert place.ask("PRAGMA integrity_check") == [("ok",)]
    ((position,),) = place.ask("SELECT position FROM cursors")
    per_page = place.ask(
        "SELECT substr(d.deal_id, 1, 6), count(*), count(r.role_id) FROM deals d "
        "LEFT JOIN roles r ON r.role_id = d.deal_id GROUP BY 1 ORDER BY 1"
    )
    assert int(position) >= seen
    assert per_page == [(f"{at:06}", ROWS, ROWS) for at in range(1, int(position) + 1)]


def test_a_writer_goes_on_where_a_killed_one_stopped(place: Place) -> None:
    killed_writer(place, 0.05)
    killed_writer(place, 0.05)
    store = place.open()
    conn = store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)
    pages = int(store.cursors.all(conn)["deals"].position)
    assert sum(len(chunk) for chunk in store.lookups.deal_chunks(conn)) == pages * ROWS
    assert store.dirty.affected_deals(conn).deal_ids is None
    store.close()


ADDER = """
import sys
from pathlib import Path
from sync.store.store import Store
from tests.sync.store.rows import deal, page

store = Store.open(sys.argv[1], base=Path())
for number in range(60):
    store.mirror.commit_page(int(sys.argv[2]), page(deals=deal(f"{sys.argv[3]}-{number}")))
"""


def test_two_processes_writing_at_once_wait_for_each_other(place: Place) -> None:
    """A page is compared before it is written: without the lock from the start, what was read could be outdated."""
    store = place.open()
    conn = store.connections.register(ORG, kind="salesforce", name="acme", now=NOW)
    started = [
        subprocess.Popen([sys.executable, "-c", ADDER, place.full_url, str(conn), name], cwd=REPOSITORY)
        for name in ("a", "b")
    ]
    assert [process.wait(120) for process in started] == [0, 0]
    assert sum(len(chunk) for chunk in store.lookups.deal_chunks(conn)) == 120
    store.close()


def test_reading_does_not_wait_for_a_writer(store: Store, conn: int) -> None:
    store.mirror.commit_page(conn, Page("deals", {"deals": frame("deals", deal())}))
    began = time.monotonic()
    with store.database.write():
        assert store.frames.of_deals(conn, None, now=NOW, touches_since=NOW)["deals"].height == 1
    assert time.monotonic() - began < 10
