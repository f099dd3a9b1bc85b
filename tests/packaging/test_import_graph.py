"""The contracts over the import graph hold, and each fails where an import that it forbids is planted."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "rules", "sandbox", "sync")

IN_A_FUNCTION = "def later() -> None:\n    import {}\n"
FOR_TYPES = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import {}\n"
PLAIN = "import {}\n"

PLANTED = {
    "a circle through a function": (
        "No circle",
        {
            "rules/language/first.py": PLAIN.format("rules.language.second"),
            "rules/language/second.py": IN_A_FUNCTION.format("rules.language.first"),
        },
    ),
    "a circle for types": (
        "No circle",
        {
            "sync/store/first.py": PLAIN.format("sync.store.second"),
            "sync/store/second.py": FOR_TYPES.format("sync.store.first"),
        },
    ),
    "a stage that imports one above it": (
        "sync: a stage",
        {"sync/model/first.py": IN_A_FUNCTION.format("sync.cli")},
    ),
    "a file beside the stages": ("sync: a stage", {"sync/first.py": PLAIN.format("sys")}),
    "signals that import judgement": (
        "rules: a stage",
        {"rules/signals/first.py": FOR_TYPES.format("rules.judgement.score")},
    ),
    "rules that import a cycle": ("Three floors", {"rules/files/first.py": PLAIN.format("sync.errors")}),
    "rules that know a connector's errors": (
        "Rules know",
        {"rules/files/first.py": PLAIN.format("connectors.errors")},
    ),
    "rules that read the clock": ("Rules are pure", {"rules/days/first.py": IN_A_FUNCTION.format("time")}),
    "a cycle that names a CRM": (
        "Concrete connectors",
        {"sync/cycle/first.py": IN_A_FUNCTION.format("connectors.hubspot.plugin")},
    ),
    "a connector that knows another": (
        "Concrete connectors",
        {"connectors/files/first.py": PLAIN.format("connectors.salesforce.plugin")},
    ),
    "Salesforce's client outside its connector": (
        "simple_salesforce",
        {"connectors/first.py": IN_A_FUNCTION.format("simple_salesforce")},
    ),
    "HubSpot's client outside its connector": ("hubspot", {"sync/app/first.py": IN_A_FUNCTION.format("hubspot")}),
    "a connector that needs its tests": (
        "What connectors are tested with",
        {"connectors/files/first.py": IN_A_FUNCTION.format("connectors.contract.contract")},
    ),
    "a simulated CRM that shares code with a connector": (
        "The sandbox shares",
        {"sandbox/server/first.py": PLAIN.format("connectors.retry")},
    ),
    "a connector that knows its simulation": (
        "The sandbox is known",
        {"connectors/salesforce/first.py": PLAIN.format("sandbox.serve")},
    ),
}
"""What is planted: the contract that must break, and the text of each file by its path."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the checkout over the packages in *folder*."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)


def test_the_contracts_hold() -> None:
    ended = lint(ROOT)

    assert ended.returncode == 0, ended.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product's packages, to plant imports in."""
    folder = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(("contract", "files"), PLANTED.values(), ids=PLANTED)
def test_a_planted_import_breaks_its_contract(packages: Path, contract: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (packages / path).write_text(text, encoding="utf-8")

    ended = lint(packages)

    for path in files:
        (packages / path).unlink()
    assert ended.returncode == 1
    assert re.search(rf"^{contract}.* BROKEN", ended.stdout, re.MULTILINE), ended.stdout
