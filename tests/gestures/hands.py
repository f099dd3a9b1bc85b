"""The hands of people in each simulated CRM, and what they see of our tasks; written without any of our own code."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sandbox.hubspot.portal.definitions import Property
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.portal import Portal, Target
from sandbox.salesforce.data.ids import make_id
from sandbox.salesforce.data.schema import custom_field
from sandbox.salesforce.org.org import Org

PEOPLE = {  # each with a manager
    "Mona Manager": None,
    "Fay Fallback": None,
    "Rita Rep": "Mona Manager",
    "Rob Rep": "Mona Manager",
    "Leo Leaver": "Mona Manager",
    "Ida Inactive": "Mona Manager",
    "Ian Inactive": "Ida Inactive",
}

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """One task of ours as a person sees it in the CRM."""

    task_id: str
    key: str
    deal_id: str | None
    created: str
    facts: dict[str, Any]


class Hands(Protocol):
    """What people do in one CRM."""

    def add_people(self) -> None: ...
    def retire(self, name: str) -> None: ...
    def add_deal(self, name: str, facts: Facts) -> str: ...
    def change_deal(self, deal_id: str, facts: Facts) -> None: ...
    def delete_deal(self, deal_id: str) -> None: ...
    def restore_deal(self, deal_id: str) -> None: ...
    def merge_deals(self, winner: str, loser: str) -> None: ...
    def change_task(self, task_id: str, facts: Facts, *, by_us: bool) -> None: ...
    def delete_task(self, task_id: str) -> None: ...
    def move_task(self, task_id: str, deal_id: str | None) -> None: ...
    def hide(self, record_id: str) -> None: ...
    def score(self, deal_id: str) -> float | None: ...
    def tasks(self) -> list[Seen]: ...


class SalesforceHands:
    """People in a simulated Salesforce."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._people = {name: make_id("005", 100 + at) for at, name in enumerate(PEOPLE)}
        self._admin = next(row["Id"] for row in org.table("User") if row["Name"] == "Sandbox Admin")
        org.schema.add_field("Opportunity", custom_field("Muted_Until__c", "date", "Muted until"))

    def add_people(self) -> None:
        for name, manager in PEOPLE.items():
            first, last = name.split()
            user = {"FirstName": first, "LastName": last, "Name": name, "IsActive": True, "UserType": "Standard"}
            boss = {"ManagerId": self._people[manager]} if manager else {}
            self.org.load("User", [{"Id": self._people[name], **user, **boss}])

    def retire(self, name: str) -> None:
        self.org.update("User", self._people[name], {"IsActive": False}, by=self._admin)

    def person_id(self, name: str) -> str:
        return self._people[name]

    def add_deal(self, name: str, facts: Facts) -> str:
        given = {"name": name, "owner": "Rita Rep", "stage": "evaluation", "amount": 5_000, "next_step": "fine"} | facts
        close = {"CloseDate": "2026-12-01"}
        return self.org.insert("Opportunity", self._deal(given) | close, by=self._admin)

    def change_deal(self, deal_id: str, facts: Facts) -> None:
        self.org.update("Opportunity", deal_id, self._deal(facts), by=self._admin)

    def delete_deal(self, deal_id: str) -> None:
        self.org.delete("Opportunity", deal_id, by=self._admin)

    def restore_deal(self, deal_id: str) -> None:
        self.org.undelete("Opportunity", deal_id, by=self._admin)

    def merge_deals(self, winner: str, loser: str) -> None:
        raise NotImplementedError("Salesforce merges no opportunities")

    def change_task(self, task_id: str, facts: Facts, *, by_us: bool) -> None:
        by = self.org.user_id if by_us else self._admin
        self.org.update("Task", task_id, self._task(task_id, facts), by=by)

    def delete_task(self, task_id: str) -> None:
        self.org.delete("Task", task_id, by=self._admin)

    def move_task(self, task_id: str, deal_id: str | None) -> None:
        self.org.update("Task", task_id, {"WhatId": deal_id}, by=self._admin)

    def hide(self, record_id: str) -> None:
        self.org.quirks["hide_rows"] = (*self.org.quirks["hide_rows"], record_id)

    def score(self, deal_id: str) -> float | None:
        row = self.org.get("Opportunity", deal_id)
        return None if row is None else row["Deal_Risk_Score__c"]

    def tasks(self) -> list[Seen]:
        names = {user_id: name for name, user_id in self._people.items()}
        return [
            Seen(
                row["Id"],
                row["Dealwarden_Key__c"],
                row["WhatId"],
                row["CreatedDate"],
                {
                    "is": _state(row["IsDeleted"], not row["IsClosed"], row["Dealwarden_Reason__c"]),
                    "subject": row["Subject"],
                    "body": row["Description"] or "",
                    "reason": row["Dealwarden_Reason__c"] or "",
                    "owner": names.get(row["OwnerId"], row["OwnerId"]),
                    "priority": (row["Priority"] or "").lower(),
                    "status": row["Status"],
                    "due": row["ActivityDate"],
                },
            )
            for row in self.org.table("Task")
            if row["Dealwarden_Key__c"]
        ]

    def _deal(self, facts: Facts) -> dict[str, Any]:
        stages = {"evaluation": "Evaluation", "won": "Closed Won", "lost": "Closed Lost"}
        found: dict[str, Any] = {}
        for name, value in facts.items():
            match name:
                case "stage":
                    found["StageName"] = stages[value]
                case "owner":
                    found["OwnerId"] = self._people[value]
                case "muted_until":
                    found["Muted_Until__c"] = value
                case _:
                    field = {"name": "Name", "amount": "Amount", "next_step": "NextStep"}[name]
                    found[field] = None if value == "blank" else value
        return found

    def _task(self, task_id: str, facts: Facts) -> dict[str, Any]:
        statuses = {"completed": "Completed", "reopened": "Not Started"}
        found: dict[str, Any] = {}
        for name, value in facts.items():
            match name:
                case "is":
                    found["Status"] = statuses[value]
                case "owner":
                    found["OwnerId"] = self._people[value]
                case "priority":
                    found["Priority"] = value.capitalize()
                case "note":
                    body = next(one.facts["body"] for one in self.tasks() if one.task_id == task_id)
                    found["Description"] = f"{body}\n{value}"
                case _:
                    names = {"subject": "Subject", "body": "Description", "answer": "Dealwarden_Answer__c"}
                    names |= {"due": "ActivityDate", "status": "Status"}
                    found[names[name]] = value
        return found


