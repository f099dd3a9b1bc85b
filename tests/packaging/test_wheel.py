"""Builds the wheel and uses it as an operator would: from a fresh environment, in a folder that is not the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "rules", "sandbox", "sync")

pytestmark = pytest.mark.wheel

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (found,) = folder.glob("dealwarden-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Install the wheel with its pinned dependencies, and run its command from an empty folder."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home / "venv", with_pip=True)
    bin_folder = home / "venv" / "bin"
    install = [
        bin_folder / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        ROOT / "constraints.txt",
        wheel,
    ]
    subprocess.run(install, check=True, cwd=home)
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [bin_folder / "dealwarden", *words]
        return subprocess.run(
            command, check=False, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=300
        )

    return run


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files - packed == set()


@pytest.mark.parametrize(
    "kind", ["rules/language/condition.lark", "rules/packs/core.toml", "sync/store/migrations/", "sync/py.typed"]
)
def test_what_is_not_python_is_in_the_wheel(wheel: Path, kind: str) -> None:
    assert any(name.startswith(kind) for name in zipfile.ZipFile(wheel).namelist())


def test_nothing_but_the_packages_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_installed_command_tells_its_commands(installed: Run) -> None:
    ended = installed("--help")

    assert ended.returncode == 0
    assert re.search(r"^  sync +Run one cycle", ended.stdout, re.MULTILINE)


def test_the_installed_rules_pass_their_cases(installed: Run) -> None:
    ended = installed("rules", "test", "--json")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["failed"] == 0


def test_the_installed_rules_are_listed(installed: Run) -> None:
    assert "single-threaded" in installed("rules", "list").stdout


def test_the_installed_demo_runs_whole_cycles(installed: Run) -> None:
    ended = installed("demo", "--once", "--deals", "5", "--json")

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["cycles"][0]["connections"]["salesforce"]["judged"] == 5
