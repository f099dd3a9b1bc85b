"""What people do to our tasks, and what must stand in the CRM afterwards: every story of ``stories``, on both CRMs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.gestures.story import Story, stories
from tests.gestures.timeline import Timeline, empty_crms


def test_the_crm_holds_what_every_story_says(tmp_path: Path, subtests: pytest.Subtests) -> None:
    _play(stories(), tmp_path, subtests, forget=False)


@pytest.mark.soak
def test_a_database_that_is_lost_before_every_cycle_changes_no_story(tmp_path: Path, subtests: pytest.Subtests) -> None:
    _play([story for story in stories() if not story.needs_memory], tmp_path, subtests, forget=True)


def _play(told: Sequence[Story], folder: Path, subtests: pytest.Subtests, *, forget: bool) -> None:
    with empty_crms(folder) as box:
        timeline = Timeline(box, told, forget=forget)
        timeline.play()
    for (name, crm), cast in timeline.casts.items():
        with subtests.test(cast.story.title, story=name, crm=crm):
            assert cast.wrong == []
