from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.sandbox.serve import Options, Sandbox
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, core_alone

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Start simulated orgs that end with the test, judged by the core pack alone."""
    boxes: list[Sandbox] = []

    def make(**options: object) -> World:
        folder = tmp_path / f"org{len(boxes)}"
        folder.mkdir()
        box = Sandbox(Options(config_out=folder / "config.toml", **options))  # type: ignore[arg-type]
        box.start()
        boxes.append(box)
        return core_alone(World(box))

    yield make
    for box in boxes:
        box.stop()


SMALL = {"deals": 25, "seed": 7}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A small seeded org."""
    return make_world(**SMALL)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[PortalWorld]:
    """A small seeded HubSpot portal."""
    with Sandbox(Options(crm="hubspot", config_out=tmp_path / "config.toml", **SMALL)) as box:
        yield core_alone(PortalWorld(box))


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
