"""Task texts in another language, over the wire: chosen in the configuration, written anew when it changes."""

from __future__ import annotations

import pytest

from sync.config.config import load_config
from sync.errors import ConfigError
from tests.proofs.world import World

PACKS = "[rules]\npacks"


def choose(world: World, code: str) -> None:
    world.reword_config(PACKS, f'[rules]\nlanguage = "{code}"\npacks')


def bodies(world: World) -> list[str]:
    return [task["Description"] for task in world.open_tasks()]


def test_tasks_are_written_in_the_language_that_the_configuration_names(world: World) -> None:
    choose(world, "de")
    world.sync()
    assert bodies(world)
    assert [body for body in bodies(world) if not ("\nWarum\n- " in body and "\nZu tun\n- " in body)] == []
    assert [body for body in bodies(world) if "\nWhy\n" in body or "Done when" in body] == []


def test_a_cycle_in_the_same_language_changes_nothing(world: World) -> None:
    choose(world, "de")
    world.sync()
    before = bodies(world)
    world.advance(minutes=30)
    applied = world.sync().applied
    assert (applied.create, applied.update, applied.close, bodies(world)) == (0, 0, 0, before)


def test_another_language_words_the_same_tasks_anew(world: World) -> None:
    world.sync()
    before = world.keys_by_id()
    choose(world, "de")
    world.advance(minutes=30)
    world.sync()
    assert world.keys_by_id() == before
    assert [body for body in bodies(world) if "\nWarum\n" not in body] == []


def test_a_language_that_does_not_ship_is_refused_with_those_that_do(world: World) -> None:
    choose(world, "dee")
    with pytest.raises(ConfigError, match=r'\[rules.language\] found "dee", expected one of en, de'):
        load_config(world.config)
