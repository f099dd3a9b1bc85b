"""What a newcomer or an outage does wrong gives a clear message, the right exit code, and no write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proofs.killing import MAIN
from tests.proofs.world import World


def dealwarden(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in the config's own folder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, *words, "--config", str(world.config)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=world.config.parent, timeout=120, check=False
    )


def wrong_secret(world: World) -> None:
    (world.config.parent / "client_secret").write_text("wrong")


def unreachable(world: World) -> None:
    world.reword_config(world.box.salesforce_url or "", "https://127.0.0.1:9")


def wrong_org(world: World) -> None:
    world.reword_config(f'expect_org = "{world.box.org.org_id}"', 'expect_org = "00D000000000009AAA"')


def hidden_key_field(world: World) -> None:
    world.quirks(hide_fields=["Task.Dealwarden_Key__c", "Event.Dealwarden_Key__c"])


def key_not_unique(world: World) -> None:
    world.quirks(key_not_unique=True)


def hidden_score_field(world: World) -> None:
    world.quirks(hide_fields=["Opportunity.Deal_Risk_Score__c"])


def bad_config(world: World) -> None:
    world.reword_config('mode = "enforce"', 'mood = "enforce"')


def bad_rule(world: World) -> None:
    folder = world.config.parent / "rules.d"
    folder.mkdir()
    (folder / "own.toml").write_text('[rules.close-date-past]\nwhen = "close_dat < amount"\n')


def missing_secret(world: World) -> None:
    (world.config.parent / "client_secret").unlink()


MISTAKES: list[tuple[Callable[[World], None], int, str]] = [
    (wrong_secret, 4, "secret"),
    (unreachable, 4, "127.0.0.1:9"),
    (wrong_org, 4, "00D000000000009AAA"),
    (hidden_key_field, 4, "Dealwarden_Key__c"),
    (key_not_unique, 4, "Dealwarden_Key__c"),
    (hidden_score_field, 4, "Deal_Risk_Score__c"),
    (bad_config, 2, "mode"),
    (bad_rule, 2, "own.toml:2"),
    (missing_secret, 2, "client_secret"),
]


@pytest.mark.parametrize(("mistake", "code", "word"), MISTAKES, ids=[mistake[0].__name__ for mistake in MISTAKES])
def test_a_mistake_is_named_with_its_exit_code_and_nothing_is_written(
    world: World, mistake: Callable[[World], None], code: int, word: str
) -> None:
    mistake(world)
    world.reset_calls()
    done = dealwarden(world, "sync")
    assert done.returncode == code, done.stdout + done.stderr
    assert word in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert (world.calls()["write"], world.own_tasks()) == (0, [])


@pytest.mark.parametrize(
    "mistake", [mistake[0] for mistake in MISTAKES], ids=[mistake[0].__name__ for mistake in MISTAKES]
)
def test_a_mistake_leaves_exactly_one_json_document(world: World, mistake: Callable[[World], None]) -> None:
    mistake(world)
    assert isinstance(json.loads(dealwarden(world, "sync", "--json").stdout), dict)


def test_a_config_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    world.config.rename(tmp_path / "elsewhere.toml")
    done = dealwarden(world, "sync")
    assert (done.returncode, "config.toml" in done.stderr + done.stdout) == (2, True)
