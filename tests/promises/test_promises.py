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
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def exists(file: str, test: str) -> bool:
    path = REPOSITORY / file
    return path.is_file() and any(
        isinstance(node, ast.FunctionDef) and node.name == test for node in ast.walk(ast.parse(path.read_text()))
    )


def test_every_test_that_the_table_of_promises_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text())
    assert len(named) > 15
    assert [f"{file}::{test}" for file, test in named if not exists(file, test)] == []


def test_every_promise_has_a_break_and_every_break_stands_in_the_table() -> None:
    page = PAGE.read_text()
    assert {one.promise for one in BREAKS.values()} == set(range(1, 8))
    assert [name for name in BREAKS if name not in page] == []
    assert [test for one in BREAKS.values() for test in one.noticed_by if f"`{test}`" not in page] == []


@pytest.mark.parametrize("name", BREAKS)
def test_what_a_break_replaces_is_there(name: str) -> None:
    holder, attribute = BREAKS[name].holder
    assert hasattr(holder, attribute)


@pytest.mark.soak
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_noticed(name: str) -> None:
    for test in BREAKS[name].noticed_by:
        command = [sys.executable, "-m", "pytest", "-p", "tests.promises.plant", "-q", "-x", "-n", "0", test]
        environment = {**os.environ, "DEALWARDEN_BREAK": name, "PYTHONPATH": str(REPOSITORY)}
        ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 1, ended.stdout[-2000:]
        assert "\nFAILED " in ended.stdout
