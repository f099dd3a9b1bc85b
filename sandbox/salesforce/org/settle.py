"""What loaded rows imply and their source left out: flags, dates and relations. No stamp moves."""

from __future__ import annotations

from sandbox.salesforce.data.transaction import Transaction
from sandbox.salesforce.org import activity_dates
from sandbox.salesforce.org.triggers import FORECAST_CATEGORIES, derive_setup_flags

_STAGE = "(SELECT s.{0} FROM OpportunityStage s WHERE s.ApiName = o.StageName OR s.MasterLabel = o.StageName LIMIT 1)"
_CATEGORY_CASES = " ".join(f"WHEN '{label}' THEN '{value}'" for label, value in FORECAST_CATEGORIES.items())
_STATEMENTS = (
    *(
        f"UPDATE {person} SET Name = trim(COALESCE(FirstName, '') || ' ' || COALESCE(LastName, '')) WHERE Name IS NULL"  # noqa: S608
        for person in ("Contact", "User")
    ),
    *(f"UPDATE {person} SET LastName = Name WHERE LastName IS NULL" for person in ("Contact", "User")),  # noqa: S608
    *(
        f"UPDATE {name} SET CurrencyIsoCode = (SELECT DefaultCurrencyIsoCode FROM Organization LIMIT 1)"  # noqa: S608
        " WHERE CurrencyIsoCode IS NULL"
        for name in ("Opportunity", "User")
    ),
    "UPDATE User SET UserType = 'Standard' WHERE UserType IS NULL",
    "UPDATE User SET TimeZoneSidKey = (SELECT TimeZoneSidKey FROM Organization LIMIT 1) WHERE TimeZoneSidKey IS NULL",
    "UPDATE Task SET TaskSubtype = 'Task' WHERE TaskSubtype IS NULL",
    "UPDATE Task SET Status = 'Not Started' WHERE Status IS NULL",
    "UPDATE Task SET Priority = 'Normal' WHERE Priority IS NULL",
    "UPDATE Task SET IsHighPriority = 1 WHERE Priority = 'High'",
    f"UPDATE Opportunity AS o SET Probability = {_STAGE.format('DefaultProbability')} WHERE Probability IS NULL",  # noqa: S608
    f"UPDATE Opportunity AS o SET ForecastCategoryName = {_STAGE.format('ForecastCategoryName')}"  # noqa: S608
    " WHERE ForecastCategoryName IS NULL",
    f"UPDATE Opportunity SET ForecastCategory = CASE ForecastCategoryName {_CATEGORY_CASES}"  # noqa: S608
    " ELSE ForecastCategoryName END WHERE ForecastCategory IS NULL",
    "UPDATE Opportunity SET ExpectedRevenue = round(Amount * Probability / 100, 2) WHERE ExpectedRevenue IS NULL",
    """UPDATE Opportunity SET LastStageChangeDate = m.moved FROM (
        SELECT OpportunityId, MAX(CreatedDate) AS moved FROM (
            SELECT OpportunityId, CreatedDate, StageName,
                   LAG(StageName) OVER (PARTITION BY OpportunityId ORDER BY CreatedDate, Id) AS was
            FROM OpportunityHistory)
        WHERE was IS NOT NULL AND StageName <> was GROUP BY OpportunityId) AS m
    WHERE m.OpportunityId = Opportunity.Id AND LastStageChangeDate IS NULL""",
    "UPDATE Event SET StartDateTime = ActivityDateTime WHERE StartDateTime IS NULL",
    "UPDATE Event SET ActivityDateTime = StartDateTime WHERE ActivityDateTime IS NULL AND IsAllDayEvent = 0",
    "UPDATE Event SET ActivityDate = substr(StartDateTime, 1, 10) WHERE ActivityDate IS NULL",
    """UPDATE Event SET EndDateTime = strftime('%Y-%m-%dT%H:%M:%S.000+0000', substr(StartDateTime, 1, 19),
        COALESCE(DurationInMinutes, 0) || ' minutes') WHERE EndDateTime IS NULL AND StartDateTime IS NOT NULL""",
)
_ACCOUNT = """UPDATE {0} AS a SET AccountId = COALESCE(
    (SELECT o.AccountId FROM Opportunity o WHERE o.Id = a.WhatId),
    (SELECT c.Id FROM Account c WHERE c.Id = a.WhatId),
    (SELECT c.AccountId FROM Contact c WHERE c.Id = a.WhoId)) WHERE AccountId IS NULL"""
_UNRELATED = """SELECT a.Id, a.{1}, a.CreatedDate, a.CreatedById, a.IsDeleted FROM {0} a WHERE a.{1} IS NOT NULL
    AND NOT EXISTS(SELECT 1 FROM {0}Relation r WHERE r.{0}Id = a.Id AND r.RelationId = a.{1}) ORDER BY a.Id"""


def settle(tx: Transaction) -> None:
    """Derive what is missing, in an order in which each step finds what it needs."""
    run = tx.storage.connection.execute
    for statement in _STATEMENTS:
        run(statement)
    derive_setup_flags(tx)
    for activity in ("Task", "Event"):
        run(_ACCOUNT.format(activity))
        for column in ("WhoId", "WhatId"):
            _relate(tx, activity, column)
    activity_dates.derive_all(tx)


def _relate(tx: Transaction, activity: str, column: str) -> None:
    """Relation rows for activities that were loaded without them."""
    name = f"{activity}Relation"
    rows = [
        (
            tx.storage.new_id(name),
            row[0],
            row[1],
            int(column == "WhatId"),
            row[2],
            row[3],
            row[2],
            row[3],
            row[2],
            row[4],
        )
        for row in tx.storage.all(_UNRELATED.format(activity, column))
    ]
    columns = f"Id, {activity}Id, RelationId, IsWhat, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById"
    sql = f"INSERT INTO {name} ({columns}, SystemModstamp, IsDeleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    tx.storage.connection.executemany(sql, rows)
