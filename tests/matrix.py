"""The tests on every supported Python that this machine has: ``python -m tests.matrix``, or ``make matrix``.

Each interpreter gets an environment of its own (``.venv-3.12``), kept for the next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def main() -> int:
    """Run ``make test`` on each interpreter, then report which ran, which failed and which are missing."""
    outcomes = {version: _outcome(version) for version in VERSIONS}
    for version, outcome in outcomes.items():
        print(f"Python {version}: {outcome}")
    return int(any(outcome.startswith("failed") for outcome in outcomes.values()) or not _any_ran(outcomes))


def _outcome(version: str) -> str:
    python = interpreter(version)
    if python is None:
        return "not on this machine"
    print(f"Python {version}: {python}", flush=True)
    command = ["make", "test", f"VENV=.venv-{version}", f"PYTHON={python}"]
    ended = subprocess.run(command, cwd=REPOSITORY, check=False)
    return f"passed ({python})" if ended.returncode == 0 else f"failed ({python})"


def interpreter(version: str) -> str | None:
    """Return a Python of this *version* that starts: one on the PATH, else one that pyenv keeps, else None."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    kept = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    return next((str(python) for python in (on_path, *kept) if python and starts(str(python), version)), None)


def starts(python: str, version: str) -> bool:
    """Whether *python* runs and is of this *version*: a shim may be there without anything behind it."""
    asked = [python, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
    try:
        ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return ended.returncode == 0 and ended.stdout.strip() == version


def _any_ran(outcomes: dict[str, str]) -> bool:
    return any(outcome.startswith("passed") for outcome in outcomes.values())


if __name__ == "__main__":
    sys.exit(main())
