"""The tables of the database, in words that SQLite and PostgreSQL share.

Times are microseconds since 1970, days are days since 1970, truth values are 0 and 1, JSON is text. Every row but
those of leases and attempts carries the number of its connection. The tables that mirror the CRM are in
``mirror_schema``; a new or changed column also needs a migration, and a test compares the two.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from sync.store.database.mirror_schema import conn_column, metadata

HEAD: Final = "0017"
"""The newest migration: what a database must be at before this program works on it."""

VERSION_TABLE: Final = "dealwarden_version"
"""Where a database says which migration it is at."""


def _sequence() -> Column[int]:
    # SQLite counts up only in a column whose type is spelled INTEGER.
    return Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


connections: Final = Table(
    "connections",
    metadata,
    Column("conn", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("org_id", Text, nullable=False),
    Column("name", Text, nullable=False),  # what the config calls it now; never part of any identity
    Column("org_name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("currency", Text),
    Column("is_sandbox", SmallInteger),
    Column("last_seen", BigInteger, nullable=False),
    Column("capabilities", Text),
    Column("mark_seq", BigInteger, nullable=False),
    Column("judged_day", Integer),
    Column("fingerprint", Text),
    Column("judged_complete", SmallInteger, nullable=False),
    Column("mode", Text),  # of the configuration, when a cycle last ran
    Column("enforced_day", Integer),  # first day of a cycle that wrote tasks
    UniqueConstraint("kind", "org_id", name="uq_connections_kind_org_id"),
)

cursors: Final = Table(
    "cursors",
    metadata,
    conn_column(),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("complete_through", BigInteger),
    PrimaryKeyConstraint("conn", "source"),
)

dirty: Final = Table(
    "dirty",
    metadata,
    conn_column(),
    Column("kind", Text, nullable=False),  # deal, task, contact, touch, owner, account, all
    Column("id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("conn", "kind", "id"),
)

runs: Final = Table(
    "runs",
    metadata,
    _sequence(),
    conn_column(),
    Column("run_id", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("incomplete", SmallInteger, nullable=False),
    Column("error", Text),
    Column("report", Text),
    Column("calls", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("conn", "run_id", name="uq_runs_conn_run_id"),
)

scores: Final = Table(
    "scores",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("score", Double),
    Column("band", Text),
    Column("confidence", Double),
    Column("reasons", Text),
    Column("in_scope", SmallInteger, nullable=False),
    PrimaryKeyConstraint("conn", "deal_id"),
)

findings: Final = Table(
    "findings",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("since_day", Integer, nullable=False),
    Column("shadow", SmallInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("conn", "deal_id", "rule_id"),
)

slots: Final = Table(
    "slots",
    metadata,
    Column("person", Text, nullable=False),  # a hash of the e-mail address
    Column("conn", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("made", Integer, nullable=False),
    Column("overdue", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("person", "conn"),
)

suppressed: Final = Table(
    "suppressed",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("owner_id", Text),
    Column("severity", SmallInteger, nullable=False),
    Column("points", Double, nullable=False),
    Column("amount", Double),
    Column("refused", SmallInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("told", SmallInteger),  # whether a manager's digest of a day told it
    PrimaryKeyConstraint("conn", "deal_id", "family"),
)

streaks: Final = Table(
    "streaks",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("holds", SmallInteger, nullable=False),
    Column("days", BigInteger, nullable=False),
    Column("business_days", BigInteger, nullable=False),
    Column("seen_on", Integer, nullable=False),
    PrimaryKeyConstraint("conn", "deal_id", "rule_id"),
)

late_rules: Final = Table(
    "late_rules",
    metadata,
    conn_column(),
    Column("rule_id", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    PrimaryKeyConstraint("conn", "rule_id", "pipeline"),
)

rule_coverage: Final = Table(
    "rule_coverage",
    metadata,
    conn_column(),
    Column("rule_id", Text, nullable=False),  # empty: what counts for every rule without a verdict of its own
    Column("source", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("judged", SmallInteger, nullable=False),
    Column("lapsed", SmallInteger, nullable=False),
    Column("deals", BigInteger, nullable=False),
    Column("floor", Double, nullable=False),
    Column("lack", Text, nullable=False),
    Column("asked", Text, nullable=False),  # of what condition; another one is no judgement either
    Column("definition", Integer, nullable=False),  # how it was measured; another one is no judgement
    PrimaryKeyConstraint("conn", "rule_id", "source", "pipeline"),
)

owner_coverage: Final = Table(
    "owner_coverage",
    metadata,
    conn_column(),
    Column("owner_id", Text, nullable=False),
    Column("deals", BigInteger, nullable=False),
    Column("share", Double, nullable=False),
    Column("silent", SmallInteger, nullable=False),
    PrimaryKeyConstraint("conn", "owner_id"),
)

episodes: Final = Table(
    "episodes",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("quiet", SmallInteger, nullable=False),
    Column("cleared_day", Integer),
    PrimaryKeyConstraint("conn", "deal_id", "family", "number"),
)

bases: Final = Table(
    "bases",
    metadata,
    conn_column(),
    Column("key", Text, nullable=False),  # of the task
    Column("field", Text, nullable=False),
    Column("sent", Text),
    Column("base", Text),
    Column("after", BigInteger),
    Column("until", BigInteger),
    PrimaryKeyConstraint("conn", "key", "field"),
)

origins: Final = Table(
    "origins",
    metadata,
    conn_column(),
    Column("key", Text, nullable=False),  # of the task
    Column("deal_id", Text, nullable=False),  # that it was first seen on, or made for, once that was found out
    Column("family", Text),
    Column("rules", Text),  # that its body last named, by id
    PrimaryKeyConstraint("conn", "key"),
)

merged_deals: Final = Table(
    "merged_deals",
    metadata,
    conn_column(),
    Column("loser", Text, nullable=False),
    Column("winner", Text, nullable=False),
    PrimaryKeyConstraint("conn", "loser"),
)

plans: Final = Table(
    "plans",
    metadata,
    _sequence(),
    conn_column(),
    Column("plan_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
    UniqueConstraint("plan_id", name="uq_plans_plan_id"),
)

held_plans: Final = Table(
    "held_plans",
    metadata,
    _sequence(),
    conn_column(),
    Column("plan_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # like expires_at the CRM's time
    Column("expires_at", BigInteger, nullable=False),
    Column("wishes", Text, nullable=False),
    Column("deals", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    UniqueConstraint("plan_id", name="uq_held_plans_plan_id"),
    Index("ix_held_plans_conn_state", "conn", "state"),
)

switches: Final = Table(
    "switches",
    metadata,
    conn_column(),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("conn"),
)

audit: Final = Table(
    "audit",
    metadata,
    _sequence(),
    conn_column(),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("person", Text, nullable=False),
)

effects: Final = Table(
    "effects",
    metadata,
    _sequence(),
    conn_column(),
    Column("effect_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("plan_id", Text),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # the task's key; where there is none, the deal
    Column("key", Text),
    Column("deal_id", Text, nullable=False),
    Column("family", Text),
    Column("episode", Integer),
    Column("remote_id", Text),
    Column("payload", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", BigInteger),
    Column("done_at", BigInteger),
    Column("code", Text),
    Column("message", Text),
    Column("absent_at", BigInteger),  # the CRM's time when a create without an answer was first not found
    UniqueConstraint("conn", "effect_id", name="uq_effects_conn_effect_id"),
    Index("ix_effects_state", "conn", "state"),
    Index("ix_effects_kind_subject", "conn", "kind", "subject"),
    Index("ix_effects_deal_id_family", "conn", "deal_id", "family"),
)

previews: Final = Table(
    "previews",
    metadata,
    conn_column(),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("conn"),
)
"""What the last plan found out, as JSON, until a cycle judges."""

preview_suppressed: Final = Table(
    "preview_suppressed",
    metadata,
    conn_column(),
    Column("deal_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("conn", "deal_id"),
)
"""What the caps suppressed in the last plan: of each deal its families, as JSON."""

attempts: Final = Table(
    "attempts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
)
"""The last failed attempt on each connection whose CRM was never reached, by its name in the config."""

leases: Final = Table(
    "leases",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Who works on which connection, by the org's id; on SQLite a lock file says so, and this stays empty."""
