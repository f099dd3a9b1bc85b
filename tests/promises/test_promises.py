"""The table of promises names tests that exist, and each promise's tests were seen to fail when it is broken."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.promises.breaks import BREAKS

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "reliability.md"
PROMISE = re.compile(r"^## (\d)\. ", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SEEN_TO_FAIL = re.compile(r"`(tests/\S+)` fails under ((?:\*[^*]+\*(?:, )?)+)")


def exists(file: str, test: str) -> bool:
    path = REPOSITORY / file
    return path.is_file() and any(
        isinstance(node, ast.FunctionDef) and node.name == test for node in ast.walk(ast.parse(path.read_text()))
    )


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text())
    assert len(named) > 15
    assert [f"{file}::{test}" for file, test in named if not exists(file, test)] == []


def test_the_page_tells_of_every_promise_which_tests_fail_under_which_breaks() -> None:
    _, *parts = PROMISE.split(PAGE.read_text())
    told = {
        (int(promise), test, name)
        for promise, text in zip(parts[::2], parts[1::2], strict=True)
        for test, names in SEEN_TO_FAIL.findall(text)
        for name in re.findall(r"\*([^*]+)\*", names)
    }
    assert told == {(one.promise, test, name) for name, one in BREAKS.items() for test in one.noticed_by}
    assert {promise for promise, *_ in told} == set(range(1, 8))


@pytest.mark.parametrize("name", BREAKS)
def test_what_a_break_replaces_is_there(name: str) -> None:
    holder, attribute = BREAKS[name].holder
    assert hasattr(holder, attribute)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "test"),
    [pytest.param(name, test, id=f"{name}-{test}") for name, one in BREAKS.items() for test in one.noticed_by],
)
def test_a_broken_promise_is_noticed(name: str, test: str) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.promises.plant", "-q", "-x", "-n", "0", test]
    environment = {**os.environ, "DEALWARDEN_BREAK": name, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode == 0 and " skipped in " in ended.stdout and " passed" not in ended.stdout:
        pytest.skip(f"{test} cannot run here")
    assert ended.returncode == 1, ended.stdout[-2000:]
    assert "\nFAILED " in ended.stdout
