"""The contract, held by the Salesforce connector against the simulated Salesforce."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.contract.contract import Bench, ConnectorContract


class TestSalesforce(ConnectorContract):
    @pytest.fixture
    def bench(self, new_bench: Callable[[str], Bench]) -> Bench:
        return new_bench("salesforce")
