"""The JSON Schema of rule files serves the tool that editors check TOML with: taplo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ended

PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
TAPLO = shutil.which("taplo", path=PLACES)
ROOT = Path(__file__).parents[2]
BROKEN = ROOT / "tests" / "rules" / "language" / "broken"

pytestmark = pytest.mark.skipif(TAPLO is None, reason="taplo is not installed (pip install taplo)")
Lint = Callable[[Path], subprocess.CompletedProcess[str]]


@pytest.fixture
def lint(dealwarden: Callable[..., Ended], folder: Path) -> Lint:
    """Check a rule file as an editor does."""
    schema = folder / "schema.json"
    schema.write_text(dealwarden("rules", "schema").out, encoding="utf-8")

    def run(file: Path) -> subprocess.CompletedProcess[str]:
        words = [str(TAPLO), "lint", "--schema", schema.as_uri(), str(file)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("pack", sorted((ROOT / "rules" / "packs").glob("*.toml")), ids=lambda pack: pack.stem)
def test_a_shipped_pack_is_right_by_the_schema(pack: Path, lint: Lint) -> None:
    ended = lint(pack)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["unknown-key", "unknown-severity", "unknown-mode", "unknown-table"])
def test_a_mistake_is_marked_while_it_is_typed(name: str, lint: Lint) -> None:
    assert lint(BROKEN / f"{name}.toml").returncode != 0
