"""The first tables: mirror, marks, judgements, ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _mirror()
    _judgement()
    _ledger()
    _indexes()


def _mirror() -> None:
    _create(
        "connections",
        numbered_by="conn",
        text="kind org_id name org_name time_zone currency capabilities fingerprint",
        whole="judged_day",
        big="last_seen mark_seq",
        small="is_sandbox judged_complete",
        required="kind org_id name org_name time_zone last_seen mark_seq judged_complete",
        unique="kind org_id",
    )
    _create(
        "cursors",
        key="conn source",
        text="source position",
        big="complete_through",
        required="position",
    )
    _create(
        "dirty",
        key="conn kind id",
        text="kind id",
        big="seq",
        required="seq",
    )
    _create(
        "deals",
        key="conn deal_id",
        text="deal_id name account_id owner_id currency pipeline stage_id forecast_category next_step deal_type "
        "record_type extras",
        whole=" ".join(["close_date muted_until last_activity_on", *_of_elements("confirmed_on")]),
        big="stage_entered_at closed_at created_at modified_at",
        small=" ".join(["is_closed is_won", *_of_elements("level", "filled", "filler")]),
        real="amount amount_original probability",
    )
    _create(
        "accounts",
        key="conn account_id",
        text="account_id name parent_id industry country owner_id extras",
        big="employees",
    )
    _create(
        "contacts",
        key="conn contact_id",
        text="contact_id account_id name title",
        small="reachable",
    )
    _create(
        "roles",
        key="conn role_id",
        text="role_id deal_id contact_id role raw_role",
        big="since",
        small="is_primary",
    )
    _create(
        "touches",
        key="conn touch_id",
        text="touch_id kind direction owner_id",
        big="at",
    )
    _create(
        "touch_links",
        key="conn link_id",
        text="link_id touch_id deal_id contact_id",
    )
    _create(
        "owners",
        key="conn owner_id",
        text="owner_id name email manager_id team country time_zone extras",
        small="active",
    )
    _create(
        "stages",
        key="conn pipeline stage_id",
        text="pipeline stage_id label",
        big="rank",
        small="is_closed is_won",
        real="probability",
    )
    _create(
        "changes",
        key="conn change_id",
        text="change_id deal_id field old new",
        big="at",
    )
    _create(
        "own_tasks",
        key="conn task_id",
        text="task_id key deal_id owner_id subject body status priority reason answer",
        whole="due",
        big="created_at completed_at modified_at",
        small="is_open modified_by_us is_deleted",
    )
    _create(
        "own_scores",
        key="conn deal_id",
        text="deal_id band reasons",
        whole="as_of",
        real="score confidence",
    )
    _create(
        "recorded_changes",
        key="conn change_id",
        text="change_id deal_id field old new",
        big="at",
    )


def _judgement() -> None:
    _create(
        "scores",
        key="conn deal_id",
        text="deal_id band reasons",
        small="in_scope",
        real="score confidence",
        required="in_scope",
    )
    _create(
        "findings",
        key="conn deal_id rule_id",
        text="deal_id rule_id family",
        whole="since_day",
        small="severity",
        required="family severity since_day",
    )
    _create(
        "coverage",
        key="conn source pipeline about",
        text="source pipeline about",
        small="judged lapsed",
        real="share",
        required="share judged lapsed",
    )
    _create(
        "episodes",
        key="conn deal_id family number",
        text="deal_id family state",
        whole="number cleared_day",
        small="quiet",
        required="state quiet",
    )


def _ledger() -> None:
    _create(
        "runs",
        numbered_by="seq",
        text="run_id command error report",
        big="started_at ended_at",
        small="incomplete",
        required="run_id command started_at incomplete",
        unique="conn run_id",
    )
    _create(
        "plans",
        numbered_by="seq",
        text="plan_id run_id changes entries",
        big="created_at",
        required="plan_id run_id created_at changes entries",
        unique="plan_id",
    )
    _create(
        "effects",
        numbered_by="seq",
        text="effect_id run_id plan_id kind subject key deal_id family remote_id payload payload_hash state "
        "code message",
        whole="episode attempts",
        big="sent_at done_at",
        required="effect_id run_id kind subject deal_id payload payload_hash state attempts",
        unique="conn effect_id",
    )


def _indexes() -> None:
    for table, columns in (
        ("deals", "account_id"),
        ("deals", "is_closed deal_id"),
        ("deals", "owner_id"),
        ("roles", "contact_id"),
        ("roles", "deal_id"),
        ("touch_links", "contact_id touch_id"),
        ("touch_links", "deal_id touch_id"),
        ("touch_links", "touch_id"),
        ("owners", "manager_id"),
        ("changes", "deal_id field"),
        ("changes", "field"),
        ("own_tasks", "deal_id"),
        ("recorded_changes", "deal_id"),
        ("effects", "deal_id family"),
        ("effects", "state"),
        ("effects", "kind subject"),
    ):
        names = columns.split()
        op.create_index(f"ix_{table}_{'_'.join(names)}", table, ["conn", *names])


_TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "whole": sa.Integer(),
    "big": sa.BigInteger(),
    "small": sa.SmallInteger(),
    "real": sa.Double(),
}


_ELEMENTS = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "implicate_pain",
    "champion",
    "competition",
)


def _of_elements(*aspects: str) -> list[str]:
    return [f"{element}_{aspect}" for element in _ELEMENTS for aspect in aspects]


def _create(
    name: str, *, numbered_by: str = "", key: str = "", unique: str = "", required: str = "", **columns: str
) -> None:
    """Make a table from its columns' names by type; *numbered_by* is a key that the database counts up."""
    must = {*required.split(), *key.split()}
    parts: list[Any] = []
    if numbered_by:
        counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite") if numbered_by == "seq" else sa.Integer()
        parts.append(sa.Column(numbered_by, counted, primary_key=True, autoincrement=True))
    if numbered_by != "conn":
        parts.append(sa.Column("conn", sa.Integer(), nullable=False))
    for kind, names in columns.items():
        parts.extend(sa.Column(column, _TYPES[kind], nullable=column not in must) for column in names.split())
    if key:
        parts.append(sa.PrimaryKeyConstraint(*key.split()))
    if unique:
        parts.append(sa.UniqueConstraint(*unique.split(), name=f"uq_{name}_{'_'.join(unique.split())}"))
    op.create_table(name, *parts)