class HubSpotHands:
    """People in a simulated HubSpot."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self._people = {name: str(70_100_100 + at) for at, name in enumerate(PEOPLE)}
        muted = Property(
            "muted_until", "Muted until", "date", "date", "dealinformation", options=(), standard=False, created=""
        )
        portal.schema.install("deals", muted)
        portal.quirks |= {"search_secondly_max": 100_000, "ten_secondly_max": 100_000}
        portal.quirks |= {"associations_ten_secondly_max": 100_000}

    def add_people(self) -> None:
        for name in PEOPLE:
            owner_id, (first, last) = self._people[name], name.split()
            mail, created = f"{first.lower()}@seller.example.com", "2020-01-01T00:00:00.000Z"
            self.portal.schema.set_owner(Owner(owner_id, str(int(owner_id) + 1_000), mail, first, last, created))

    def retire(self, name: str) -> None:
        owner = self.portal.schema.owners[self._people[name]]
        self.portal.schema.set_owner(replace(owner, archived=True))

    def person_id(self, name: str) -> str:
        return self._people[name]

    def add_deal(self, name: str, facts: Facts) -> str:
        given = {"name": name, "owner": "Rita Rep", "stage": "evaluation", "amount": 5_000, "next_step": "fine"} | facts
        fixed = {"pipeline": "default", "closedate": "2026-12-01T00:00:00.000Z"}
        return str(self.portal.create("deals", self._deal(given) | fixed, by=self.portal.admin_id)["id"])

    def change_deal(self, deal_id: str, facts: Facts) -> None:
        self.portal.update("deals", deal_id, self._deal(facts), by=self.portal.admin_id)

    def delete_deal(self, deal_id: str) -> None:
        self.portal.archive("deals", deal_id, by=self.portal.admin_id)

    def restore_deal(self, deal_id: str) -> None:
        self.portal.restore("deals", deal_id, by=self.portal.admin_id)

    def merge_deals(self, winner: str, loser: str) -> None:
        self.portal.merge("deals", winner, loser, by=self.portal.admin_id)

    def change_task(self, task_id: str, facts: Facts, *, by_us: bool) -> None:
        by = None if by_us else self.portal.admin_id
        self.portal.update("tasks", task_id, self._task(task_id, facts), by=by)

    def delete_task(self, task_id: str) -> None:
        self.portal.archive("tasks", task_id, by=self.portal.admin_id)

    def move_task(self, task_id: str, deal_id: str | None) -> None:
        portal = self.portal
        for link in portal.association_table():
            if (link["from_object"], str(link["from_id"]), link["to_object"]) == ("tasks", task_id, "deals"):
                portal.disassociate("tasks", task_id, Target("deals", int(link["to_id"])), by=portal.admin_id)
        if deal_id is not None:
            known = {label.label: label.key for label in portal.labels("tasks", "deals")}
            target = Target("deals", int(deal_id), tuple(known.values())[:1])
            portal.associate("tasks", task_id, target, by=portal.admin_id)

    def hide(self, record_id: str) -> None:
        self.portal.quirks["hide_rows"] = (*self.portal.quirks["hide_rows"], record_id)

    def score(self, deal_id: str) -> float | None:
        rows = (row for row in self.portal.table("deals") if str(row["id"]) == deal_id)
        score = next(rows)["properties"].get("deal_risk_score")
        return None if score in (None, "") else float(score)

    def tasks(self) -> list[Seen]:
        names = {owner_id: name for name, owner_id in self._people.items()}
        deals = {
            str(link["from_id"]): str(link["to_id"])
            for link in self.portal.association_table()
            if (link["from_object"], link["to_object"]) == ("tasks", "deals")
        }
        found = []
        for row in self.portal.table("tasks"):
            values = row["properties"]
            if not values.get("dealwarden_key"):
                continue
            is_open, reason = values["hs_task_status"] != "COMPLETED", values.get("dealwarden_reason") or ""
            facts = {
                "is": _state(row["archived"], is_open, reason),
                "subject": values["hs_task_subject"],
                "body": html.unescape((values["hs_task_body"] or "").replace("<br>", "\n")),
                "reason": reason,
                "owner": names.get(values.get("hubspot_owner_id"), values.get("hubspot_owner_id")),
                "priority": {"MEDIUM": "normal"}.get(values["hs_task_priority"], values["hs_task_priority"].lower()),
                "status": values["hs_task_status"],
                "due": _day(values["hs_timestamp"]),
            }
            found.append(
                Seen(str(row["id"]), values["dealwarden_key"], deals.get(str(row["id"])), row["createdAt"], facts)
            )
        return found

    def _deal(self, facts: Facts) -> dict[str, Any]:
        stages = {"evaluation": "1093412207", "won": "closedwon", "lost": "closedlost"}
        found: dict[str, Any] = {}
        for name, value in facts.items():
            match name:
                case "stage":
                    found["dealstage"] = stages[value]
                case "owner":
                    found["hubspot_owner_id"] = self._people[value]
                case _:
                    names = {"name": "dealname", "amount": "amount", "next_step": "hs_next_step"}
                    found[names.get(name, name)] = "" if value == "blank" else str(value)
        return found

    def _task(self, task_id: str, facts: Facts) -> dict[str, Any]:
        statuses = {"completed": "COMPLETED", "reopened": "NOT_STARTED"}
        found: dict[str, Any] = {}
        for name, value in facts.items():
            match name:
                case "is":
                    found["hs_task_status"] = statuses[value]
                case "owner":
                    found["hubspot_owner_id"] = self._people[value]
                case "priority":
                    found["hs_task_priority"] = {"normal": "MEDIUM"}.get(value, value.upper())
                case "status":
                    found["hs_task_status"] = value.upper().replace(" ", "_")
                case "note":
                    body = next(
                        row["properties"]["hs_task_body"]
                        for row in self.portal.table("tasks")
                        if str(row["id"]) == task_id
                    )
                    found["hs_task_body"] = f"{body}<br>{html.escape(value, quote=False)}"
                case "due":
                    found["hs_timestamp"] = f"{value}T13:00:00.000Z"
                case _:
                    names = {"subject": "hs_task_subject", "body": "hs_task_body", "answer": "dealwarden_answer"}
                    found[names[name]] = value
        return found


def _state(deleted: bool, is_open: bool, reason: str) -> str:
    if deleted:
        return "deleted"
    if is_open:
        return "open"
    return "closed" if reason else "completed"


def _day(stamp: str) -> str:
    return (datetime.fromisoformat(stamp) - timedelta(hours=4)).date().isoformat() if stamp else ""


def day_of(value: Any, start: date) -> Any:
    """Turn ``day 9`` into a date; leave everything else as it is."""
    if isinstance(value, str) and value.startswith("day "):
        return (start + timedelta(days=int(value.split()[1]))).isoformat()
    return value
