"""Previews: what the last plan found out, for people to look at; no cycle ever judges by it.

A preview lasts until a cycle commits a judgement, which knows better. Were it kept among the judgements themselves,
looking at a plan would change what the next cycle wants: by a share near its floor, or by a finding that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from sqlalchemy import delete, select

from rules.judgement.owners import silent
from rules.judgement.shadow import Late
from rules.model import CoverageVerdict
from sync.model.judgement import SUPPRESSED, Preview
from sync.store.database.database import Transactions
from sync.store.database.schema import preview_suppressed, previews
from sync.store.judgements import Judgements


@dataclass(frozen=True, slots=True)
class Previews:
    """What a plan found out since the last cycle, by connection, and what is to be shown."""

    transactions: Transactions

    def save(self, conn: int, preview: Preview, waiting: pl.DataFrame) -> None:
        """Keep a preview in place of the one before; *waiting* is what the caps suppressed, as ``SUPPRESSED``."""
        by_deal: dict[str, list[Any]] = {}
        for row in waiting.select(SUPPRESSED.names()).sort("deal_id", "family").iter_rows():
            by_deal.setdefault(row[0], []).append(row)
        rows = [(conn, deal_id, json.dumps(families)) for deal_id, families in by_deal.items()]
        with self.transactions.write(conn) as work:
            work.upsert(previews, [(conn, json.dumps(_body(preview)))])
            work.run(delete(preview_suppressed).where(preview_suppressed.c.conn == conn))
            work.upsert(preview_suppressed, rows)

    def get(self, conn: int) -> Preview | None:
        """Return what the last plan found out, if no cycle judged since."""
        with self.transactions.read() as work:
            row = work.first(select(previews.c.body).where(previews.c.conn == conn))
        return None if row is None else _preview(json.loads(row[0]))

    def coverage(self, conn: int) -> tuple[CoverageVerdict, ...]:
        """Return the coverage verdicts to show: of the last plan, or of the last cycle if that judged since."""
        preview = self.get(conn)
        return Judgements(self.transactions).coverage(conn) if preview is None else preview.coverage

    def late_rules(self, conn: int) -> Late:
        """Return the late rules to show, as with coverage."""
        preview = self.get(conn)
        return Judgements(self.transactions).late_rules(conn) if preview is None else preview.late

    def silent_owners(self, conn: int) -> frozenset[str]:
        """Return the owners whose silence says nothing, as with coverage."""
        preview = self.get(conn)
        return silent(Judgements(self.transactions).owners(conn)) if preview is None else preview.silent_owners

    def suppressed(self, conn: int, deal_id: str) -> pl.DataFrame:
        """Return what the caps suppress on a deal, as with coverage, in the columns of ``SUPPRESSED``."""
        if self.get(conn) is None:
            return Judgements(self.transactions).suppressed(conn, [deal_id])
        of_deal = (preview_suppressed.c.conn == conn) & (preview_suppressed.c.deal_id == deal_id)
        with self.transactions.read() as work:
            row = work.first(select(preview_suppressed.c.body).where(of_deal))
        return pl.DataFrame([] if row is None else json.loads(row[0]), schema=SUPPRESSED, orient="row")


def _body(preview: Preview) -> dict[str, Any]:
    return asdict(preview) | {"late": sorted(preview.late), "silent_owners": sorted(preview.silent_owners)}


def _preview(body: Mapping[str, Any]) -> Preview:
    coverage = tuple(CoverageVerdict(**verdict) for verdict in body["coverage"])
    late = frozenset((rule_id, pipeline) for rule_id, pipeline in body["late"])
    owners = frozenset(body.get("silent_owners", ()))
    return Preview(**{**body, "coverage": coverage, "late": late, "silent_owners": owners})
