"""The contract, held by the HubSpot connector against the simulated HubSpot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.contract.contract import Bench, ConnectorContract


class TestHubSpot(ConnectorContract):
    @pytest.fixture
    def bench(self, new_bench: Callable[[str], Bench]) -> Bench:
        return new_bench("hubspot")
