"""The connector contract: one suite of checks that every connector passes over the wire.

A connector's own tests subclass ``ConnectorContract`` and give the fixture *bench*, a fresh ``Bench`` for each check.
Nothing here imports a test runner: every check is a method that asserts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from connectors.contract.bench import Bench, Touch, Truth
from connectors.contract.mirror import Mirror
from connectors.contract.reading import ReadingContract, expect_equal
from connectors.contract.timing import TimingContract
from connectors.contract.writing import WritingContract, creates
from connectors.errors import QuotaSpentError

__all__ = ["Bench", "ConnectorContract", "Mirror", "Touch", "Truth"]

# Later calls repeat the kinds of the first ones; each fault costs a whole pull.
_FIRST_CALLS: Final = 3
"""At how many of a pull's first calls each fault is played."""


class ConnectorContract(ReadingContract, TimingContract, WritingContract):
    """All that a connector promises, with what it does when the CRM, or the way to it, fails."""

    def test_no_row_is_lost_after_any_fault(self, bench: Bench) -> None:
        """Each kind of fault at each of the first calls may end a pull, and costs it no row."""
        _outlive(bench, bench.reading_faults)

    def test_no_row_is_lost_after_a_fault_of_paging(self, bench: Bench) -> None:
        """A page that repeats, is short, or is no longer to be had, costs no row either."""
        bench.small_pages(5)
        _outlive(bench, bench.paging_faults)

    def test_a_pull_that_was_cut_off_goes_on_without_gaps(self, bench: Bench) -> None:
        """Whatever pages were committed when the process died, the next one completes them."""
        whole = len(list(Mirror().pages(bench.connector())))
        for cut in range(1, whole, max(1, whole // 4)):
            mirror = Mirror()
            pages = mirror.pages(bench.connector())
            for _ in range(cut):
                next(pages)
            pages.close()
            expect_equal(mirror.pull(bench.connector()), bench, f"cut off after page {cut}")

    def test_an_answer_of_too_many_calls_is_waited_for(self, bench: Bench) -> None:
        """A short limit delays a pull; it does not end it."""
        connector = bench.connector()
        for nth in (1, 2, 3):
            bench.fault("429", nth=nth)
            mirror = Mirror().pull(connector)
            assert bench.fault_fired()
            expect_equal(mirror, bench, f"429 at call {nth}")

    def test_a_token_that_expires_in_a_pull_is_renewed(self, bench: Bench) -> None:
        """The pull goes on with a new token, and misses nothing."""
        connector = bench.connector(renewing=True)
        bench.fault("401_expired", nth=3)
        mirror = Mirror().pull(connector)
        assert bench.fault_fired()
        expect_equal(mirror, bench)

    def test_without_quota_nothing_more_is_sent(self, bench: Bench) -> None:
        """Once the CRM said that others need what is left, neither a read nor a write is sent."""
        connector, writes = bench.connector(), creates(bench, 1)
        bench.spend_quota()
        assert _ends_with_quota(lambda: Mirror().pull(connector))
        before = bench.calls("total")
        assert _ends_with_quota(lambda: Mirror().pull(connector))
        assert _ends_with_quota(lambda: connector.write_batch(writes))
        assert bench.calls("total") == before


def _outlive(bench: Bench, kinds: Sequence[str]) -> None:
    """Play each kind at each of the first calls; the pulls of the next cycles end with all there is."""
    connector = bench.connector(renewing=True)
    unplayed = set(kinds)
    for kind in kinds:
        for nth in range(1, _FIRST_CALLS + 1):
            bench.fault(kind, nth=nth)
            mirror = Mirror().pull_until_whole(connector)
            if bench.fault_fired():
                unplayed.discard(kind)
            expect_equal(mirror, bench, f"after {kind} at call {nth}")
    assert not unplayed, f"never played: {unplayed}"


def _ends_with_quota(call: Callable[[], object]) -> bool:
    try:
        call()
    except QuotaSpentError:
        return True
    return False
