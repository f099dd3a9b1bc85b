from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from sync.store.database.mirror_schema import metadata
from sync.store.database.schema import HEAD, VERSION_TABLE
from sync.store.database.upgrade import MIGRATIONS
from sync.store.status import read_status
from tests.stores import Place
from tests.sync.store.test_opening import engine_of

INSERT = {
    "connections": {
        "conn": 1, "kind": "salesforce", "org_id": "00D", "name": "acme", "org_name": "Acme", "time_zone": "UTC",
        "last_seen": 0, "mark_seq": 0, "judged_complete": 1,
    },
    "findings": {"conn": 1, "deal_id": "a", "rule_id": "late", "family": "slip", "severity": 3, "since_day": 20_000},
}  # fmt: skip


@pytest.fixture
def first(bare_place: Place) -> Place:
    """A database as the first release left it, with one finding."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine_of(bare_place).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    for table, row in INSERT.items():
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        bare_place.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())
    return bare_place


def test_a_database_of_the_first_release_gets_the_tables_of_this_one(first: Place) -> None:
    first.open().close()
    with engine_of(first).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert (compare_metadata(context, metadata), context.get_current_revision()) == ([], HEAD)


def test_findings_of_the_first_release_go_on_and_none_is_in_shadow(first: Place) -> None:
    store = first.open()
    assert store.judgements.findings(1, None).rows() == [("a", "late", 3)]
    assert (store.judgements.counts(1).findings, store.judgements.counts(1).shadow) == ({"late": 1}, {})
    store.close()


def test_status_reads_a_database_of_the_first_release_as_it_is(first: Place) -> None:
    found = read_status(first.full_url)["connections"]["acme"]
    assert (found["findings"], found["shadow"]) == ({"late": 1}, {})
