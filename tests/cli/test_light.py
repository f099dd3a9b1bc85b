from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "polars",
    "sqlalchemy",
    "pydantic",
    "lark",
    "requests",
    "simple_salesforce",
    "jinja2",
    "structlog",
    "apscheduler",
)

SCRIPT = f"""
import sys
from sync.cli import main
main(sys.argv[1:])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("--help",), ("sync", "--help"), ("status",)], ids=" ".join)
def test_what_must_feel_instant_imports_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")

    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ended.stderr.splitlines()[-1] == "[]"


def test_help_off_a_terminal_wraps_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "40"}
    )

    assert " Show why a deal looks as it does: signals, rules, the score's sum" in ended.stdout
