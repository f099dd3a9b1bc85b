"""What people do to our tasks, and what must stand in the CRM afterwards: every story of ``stories``, on both CRMs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.gestures.story import Story, stories
from tests.gestures.timeline import CRMS, Timeline, empty_crm

on_each_crm = pytest.mark.parametrize("crm", CRMS)


@on_each_crm
def test_the_crm_holds_what_every_story_says(crm: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    _play(stories(), crm, tmp_path, subtests, forget=False)


@pytest.mark.soak
@on_each_crm
def test_a_database_that_is_lost_before_every_cycle_changes_no_story(
    crm: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    _play([story for story in stories() if not story.needs_memory], crm, tmp_path, subtests, forget=True)


def _play(told: Sequence[Story], crm: str, folder: Path, subtests: pytest.Subtests, *, forget: bool) -> None:
    with empty_crm(crm, folder) as box:
        timeline = Timeline(box, crm, told, forget=forget)
        timeline.play()
    for name, cast in timeline.casts.items():
        with subtests.test(cast.story.title, story=name):
            assert cast.wrong == []
