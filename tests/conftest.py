from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Server, no_postgres, postgres_server
from tests.stores import STORES, Place, put_empty_store, spell_statements_once

spelled_once = pytest.fixture(spell_statements_once, scope="session", autouse=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server; tests that ask for it are skipped where there is none."""
    why = no_postgres()
    if why is not None:
        pytest.skip(why)
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The address of a PostgreSQL database with our tables and no rows."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an empty store lies: every test that asks for it runs on both databases."""
    if request.param == "postgresql":
        return Place(request.getfixturevalue("postgres_url"), tmp_path)
    place = Place("sqlite:///test.db", tmp_path)
    put_empty_store(place.file)
    return place


@pytest.fixture(params=STORES)
def bare_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where a store could lie, before there is any table."""
    if request.param == "sqlite":
        yield Place("sqlite:///test.db", tmp_path)
        return
    with request.getfixturevalue("postgres").database(tables=False) as url:
        yield Place(url, tmp_path)
