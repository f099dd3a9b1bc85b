"""The CRM's quota is shared: a cycle that has no room left ends whole batches early, and says so."""

from __future__ import annotations

from sync.errors import CRM_FAILED
from tests.proofs.conftest import MakeWorld
from tests.proofs.world import World


def in_doubt(world: World) -> int:
    """Count the writes of which we do not know what became of them."""
    [[count]] = world.place.ask("SELECT count(*) FROM effects WHERE state IN ('sending', 'unknown')")
    return int(count)


def test_with_a_thousand_calls_left_of_a_hundred_thousand_nothing_is_written(make_world: MakeWorld) -> None:
    world = make_world(deals=8, seed=7)
    world.sync()
    standing = {row["Id"] for row in world.open_tasks()}
    world.config.write_text('[scope]\nwhere = "amount >= 100_000_000"\n\n' + world.config.read_text())
    world.quirks(daily_max=100_000, daily_used=99_000)
    world.reset_calls()
    report = world.run()
    assert (report.exit_code, report.incomplete) == (CRM_FAILED, True)
    assert "daily API calls left" in (report.incomplete_reason or "")
    assert {row["Id"] for row in world.open_tasks()} == standing
    assert world.calls()["write"] == 0
    assert world.calls().total() < 10


def test_wherever_the_quota_ends_no_write_is_parted_from_its_read_back(make_world: MakeWorld) -> None:
    world = make_world(deals=8, seed=7)
    world.sync()
    scope = '[scope]\nwhere = "amount >= 100_000_000"\n\n'
    ended = []
    for calls in range(4, 13):
        text = world.config.read_text()
        world.config.write_text(text.removeprefix(scope) if text.startswith(scope) else scope + text)
        world.quirks(daily_max=100_000, daily_used=90_000 - calls)
        ended.append(world.run().incomplete)
        assert in_doubt(world) == 0
    assert set(ended) == {True, False}
    world.quirks(daily_used=0)
    world.sync()
    assert len(world.keys()) == len(set(world.keys())) > 0
