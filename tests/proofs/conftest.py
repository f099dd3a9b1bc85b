from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox
from tests.proofs.portal import PortalWorld
from tests.proofs.stores import Databases, Files, Stores
from tests.proofs.world import W, World, core_alone, kept_in
from tests.stores import STORES

MakeWorld = Callable[..., World]


@pytest.fixture
def settle(request: pytest.FixtureRequest) -> Iterator[Callable[[W], W]]:
    """Choose where worlds keep their store unless a proof says; DEALWARDEN_PROOFS_ON=postgresql runs all there."""
    if os.environ.get("DEALWARDEN_PROOFS_ON", "sqlite") == "sqlite":
        yield lambda world: world
        return
    with ExitStack() as stack:
        server = request.getfixturevalue("postgres")
        yield lambda world: kept_in(world, stack.enter_context(server.database()))


@pytest.fixture
def make_world(tmp_path: Path, settle: Callable[[World], World]) -> Iterator[MakeWorld]:
    """Start simulated orgs that end with the test, judged by the core pack alone."""
    boxes: list[Sandbox] = []

    def make(**options: object) -> World:
        folder = tmp_path / f"org{len(boxes)}"
        folder.mkdir()
        box = Sandbox(Options(config_out=folder / "config.toml", **options))  # type: ignore[arg-type]
        box.start()
        boxes.append(box)
        return settle(core_alone(World(box)))

    yield make
    for box in boxes:
        box.stop()


@pytest.fixture(params=STORES)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Make and copy stores, on each database in turn."""
    if request.param == "sqlite":
        yield Files()
        return
    with ExitStack() as stack:
        yield Databases(request.getfixturevalue("postgres"), stack)


SMALL = {"deals": 25, "seed": 7}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A small seeded org."""
    return make_world(**SMALL)


@pytest.fixture
def make_portal(tmp_path: Path, settle: Callable[[PortalWorld], PortalWorld]) -> Iterator[Callable[..., PortalWorld]]:
    """Start simulated portals that end with the test, judged by the core pack alone."""
    with ExitStack() as stack:

        def make(**options: object) -> PortalWorld:
            config = tmp_path / f"portal{next(numbers)}" / "config.toml"
            box = stack.enter_context(Sandbox(Options(crm="hubspot", config_out=config, **options)))  # type: ignore[arg-type]
            return settle(core_alone(PortalWorld(box)))

        numbers = itertools.count()
        yield make


@pytest.fixture
def portal(make_portal: Callable[..., PortalWorld]) -> PortalWorld:
    """A small seeded HubSpot portal."""
    return make_portal(**SMALL)


@pytest.fixture(scope="session")
def undisturbed_portal_keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The keys that an undisturbed first cycle leaves in the small portal."""
    config = tmp_path_factory.mktemp("undisturbed-portal") / "config.toml"
    with Sandbox(Options(crm="hubspot", config_out=config, **SMALL)) as box:
        undisturbed = core_alone(PortalWorld(box))
        undisturbed.sync()
        return undisturbed.keys()


@pytest.fixture(scope="session")
def undisturbed_keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The keys that an undisturbed first cycle leaves in the small org."""
    config = tmp_path_factory.mktemp("undisturbed") / "config.toml"
    with Sandbox(Options(config_out=config, **SMALL)) as box:
        undisturbed = core_alone(World(box))
        undisturbed.sync()
        return undisturbed.keys()
