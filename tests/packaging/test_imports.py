from __future__ import annotations

import tomllib
from pathlib import Path

from sync.app.daemon import PACKAGES

ROOT = Path(__file__).parents[2]


def test_every_package_file_says_what_it_holds_and_nothing_more() -> None:
    """A package file that imports would break, and be broken by, another distribution of the same name."""
    fuller = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
        if len([line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]) != 1
    ]

    assert fuller == []


def test_every_package_of_the_wheel_is_guarded_against_another_of_its_name() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]

    assert sorted(PACKAGES) == sorted(built["wheel"]["packages"])


def test_no_package_hides_one_of_ours_from_the_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_dependency_is_pinned_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.partition("==")[0].lower().replace("_", "-") for line in lines if not line.startswith("#")]
    names = {line.partition(">")[0].partition("[")[0].lower().replace("_", "-") for line in wanted}

    assert names <= set(pinned)
    assert len(pinned) == len(set(pinned))
