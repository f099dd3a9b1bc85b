"""Outside clients, each in a fresh environment of its own, as processes beside a running sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox

CLIENTS = Path(__file__).parent / "clients"


@dataclass(frozen=True, slots=True)
class Environment:
    """A fresh virtual environment that holds one outside client."""

    folder: Path

    def run(self, *words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python in it, with nothing of this process's Python and no proxy on the way to loopback."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        return subprocess.run(
            [self.folder / "bin" / "python", *words],
            check=False,
            cwd=self.folder,
            env=kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | variables,
            capture_output=True,
            text=True,
            timeout=300,
        )


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Make an environment with one client, given by its name and version; the second asker gets the same."""
    made: dict[str, Environment] = {}

    def make(requirement: str) -> Environment:
        if requirement not in made:
            folder = tmp_path_factory.mktemp("client")
            venv.create(folder, with_pip=True)
            made[requirement] = Environment(folder)
            installed = made[requirement].run("-m", "pip", "install", "--quiet", requirement)
            assert installed.returncode == 0, installed.stderr
        return made[requirement]

    return make


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Both CRMs with the same pipeline, and more tasks than a page of Salesforce holds."""
    config_out = tmp_path_factory.mktemp("outside") / "config.toml"
    with Sandbox(Options(crm="both", deals=120, config_out=config_out)) as sandbox:
        sandbox.org.load("Task", ({"Subject": f"Task {number}"} for number in range(2500)))
        yield sandbox


def records(output: str) -> Counter[str]:
    """Count the records of each stream that a Singer program wrote."""
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return Counter(one["stream"] for one in messages if one["type"] == "RECORD")


def selected(catalog: str, streams: set[str]) -> dict[str, list[dict[str, object]]]:
    """Select *streams*, and no other, in the catalogue that a Singer program discovered."""
    found = json.loads(catalog)["streams"]
    for stream in found:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
            elif entry["metadata"].get("inclusion") == "available":
                entry["metadata"]["selected"] = True
    return {"streams": [stream for stream in found if stream["tap_stream_id"] in streams]}
