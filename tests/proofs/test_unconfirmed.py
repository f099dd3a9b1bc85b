"""A CRM that answers writes and confirms none: the reason is told, and after three cycles it counts as refused."""

from __future__ import annotations

from sync.cycle.apply import SILENT_CYCLES
from tests.proofs.portal import PortalWorld

SILENT = {"match": "/crm/*/deals/batch/update", "nth": 1, "kind": "multi_207", "times": 99}


def test_writes_that_are_never_confirmed_are_told_and_count_as_refused_after_three_cycles(portal: PortalWorld) -> None:
    portal.faults(SILENT)
    reports = []
    for _ in range(SILENT_CYCLES + 1):
        reports.append(portal.run())
        portal.advance(minutes=10)
    applied = [report.applied for report in reports]
    assert all(count.unknown > 0 and count.rejected == 0 for count in applied[:2])
    assert (applied[2].unknown, applied[2].rejected) == (0, applied[0].unknown)
    assert any("does not mention this record" in line for line in reports[0].problems)
    assert any("not confirmed in 3 cycles" in message for message in reports[2].rejections)
    assert (applied[3].unknown, applied[3].rejected, applied[3].scores) == (0, 0, 0), "it is not tried again"


def test_a_write_that_is_confirmed_at_the_third_attempt_is_done(portal: PortalWorld) -> None:
    portal.faults(SILENT)
    unsure = portal.run().applied.unknown
    portal.advance(minutes=10)
    portal.run()
    portal.faults()
    portal.advance(minutes=10)
    applied = portal.sync().applied
    assert (applied.unknown, applied.rejected, applied.scores) == (0, 0, unsure)
