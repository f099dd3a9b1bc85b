"""A small Salesforce org, as people use it and as its own tables show it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

from connectors.salesforce.objects import WANTED
from sandbox import written_config
from sandbox.salesforce.api.control import SalesforceSubject
from sandbox.salesforce.api.service import Salesforce
from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.defaults import ADMIN_USER_ID, INTEGRATION_USER_ID
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.provision import provision
from sandbox.salesforce.seed.row_values import stamp, user_id
from sandbox.salesforce.seed.stages import SEEDED_STAGES, stage_rows
from sandbox.server.gateway import Gateway
from tests.simulation.clock import START, VirtualClock
from tests.simulation.crms import Fields
from tests.simulation.records import MARKS, Deal, Task

_DEAL = {
    "name": "Name", "close_date": "CloseDate", "kind": "Type", "owner": "OwnerId", "muted_until": "Sim_Muted__c",
    "state": "StageName", **{mark: f"Sim_{mark.title()}__c" for mark in MARKS},
}  # fmt: skip
_STAGES = {"open": "Qualification", "won": "Closed Won", "lost": "Closed Lost"}
_TASK = {
    "subject": "Subject", "body": "Description", "owner": "OwnerId", "priority": "Priority", "due": "ActivityDate",
    "answer": "Dealwarden_Answer__c", "state": "Status", "key": "Dealwarden_Key__c",
}  # fmt: skip
_NARROW = WANTED.keys() - {"Opportunity", "OpportunityStage", "Task", "User"}
_OWN_WORK = frozenset(
    {
        "SystemModstamp",
        "LastModifiedDate",
        "LastModifiedById",
        "LastActivityDate",
        "HasOpenActivity",
        "HasOverdueTask",
    }
)
_OWNERS = tuple(user_id(index) for index in range(3))


@cache
def _furnished() -> Org:
    """An org with our fields, those that the rules look at, stages and people: every history begins with a copy."""
    org = Org(now=lambda: START)
    provision(org)
    for mark in MARKS:
        org.schema.add_field("Opportunity", custom_field(_DEAL[mark], "string", mark, length=80))
    org.schema.add_field("Opportunity", custom_field("Sim_Muted__c", "date", "Muted"))
    org.load("OpportunityStage", stage_rows(SEEDED_STAGES, stamp(START - timedelta(days=900))))
    org.load("User", (_user(index, one) for index, one in enumerate(_OWNERS)))
    return org


def _user(index: int, record_id: str) -> dict[str, Any]:
    made = stamp(START - timedelta(days=900))
    return {
        "Id": record_id, "Username": f"rep{index}@seller.example.com", "LastName": f"Rep {index}",
        "Name": f"Rep {index}", "Email": f"rep{index}@seller.example.com", "Alias": f"rep{index}", "IsActive": True,
        "TimeZoneSidKey": "America/New_York", "ManagerId": user_id(0) if index else None, "UserType": "Standard",
        "CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made,
    }  # fmt: skip


class SimulatedOrg:
    """A small Salesforce org."""

    name = "salesforce"
    writes = "*/composite/sobjects"
    creates = writes
    reads = ("*/composite", "*/composite", "*/query/*")  # the last where pages are short

    def __init__(self, clock: VirtualClock) -> None:
        self.org = Org(now=clock.now, like=_furnished())
        self.owners = _OWNERS
        url = "https://simulated.my.salesforce.com"
        service = Salesforce(self.org, url=url, now=clock.now, host_time=lambda: clock.now().timestamp())
        self.gateway = Gateway(service, clock)
        self._subject = SalesforceSubject(self.org, self.gateway)
        self.connection = written_config.salesforce(self.org, url=url, ca_pem=b"", app=service.app)

    def deals(self) -> dict[str, Deal]:
        return {row["Id"]: self._deal(row) for row in self.org.table("Opportunity")}

    def _deal(self, row: Fields) -> Deal:
        won = "won" if row["IsWon"] else "lost" if row["IsClosed"] else "open"
        ours = {name for name in row if name.startswith("Deal_Risk_")}
        return Deal(
            id=row["Id"], name=row["Name"], state="deleted" if row["IsDeleted"] else won,  # type: ignore[arg-type]
            close_date=date.fromisoformat(row["CloseDate"]), kind=row["Type"],
            muted_until=date.fromisoformat(row["Sim_Muted__c"]) if row["Sim_Muted__c"] else None,
            owner=row["OwnerId"], marks={mark: row[_DEAL[mark]] for mark in MARKS},
            others={name: value for name, value in row.items() if name not in ours | _OWN_WORK},
            scores={name: row[name] for name in sorted(ours)},
        )  # fmt: skip

    def tasks(self) -> list[Task]:
        return [self._task(row) for row in self.org.table("Task") if row["Dealwarden_Key__c"]]

    def _task(self, row: Fields) -> Task:
        return Task(
            id=row["Id"], key=row["Dealwarden_Key__c"], is_open=not row["IsClosed"] and not row["IsDeleted"],
            is_deleted=row["IsDeleted"], by_us=row["LastModifiedById"] == INTEGRATION_USER_ID,
            reason=row["Dealwarden_Reason__c"] or "",
            fields={name: row[_TASK[name]] for name in ("subject", "body", "owner", "priority", "due", "answer")},
        )  # fmt: skip

    def add_deal(self, fields: Fields) -> str:
        return self.org.insert("Opportunity", self._words(fields), by=ADMIN_USER_ID)

    def edit_deal(self, deal_id: str, fields: Fields) -> None:
        self._subject.edit({"object": "Opportunity", "id": deal_id, "fields": self._words(fields)})

    def _words(self, fields: Fields) -> dict[str, Any]:
        words = {_DEAL[name]: str(value) if isinstance(value, date) else value for name, value in fields.items()}
        return words | ({"StageName": _STAGES[fields["state"]]} if "state" in fields else {})

    def delete_deal(self, deal_id: str) -> None:
        self._subject.edit({"object": "Opportunity", "id": deal_id, "delete": True})

    def edit_task(self, task_id: str, fields: Fields) -> None:
        words = {_TASK[name]: value for name, value in fields.items()}
        if "state" in fields:
            words["Status"] = "Completed" if fields["state"] == "completed" else "Not Started"
        self._subject.edit({"object": "Task", "id": task_id, "fields": words})

    def delete_task(self, task_id: str) -> None:
        self._subject.edit({"object": "Task", "id": task_id, "delete": True})

    def restore_task(self, task_id: str) -> None:
        self.org.undelete("Task", task_id, by=ADMIN_USER_ID)

    def hide(self, marks: frozenset[str]) -> None:
        self._subject.set_quirks({"hide_fields": [f"Opportunity.{_DEAL[mark]}" for mark in sorted(marks)]})

    def narrow(self) -> None:
        self._subject.set_quirks({"hide_objects": sorted(_NARROW)})

    def quirks(self, values: Fields) -> None:
        self._subject.set_quirks({name: value for name, value in values.items() if name in self._subject.quirks()})
