"""The simulated Salesforce as a bench."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal

from connectors.contract.contract import Touch, Truth
from connectors.host import Host
from connectors.mapping import ScoreMap
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings
from sandbox.salesforce.org.defaults import ADMIN_USER_ID
from tests.contract.sandbox_bench import SandboxBench, field_map, role_of

MAP = field_map(
    "Metrics__c",
    ScoreMap(
        score="Deal_Risk_Score__c",
        band="Deal_Risk_Band__c",
        confidence="Deal_Risk_Confidence__c",
        reasons="Deal_Risk_Reasons__c",
        as_of="Deal_Risk_As_Of__c",
    ),
)
_OBJECTS = {"deals": "Opportunity", "contacts": "Contact", "own_tasks": "Task"}
_RELATIONS = (("TaskRelation", "TaskId"), ("EventRelation", "EventId"), ("EmailMessageRelation", "EmailMessageId"))

Row = dict[str, Any]


class SalesforceBench(SandboxBench):
    crm = "salesforce"
    create_path = "*/composite/sobjects*"
    stamp_step = timedelta(seconds=1)
    page_size: ClassVar[int] = 2_000

    def connector(self, *, renewing: bool = False) -> SalesforceConnector:
        folder, url = self.box.config_path.parent, self.box.salesforce_url
        assert url is not None
        settings = SalesforceSettings(
            login_url=url,
            client_id=lambda: self.box.app.client_id,
            client_secret=lambda: self.box.app.client_secret,
            ca_file=folder / "ca.pem",
            mapping=MAP,
            read_timeout_s=2.0,
            quota_share=1.0,
            page_size=self.page_size,
        )
        made = SalesforceConnector(settings, host=Host(sleep=lambda _: None))
        made.open(None)
        self.opened.append(made)
        return made

    def truth(self) -> Truth:
        deals = {
            row["Id"]: {
                "name": row["Name"],
                "owner_id": row["OwnerId"],
                "stage_id": row["StageName"],
                "amount_original": row["Amount"],
                "next_step": row["NextStep"],
                "close_date": date.fromisoformat(row["CloseDate"]),
                "is_closed": row["IsClosed"],
                "is_won": row["IsWon"],
            }
            for row in self.rows("Opportunity")
        }
        contacts = {row["Id"]: {"name": row["Name"], "title": row["Title"]} for row in self.rows("Contact")}
        roles = frozenset(
            (row["OpportunityId"], row["ContactId"], role_of(row["Role"]))
            for row in self.rows("OpportunityContactRole")
        )
        return Truth(deals, contacts, roles, dict(self.touches()))

    def touches(self) -> Iterator[tuple[str, Touch]]:
        there = defaultdict(set)
        for sobject, touch in _RELATIONS:
            for row in self.rows(sobject):
                if str(row["RelationId"]).startswith("003") and row.get("Status") != "Declined":
                    there[row[touch]].add(row["RelationId"])
        found: list[tuple[Row, str, str, str]] = [
            (row, "call", row["CompletedDateTime"], row["WhatId"])
            for row in self.rows("Task")
            if row["TaskSubtype"] == "Call" and row["IsClosed"]
        ]
        found += [(row, "meeting", row["StartDateTime"], row["WhatId"]) for row in self.rows("Event")]
        found += [(row, "email", row["MessageDate"], row["RelatedToId"]) for row in self.rows("EmailMessage")]
        for row, kind, at, what in found:
            deals = {what} if str(what).startswith("006") else set()
            who = {row["WhoId"]} if str(row.get("WhoId")).startswith("003") else set()
            contacts = frozenset(who | there[row["Id"]])
            yield row["Id"], Touch(kind, datetime.fromisoformat(at), frozenset(deals), contacts)

    def rows(self, sobject: str) -> list[Row]:
        return [row for row in self.box.org.table(sobject) if not row.get("IsDeleted")]

    def tasks_with(self, key: str) -> int:
        return sum(row["Dealwarden_Key__c"] == key for row in self.rows("Task"))

    def add_deal(self, name: str) -> str:
        values = {"Name": name, "StageName": "Discovery", "CloseDate": "2026-09-30"}
        return self.box.org.insert("Opportunity", values, by=ADMIN_USER_ID)

    def change_deal(self, deal_id: str, next_step: str) -> None:
        self.box.org.update("Opportunity", deal_id, {"NextStep": next_step}, by=ADMIN_USER_ID)

    def add_contact(self, name: str) -> str:
        first, _, last = name.partition(" ")
        return self.box.org.insert("Contact", {"FirstName": first, "LastName": last}, by=ADMIN_USER_ID)

    def add_role(self, deal_id: str, contact_id: str, role: Literal["champion", "procurement"]) -> None:
        values = {"OpportunityId": deal_id, "ContactId": contact_id, "Role": role.title()}
        self.box.org.insert("OpportunityContactRole", values, by=ADMIN_USER_ID)

    def drop_role(self, deal_id: str, contact_id: str) -> None:
        for row in self.rows("OpportunityContactRole"):
            if (row["OpportunityId"], row["ContactId"]) == (deal_id, contact_id):
                self.box.org.delete("OpportunityContactRole", row["Id"], by=ADMIN_USER_ID)

    def add_call(self, deal_id: str, contact_id: str) -> str:
        values = {"Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "CallType": "Outbound"}
        values |= {"WhatId": deal_id, "WhoId": contact_id}
        return self.box.org.insert("Task", values, by=ADMIN_USER_ID)

    def delete(self, table: Literal["deals", "contacts", "own_tasks"], record_id: str) -> None:
        self.box.org.delete(_OBJECTS[table], record_id, by=ADMIN_USER_ID)

    def merge(self, table: Literal["deals", "contacts"], winner: str, loser: str) -> str | None:
        if table == "deals":
            return None
        self.box.org.merge("Contact", winner, [loser])
        return winner

    def lag_index(self, seconds: float) -> None:
        """Salesforce is read by queries, which know no index that lags."""

    def small_pages(self, rows: int) -> None:
        self.quirks(short_pages=rows)

    def refuse_subject(self, word: str) -> None:
        self.quirks(validation_rule=word)
