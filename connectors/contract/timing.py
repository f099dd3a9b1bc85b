"""What every connector's reading must hold under change: late commits, shared stamps, rows that move while paging."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Final

from connectors.contract.bench import Bench
from connectors.contract.mirror import Mirror
from connectors.contract.reading import expect_equal, settled_mirror

_SOON: Final = 60


class TimingContract:
    """Checks of ``pull`` under change; each takes a bench of its own."""

    def test_a_write_committed_late_is_not_lost(self, bench: Bench) -> None:
        """A row that shows up only after a pull, under a stamp from before it, comes with the next one."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        late = bench.overlap.total_seconds() * 2 / 3
        bench.commit_late(late)
        bench.change_deal(bench.truth().open_deals()[0], "Stamped long before it was seen")
        bench.later(late / 2)
        mirror.pull(connector)
        bench.later(late / 2 + _SOON)
        expect_equal(mirror.pull(connector), bench)

    def test_a_row_at_the_very_edge_of_the_overlap_is_read(self, bench: Bench) -> None:
        """The moment from which a pull reads belongs to what it reads."""
        bench.hold_clock()
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        deals = bench.truth().open_deals()[:3]
        wait = bench.overlap.total_seconds()
        bench.commit_late(wait + len(deals) + 2)
        for deal in deals:  # one a second
            bench.change_deal(deal, f"At the edge of {deal}")
            bench.later(1)
        # Now the overlap reaches back to the second deal, and to the first where stamps count whole seconds.
        bench.later(wait - len(deals) + 1)
        mirror.pull(connector)
        bench.later(_SOON)
        mirror.pull(connector)
        reached = deals if bench.stamp_step >= timedelta(seconds=1) else deals[1:]
        for deal in reached:
            assert mirror.tables["deals"][deal]["next_step"] == f"At the edge of {deal}"

    def test_a_change_under_the_stamp_of_the_last_pull_is_read(self, bench: Bench) -> None:
        """Two changes may share a stamp, one before the pull and one after it."""
        bench.hold_clock()
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        first, second = bench.truth().open_deals()[:2]
        bench.change_deal(first, "Before the pull")
        mirror.pull(connector)
        bench.change_deal(second, "After it, in the same moment")
        expect_equal(mirror.pull(connector), bench)

    def test_rows_of_one_moment_fill_more_than_a_page(self, bench: Bench) -> None:
        """A mass update gives more rows one stamp than a page, or a search, can hold."""
        bench.hold_clock()
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        bench.small_pages(2)
        for deal in bench.truth().open_deals()[:7]:
            bench.change_deal(deal, "All in one moment")
        bench.later(_SOON)
        expect_equal(mirror.pull(connector), bench)

    def test_changes_while_paging_are_read_now_or_next_time(self, bench: Bench) -> None:
        """Rows that move while their list is read are not passed over."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        bench.small_pages(2)
        deals = bench.truth().open_deals()
        for deal in deals[:6]:
            bench.change_deal(deal, "Before")
        waiting = iter(deals)
        for _ in mirror.pages(connector):
            for deal in islice(waiting, 1):
                bench.change_deal(deal, "While paging")
        bench.later(_SOON)
        expect_equal(mirror.pull(connector), bench)

    def test_a_first_read_under_change_ends_complete(self, bench: Bench) -> None:
        """Deals made and deleted while everything is listed leave no gap."""
        bench.small_pages(3)
        connector, mirror = bench.connector(), Mirror()
        deals = bench.truth().open_deals()
        for at, _ in enumerate(mirror.pages(connector)):
            if at == 1:
                bench.delete("deals", deals[0])
                bench.add_deal("Made on the way")
                bench.change_deal(deals[-1], "Changed on the way")
        bench.later(_SOON)
        mirror.pull(connector)
        expect_equal(mirror.pull(connector, sweep=True), bench)

    def test_a_change_that_the_index_shows_late_is_read(self, bench: Bench) -> None:
        """A search index that follows half an hour later loses nothing in the end."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        bench.lag_index(1_800)
        bench.change_deal(bench.truth().open_deals()[0], "Not in the index yet")
        bench.later(_SOON)
        mirror.pull(connector)
        bench.later(3_700)
        expect_equal(mirror.pull(connector), bench)
