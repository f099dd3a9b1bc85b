"""What people do to our tasks, and what must stand in the CRM afterwards: every story of ``stories``, on both CRMs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gestures.story import stories
from tests.gestures.timeline import Timeline, empty_crms


def test_the_crm_holds_what_every_story_says(tmp_path: Path, subtests: pytest.Subtests) -> None:
    with empty_crms(tmp_path) as box:
        timeline = Timeline(box, stories())
        timeline.play()
    for (name, crm), cast in timeline.casts.items():
        with subtests.test(cast.story.title, story=name, crm=crm):
            assert cast.wrong == []
