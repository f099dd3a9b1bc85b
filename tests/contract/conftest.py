"""Benches, each on a sandbox of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox
from tests.contract.hubspot_bench import HubSpotBench
from tests.contract.salesforce_bench import SalesforceBench
from tests.contract.sandbox_bench import SandboxBench

BENCHES: dict[str, type[SandboxBench]] = {"salesforce": SalesforceBench, "hubspot": HubSpotBench}


@pytest.fixture
def new_bench(tmp_path: Path) -> Iterator[Callable[[str], SandboxBench]]:
    started: list[SandboxBench] = []

    def start(crm: str) -> SandboxBench:
        box = Sandbox(Options(crm=crm, deals=8, config_out=tmp_path / "config.toml"))  # type: ignore[arg-type]
        box.start()
        started.append(BENCHES[crm](box))
        return started[-1]

    yield start
    for bench in started:
        bench.close()
        bench.box.stop()
