"""Pull: what changed in the CRM, page by page, into the mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import PullRequest
from connectors.errors import CursorExpiredError, InvalidResponseError, TransientError
from sync.connected import Cycle


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: rows by canonical table, and why it stopped short, if it did."""

    rows: Mapping[str, int]
    unfinished: str | None = None


def pull(cycle: Cycle) -> Pulled:
    """Commit every page together with its cursor; a failure on the way keeps what was committed.

    Rows are counted as read, so a row that the overlap brings again counts again.
    """
    one, run = cycle.one, cycle.run
    rows: Counter[str] = Counter()
    request = PullRequest(
        cursors=cycle.store.cursors(cycle.conn),
        touches_since_days=one.touches_days,
        closed_deals_since_days=one.closed_deals_days,
    )
    try:
        for page in one.connector.pull(request):
            if run.stop_requested():
                return Pulled(rows, "stopped on request while reading")
            cycle.store.commit_page(cycle.conn, page)
            rows.update({table: frame.height for table, frame in page.tables.items()})
            run.progress.stage(one.name, f"reading {page.source}", rows.total(), None)
    except (TransientError, InvalidResponseError, CursorExpiredError) as error:
        return Pulled(rows, str(error))
    return Pulled(rows)
