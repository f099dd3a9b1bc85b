from __future__ import annotations

import pytest

from sync.plan.policy import Policy
from tests.sync.builders import small_policy


@pytest.fixture
def policy() -> Policy:
    return small_policy()
