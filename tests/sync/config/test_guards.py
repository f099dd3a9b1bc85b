from __future__ import annotations

from collections.abc import Callable

from sync.app.connect import connect
from sync.config.config import Config
from sync.model.limits import Guards
from tests.sync.builders import small_policy

Parsed = Callable[..., Config]
With = Callable[[str], str]
SHARED = "[guards]\nnew_tasks_per_cycle = 100\nshare_closed = 0.2\n"


def guards(config: Config) -> Guards:
    return connect(config, "acme", small_policy().ruleset).guards


def test_a_connection_replaces_single_keys_of_the_guards(parsed: Parsed, connection_with: With) -> None:
    found = guards(parsed(SHARED, connection_with("guards = { new_tasks_per_cycle = 7 }")))
    assert (found.new_tasks_per_cycle, found.new_tasks_per_day, found.share_closed) == (7, 500, 0.2)


def test_a_connection_may_set_a_guard_back_to_what_it_ships_with(parsed: Parsed, connection_with: With) -> None:
    assert guards(parsed(SHARED, connection_with("guards = { new_tasks_per_cycle = 200 }"))).new_tasks_per_cycle == 200
