"""What the platform itself fills in or moves when a row is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.salesforce.data.storage import Row
from sandbox.salesforce.data.transaction import Transaction
from sandbox.salesforce.data.values import moment_of, wire_datetime
from sandbox.salesforce.org import activity_dates, history, relations

FORECAST_CATEGORIES = {"Best Case": "BestCase", "Commit": "Forecast", "Most Likely": "MostLikely"}
"""Forecast categories whose name on the screen differs from the stored one."""


_PICKLISTS = {"OpportunityStage": ("Opportunity", "StageName"), "TaskStatus": ("Task", "Status")}
"""Setup objects by the object and field whose values their rows are."""


@dataclass(frozen=True, slots=True)
class Save:
    """One save of one row: as it was (None where it is new), as it will be, and what the request set of it."""

    tx: Transaction
    sobject: str
    before: Row | None
    after: Row
    given: Row

    def sets(self, *names: str) -> bool:
        """Whether the row is new or the request sets one of these."""
        return self.before is None or not self.given.keys().isdisjoint(names)


def before_save(save: Save) -> None:
    """Complete `after`, in place."""
    derive = _BEFORE.get(save.sobject)
    if derive:
        derive(save)


def after_save(save: Save) -> None:
    """Carry a saved row on to others: history, relations, activity dates, setup values."""
    tx, before, after = save.tx, save.before, save.after
    if save.sobject == "Opportunity":
        history.record(tx, before, after)
        if before is None and after.get("ContactId"):
            relations.add_primary_role(tx, after)
    elif save.sobject == "OpportunityContactRole":
        relations.keep_one_primary(tx, after)
    elif save.sobject in {"Task", "Event"}:
        relations.follow_activity(tx, save.sobject, before, after)
        activity_dates.follow(tx, save.sobject, before, after)
    elif save.sobject in {"TaskRelation", "EventRelation"}:
        activity_dates.recompute(tx, {after["RelationId"]})
    elif save.sobject in _PICKLISTS:
        if before is not None:
            _replace_value(tx, save.sobject, before["ApiName"], after["ApiName"])
        derive_setup_flags(tx)


def derive_setup_flags(tx: Transaction) -> None:
    """Bring the flags that come from stages and task statuses in line with these; no row's stamp moves."""
    run = tx.storage.connection.execute
    named = "s.ApiName = o.{0} OR s.MasterLabel = o.{0}"
    for sobject, setup, column, flags in (
        ("Opportunity", "OpportunityStage", "StageName", ("IsClosed", "IsWon")),
        ("Task", "TaskStatus", "Status", ("IsClosed",)),
    ):
        for flag in flags:
            value = f"(SELECT s.{flag} FROM {setup} s WHERE {named.format(column)} LIMIT 1)"  # noqa: S608
            run(f"UPDATE {sobject} AS o SET {flag} = {value} WHERE {flag} <> {value}")  # noqa: S608


def _replace_value(tx: Transaction, setup: str, old: str | None, new: str | None) -> None:
    """Carry a picklist value that got another API name to the rows that have it; a new label alone moves nothing.

    The system writes them, so their SystemModstamp moves and their last modifier stays; histories keep the old value.
    """
    if old and new and old != new:
        sobject, column = _PICKLISTS[setup]
        for (record_id,) in tx.storage.all(f"SELECT Id FROM {sobject} WHERE {column} = ?", (old,)):  # noqa: S608
            tx.touch(sobject, record_id, {column: new})


def _opportunity(save: Save) -> None:
    before, after = save.before, save.after
    if before is None or before["StageName"] != after["StageName"]:
        columns = "IsClosed, IsWon, DefaultProbability, ForecastCategoryName"
        # Opportunity.StageName holds the stage's API name; loaded rows may hold its label instead.
        sql = f"SELECT {columns} FROM OpportunityStage WHERE ApiName = ?1 OR MasterLabel = ?1 LIMIT 1"  # noqa: S608
        stages = save.tx.storage.all(sql, (after["StageName"],))
        closed, won, probability, category = stages[0] if stages else (0, 0, None, None)
        after |= {"IsClosed": closed, "IsWon": won}
        # A stage brings its default probability, unless the same write sets another.
        if "Probability" not in save.given:
            after["Probability"] = probability
        if "ForecastCategoryName" not in save.given:
            after["ForecastCategoryName"] = category or "Pipeline"
        if before is not None:
            after["LastStageChangeDate"] = save.tx.stamp
    category = after.get("ForecastCategoryName")
    after["ForecastCategory"] = FORECAST_CATEGORIES.get(category, category) if category else None
    amount, probability = after.get("Amount"), after.get("Probability")
    after["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0) / 100, 2)


def _task(save: Save) -> None:
    after = save.after
    sql = "SELECT IsClosed FROM TaskStatus WHERE ApiName = ?1 OR MasterLabel = ?1 LIMIT 1"
    after["IsClosed"] = save.tx.storage.scalar(sql, (after["Status"],)) or 0
    was_closed = save.before["IsClosed"] if save.before else 0
    if after["IsClosed"] != was_closed:
        # Reopening empties the field; a second completion is stamped anew.
        after["CompletedDateTime"] = save.tx.stamp if after["IsClosed"] else None
    after["IsHighPriority"] = int((after.get("Priority") or "").lower() == "high")
    _activity_account(save)


def _event(save: Save) -> None:
    after = save.after
    start = save.given.get("StartDateTime") or save.given.get("ActivityDateTime") or after.get("StartDateTime")
    begin = moment_of(start) if start else None
    if start and begin:
        all_day = bool(after.get("IsAllDayEvent"))
        end = _event_end(save, begin)
        after |= {"StartDateTime": start, "ActivityDateTime": None if all_day else start}
        after["ActivityDate"] = (begin if all_day else begin.astimezone(save.tx.zone)).date().isoformat()
        after |= {"EndDateTime": wire_datetime(end), "EndDate": end.date().isoformat()}
        after["DurationInMinutes"] = int((end - begin).total_seconds() // 60)
    _activity_account(save)


def _event_end(save: Save, begin: datetime) -> datetime:
    if save.given.get("EndDateTime"):
        return moment_of(save.given["EndDateTime"]) or begin
    minutes = save.after.get("DurationInMinutes")
    if minutes is None:
        minutes = 1440 if save.after.get("IsAllDayEvent") else 60
    return begin + timedelta(minutes=minutes)


def _activity_account(save: Save) -> None:
    """The account of an activity: the record it is about, or that record's account, or its contact's."""
    if save.sets("WhatId", "WhoId"):
        what, who = (relations.account_of(save.tx, save.after.get(name)) for name in ("WhatId", "WhoId"))
        save.after["AccountId"] = what or who


def _person(save: Save) -> None:
    parts = (save.after.get("FirstName"), save.after.get("LastName"))
    save.after["Name"] = " ".join(part for part in parts if part)


def _relation(save: Save) -> None:
    related = save.after["RelationId"]
    save.after["IsWhat"] = int(save.tx.sobject_of(related) in {"Account", "Opportunity"})
    save.after["AccountId"] = relations.account_of(save.tx, related)


def _email_relation(save: Save) -> None:
    save.after["RelationObjectType"] = save.tx.sobject_of(save.after.get("RelationId"))


_BEFORE: dict[str, Callable[[Save], None]] = {
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
    "Contact": _person,
    "User": _person,
    "TaskRelation": _relation,
    "EventRelation": _relation,
    "EmailMessageRelation": _email_relation,
}
