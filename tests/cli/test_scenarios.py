from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

SCENARIO = """
title = "A champion falls silent, and is won back"

[[timeline]]
on = 2026-06-01
deal = { id = "acme", phase = "evaluation", amount = 60_000, close_date = 2026-09-30, created = 2026-05-01 }

[[timeline]]
on = 2026-06-01
contact = { id = "kim", deal = "acme", role = "champion" }

[[timeline]]
on = 2026-06-01
touch = { deal = "acme", contacts = ["kim", "lee", "sam"], kind = "meeting" }

[[timeline]]
on = 2026-06-01
contact = { id = "lee", deal = "acme", role = "economic_buyer" }

[[timeline]]
on = 2026-06-01
contact = { id = "sam", deal = "acme", role = "user" }

[[timeline]]
on = 2026-06-22
touch = { deal = "acme", contact = "lee" }

[[timeline]]
on = 2026-06-26
touch = { deal = "acme", contact = "kim" }

[[expect]]
on = 2026-06-08
findings = {}
tasks = {}

[[expect]]
on = 2026-06-23
findings = { acme = { champion-quiet = "high" } }
tasks = { acme = ["champion"] }

[[expect]]
on = 2026-06-26
findings = {}
tasks = {}
"""
CLOSING = """
title = "A deal slips, a person completes the task, the deal is lost and reviewed"
rules = ["close-date-past", "reason-missing"]
[[timeline]]
on = 2026-06-01
deal = { id = "acme", phase = "close", close_date = 2026-05-28 }
[[timeline]]
on = 2026-06-05
task = { deal = "acme", family = "slip", is = "completed" }
[[timeline]]
on = 2026-06-08
deal = { id = "acme", closed = "lost" }
[[expect]]
on = 2026-06-04
findings = { acme = { close-date-past = "high" } }
tasks = { acme = ["slip"] }
[[expect]]
on = 2026-06-06
findings = { acme = { close-date-past = "high" } }
tasks = {}
[[expect]]
on = 2026-06-10
findings = { acme = { reason-missing = "high" } }
tasks = { acme = ["review"] }
[[expect]]
on = 2026-07-10
findings = {}
tasks = {}
"""
REVIEW = """
[rules.reason-missing]
title = "No reason"
family = "review"
scope = "closed"
mode = "shadow"
when = "stage IS NOT NULL"
severity = "high"
evidence = "It is closed"
advice = "Say why."
done = "A reason"
"""


@pytest.fixture
def overlay(folder: Path) -> Path:
    config = folder / "config.toml"
    config.write_text(f'{config.read_text()}\n[rules]\npacks = ["core"]\n')  # the cases of every pack would run along
    (folder / "rules.d").mkdir()
    return folder / "rules.d"


def test_a_scenario_that_comes_out_as_written_passes(dealwarden: Command, overlay: Path) -> None:
    (overlay / "won-back.scenario.toml").write_text(SCENARIO)

    ended = dealwarden("rules", "test")

    assert (ended.code, "1 scenarios passed, 0 failed" in ended.out) == (0, True), ended.out


def test_the_scenario_of_the_reference_passes(dealwarden: Command, overlay: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    (block,) = [part for part in page.split("```") if "[[timeline]]" in part]
    (overlay / "documented.scenario.toml").write_text(block.removeprefix("toml\n"))

    ended = dealwarden("rules", "test")

    assert (ended.code, "1 scenarios passed" in ended.out) == (0, True), ended.out


def test_a_finding_that_is_not_written_down_fails_the_scenario(dealwarden: Command, overlay: Path) -> None:
    (overlay / "silence.scenario.toml").write_text(SCENARIO.replace('{ acme = { champion-quiet = "high" } }', "{}"))

    ended = dealwarden("rules", "test")

    assert ended.code == 1
    assert "on 2026-06-23, champion-quiet on acme: expected nothing, got high" in ended.out


def test_a_task_that_is_not_there_fails_the_scenario(dealwarden: Command, overlay: Path) -> None:
    text = SCENARIO.replace('tasks = { acme = ["champion"] }', 'tasks = { acme = ["champion", "slip"] }')
    (overlay / "tasks.scenario.toml").write_text(text)

    ended = dealwarden("rules", "test", "--json")

    [scenario] = ended.document["scenarios"]
    assert (ended.code, scenario["passed"]) == (1, False)
    assert scenario["differences"][0].endswith("tasks on acme: expected champion, slip, got champion")


def test_user_actions_closing_and_review_are_played(dealwarden: Command, overlay: Path) -> None:
    (overlay / "closing.scenario.toml").write_text(CLOSING)
    (overlay / "review.toml").write_text(REVIEW)

    ended = dealwarden("rules", "test")

    assert (ended.code, "1 scenarios passed" in ended.out) == (0, True), ended.out


def test_for_waits_in_a_scenario_too(dealwarden: Command, overlay: Path) -> None:
    (overlay / "ours.toml").write_text('[rules.champion-quiet]\nfor = "2 days"\n')
    (overlay / "won-back.scenario.toml").write_text(SCENARIO.replace("on = 2026-06-23", "on = 2026-06-11"))

    ended = dealwarden("rules", "test")

    assert "champion-quiet on acme: expected high, got nothing" in ended.out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('phase = "evaluation"', 'phase = "evalution"', "as phase, expected one of discovery"),
        ("amount = 60_000", 'amount = "much"', "the text 'much' for amount, expected a number"),
        ("amount = 60_000", "amuont = 1", "unknown key of deal 'amuont'"),
        ('champion-quiet = "high"', 'champion-quite = "high"', "unknown rule 'champion-quite'"),
        ('["champion"]', '["champoin"]', "unknown family 'champoin'"),
        ("findings = {}\ntasks = {}\n\n", "findings = {}\n\n", "an expectation without tasks"),
        ("on = 2026-06-26\ntouch", "touch", "an event without on"),
        ('kind = "meeting"', 'kind = "lunch"', "'lunch' as kind, expected one of meeting"),
    ],
)
def test_a_mistake_in_a_scenario_is_reported_with_its_place(
    dealwarden: Command, overlay: Path, old: str, new: str, message: str
) -> None:
    assert old in SCENARIO
    (overlay / "broken.scenario.toml").write_text(SCENARIO.replace(old, new))

    ended = dealwarden("rules", "lint")

    assert ended.code == 2
    assert "broken.scenario.toml:" in ended.err
    assert message in ended.err
