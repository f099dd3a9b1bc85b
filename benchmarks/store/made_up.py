"""A database of open deals with roles, contacts and touches, written once and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import polars as pl

from connectors.model import ELEMENTS, PHASES, ROLES, TABLES, Org
from sync.store.database.codec import encode
from sync.store.database.mirror_schema import MIRROR
from sync.store.store import Store

NOW: Final = datetime(2026, 6, 15, 9, tzinfo=UTC)
ORG: Final = Org("00D000000000001AAA", "Made up", "America/New_York", "USD", is_sandbox=True)
STAGES: Final = {("default", phase): phase for phase in PHASES[:-1]}
"""What the stages mean: each is named like its phase."""

_TILE: Final = 10_000
_ROLES_OF_A_DEAL: Final = 3
_OWNERS: Final = 400

Rows = list[dict[str, Any]]


def database(folder: Path, deals: int) -> Path:
    """Give the database of so many open deals in *folder*; made first, where there is none."""
    path = folder / f"deals-{deals}.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.db")
        unfinished.unlink(missing_ok=True)
        _fill(unfinished, deals)
        unfinished.rename(path)
        unfinished.with_name(f"{unfinished.name}.migrate.lock").unlink(missing_ok=True)
    return path


def opened(path: Path) -> tuple[Store, int]:
    """Open the database, and give the number of its one connection."""
    store = Store.open(f"sqlite:///{path.name}", base=path.parent)
    return store, store.connections.register(ORG, kind="salesforce", name="made-up", now=NOW)


def _fill(path: Path, deals: int) -> None:
    store, conn = opened(path)
    for tables in _tiles(deals):
        with store.database.write() as work:
            for name, frame in tables.items():
                rows = encode(frame).select(pl.lit(conn).alias("conn"), *TABLES[name].names()).rows()
                work.upsert(MIRROR[name], rows)
    store.close()


def _tiles(deals: int) -> Iterator[dict[str, pl.DataFrame]]:
    """Give the org's tables, then the deals a tile at a time: the same ones over and over, with ids of their own."""
    yield {"owners": _frame("owners", _owners()), "stages": _frame("stages", _stages())}
    tile = {name: _frame(name, rows) for name, rows in _tile(Random(7), min(deals, _TILE)).items()}
    for number in range(-(-deals // _TILE)):
        left = min(_TILE, deals - number * _TILE)
        yield {name: _numbered(frame, number, left) for name, frame in tile.items()}


def _numbered(frame: pl.DataFrame, number: int, left: int) -> pl.DataFrame:
    """Give a tile's rows of its first *left* deals; ids end in six digits, the first two of which say the deal."""
    ids = [name for name in frame.columns if name.endswith("_id") and name not in {"owner_id", "stage_id"}]
    first = f"{left:05}"
    kept = frame.filter(pl.col("_deal") < int(first)).drop("_deal")
    return kept.with_columns(pl.concat_str(pl.lit(f"{number:04}"), pl.col(name)).alias(name) for name in ids)


def _frame(table: str, rows: Rows) -> pl.DataFrame:
    schema: Mapping[str, Any] = dict(TABLES[table])
    if rows and "_deal" in rows[0]:
        schema = {**schema, "_deal": pl.Int64()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _owners() -> Rows:
    return [
        {
            "owner_id": f"005{number:05}",
            "name": f"Rep {number}",
            "email": f"rep{number}@example.com",
            "active": number % 25 > 0,
            "manager_id": f"005{number // 10:05}",
            "team": f"Team {number % 9}",
            "country": ("US", "DE", "GB")[number % 3],
            "time_zone": "America/New_York",
        }
        for number in range(_OWNERS)
    ]


def _stages() -> Rows:
    return [
        {"pipeline": pipeline, "stage_id": stage, "label": stage, "rank": rank, "is_closed": False, "is_won": False}
        for rank, (pipeline, stage) in enumerate(STAGES)
    ]


def _tile(random: Random, deals: int) -> dict[str, Rows]:
    tables: dict[str, Rows] = {
        name: [] for name in ("deals", "accounts", "contacts", "roles", "touches", "touch_links", "changes")
    }
    for number in range(deals):
        tables["deals"].append(_deal(random, number))
        if number % 5 == 0:
            tables["accounts"].append({"_deal": number, "account_id": f"A{number:05}", "name": f"Account {number}"})
        for place in range(_ROLES_OF_A_DEAL):
            _add_person(tables, random, number, place)
        if random.random() < 0.5:
            tables["changes"].append(_change(random, number))
    return tables


def _deal(random: Random, number: int) -> dict[str, Any]:
    created = NOW - timedelta(days=random.randrange(20, 300))
    stage = random.choice(PHASES[:-1])
    amount = None if random.random() < 0.04 else round(random.lognormvariate(10.8, 1.1), 2)
    levels = {f"{element}_level": random.choice((None, 0, 1, 1, 2)) for element in ELEMENTS}
    return {
        "_deal": number,
        "deal_id": f"D{number:05}",
        "name": f"Deal {number} - planning suite",
        "account_id": f"A{number - number % 5:05}",
        "owner_id": f"005{random.randrange(_OWNERS):05}",
        "amount": amount,
        "amount_original": amount,
        "currency": "USD",
        "pipeline": "default",
        "stage_id": stage,
        "stage_entered_at": created + (NOW - created) * random.random(),
        "is_closed": False,
        "is_won": False,
        "forecast_category": random.choice(("Pipeline", "BestCase", "Commit")),
        "probability": 10.0 * random.randrange(1, 9),
        "close_date": (NOW + timedelta(days=random.randrange(-20, 200))).date(),
        "created_at": created,
        "modified_at": NOW - timedelta(days=random.randrange(20)),
        "next_step": random.choice((None, "Send the proposal", "Meet the buyer on Tuesday")),
        "deal_type": "New Business",
        **levels,
        **{f"{name.removesuffix('_level')}_filled": bool(level) for name, level in levels.items()},
        **{f"{name.removesuffix('_level')}_filler": False for name in levels},
    }


def _add_person(tables: dict[str, Rows], random: Random, deal: int, place: int) -> None:
    """Give a deal one more role, held by somebody that the deals of the account share, and perhaps a touch."""
    contact = f"C{deal - deal % 5:05}{random.randrange(8)}"
    if deal % 5 == 0:
        tables["contacts"] += [
            {"_deal": deal, "contact_id": f"C{deal:05}{number}", "name": f"Person {number}", "reachable": True}
            for number in range(8 * (place == 0))
        ]
    row = {"_deal": deal, "deal_id": f"D{deal:05}", "contact_id": contact}
    role = random.choice(ROLES)
    since = NOW - timedelta(days=random.randrange(200))
    tables["roles"].append({**row, "role_id": f"R{deal:05}{place}", "role": role, "raw_role": role, "since": since})
    if random.random() < 1 / 3:
        touch = f"T{deal:05}{place}"
        at, kind = NOW - timedelta(days=random.randrange(-10, 120)), random.choice(("meeting", "call", "email"))
        tables["touches"].append(
            {"_deal": deal, "touch_id": touch, "at": at, "kind": kind, "direction": "two_way", "owner_id": "00500001"}
        )
        tables["touch_links"].append({**row, "link_id": touch, "touch_id": touch})


def _change(random: Random, deal: int) -> dict[str, Any]:
    day = NOW - timedelta(days=random.randrange(90))
    old, new = day.date(), (day + timedelta(days=30)).date()
    row = {"_deal": deal, "change_id": f"H{deal:05}", "deal_id": f"D{deal:05}", "field": "close_date", "at": day}
    return {**row, "old": old.isoformat(), "new": new.isoformat()}
