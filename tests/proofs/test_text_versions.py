"""After an upgrade open tasks get their new text once, so many a day, in both CRMs, also with the database lost."""

from __future__ import annotations

import pytest

from sync.model import task_text
from sync.model.answers import answer_in
from tests.proofs.world import World

A_DAY = 2


@pytest.fixture(params=["salesforce", "hubspot"])
def upgraded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """Each of the two CRMs with open tasks whose texts another version wrote."""
    world: World = request.getfixturevalue("world" if request.param == "salesforce" else "portal")
    world.reword_config("share_closed = 0.0", f"share_closed = 0.0\nrewrites_per_day = {A_DAY}")
    with monkeypatch.context() as earlier:
        earlier.setattr(task_text, "VERSION", "v0")
        world.sync()
    world.advance(days=1)  # a text of the day on which its task was made counts for no rewrite
    return world


def bodies(world: World) -> list[str]:
    rows = [row.get("properties", row) for row in world.open_tasks()]
    return [str(row.get("Description") or row.get("hs_task_body")) for row in rows]


def written_anew(world: World) -> int:
    return sum(task_text.VERSION in body.rsplit(" ", 1)[-1] for body in bodies(world))


def test_texts_of_another_version_are_written_anew_a_few_a_day(upgraded: World) -> None:
    keys, told = upgraded.keys(), []
    assert len(bodies(upgraded)) > 2 * A_DAY
    for _ in range(2):
        upgraded.sync()
        upgraded.sync()
        told.append(written_anew(upgraded))
        upgraded.advance(days=1)
    assert told[0] == A_DAY
    assert A_DAY < told[1] <= 2 * A_DAY + len(upgraded.keys()) - len(keys)


def test_a_lost_database_begins_no_second_day_and_makes_no_second_task(upgraded: World) -> None:
    upgraded.sync()
    keys, told = upgraded.keys(), written_anew(upgraded)
    upgraded.forget()
    upgraded.sync()
    assert (upgraded.keys(), written_anew(upgraded)) == (keys, told)


def test_no_text_before_or_after_answers_itself(upgraded: World) -> None:
    before = bodies(upgraded)
    upgraded.sync()
    assert [body for body in (*before, *bodies(upgraded)) if answer_in(body) is not None] == []
