"""The simulated HubSpot as a bench."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from connectors.contract.contract import Touch, Truth
from connectors.host import Host
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.settings import HubSpotSettings
from connectors.mapping import ScoreMap
from sandbox.hubspot.portal.portal import Target
from sandbox.serve import Sandbox
from tests.contract.sandbox_bench import SandboxBench, field_map, role_of

MAP = field_map(
    "dw_metrics",
    ScoreMap(
        score="deal_risk_score",
        band="deal_risk_band",
        confidence="deal_risk_confidence",
        reasons="deal_risk_reasons",
        as_of="deal_risk_as_of",
    ),
)
_KINDS = {"meetings": "meeting", "calls": "call", "emails": "email"}

Row = dict[str, Any]


class HubSpotBench(SandboxBench):
    crm = "hubspot"
    create_path = "*/tasks/batch/create"
    stamp_step = timedelta(milliseconds=1)

    def __init__(self, box: Sandbox) -> None:
        super().__init__(box)
        # Waiting for room in the short windows has tests of its own; here nothing waits.
        self.quirks(search_secondly_max=10_000, ten_secondly_max=10_000, associations_ten_secondly_max=10_000)

    def connector(self, *, renewing: bool = False) -> HubSpotConnector:
        app, url = self.box.hubspot_app, self.box.hubspot_url
        assert url is not None
        settings = HubSpotSettings(
            auth="oauth" if renewing else "service-key",
            token=lambda: app.service_key,
            client_id=lambda: app.client_id,
            client_secret=lambda: app.client_secret,
            refresh_token=lambda: app.refresh_token,
            base_url=url,
            mapping=MAP,
            read_timeout_s=2.0,
            quota_share=1.0,
        )
        made = HubSpotConnector(settings, host=Host(sleep=lambda s: time.sleep(min(s, 0.001))))
        made.open(None)
        self.opened.append(made)
        return made

    def truth(self) -> Truth:
        zone = ZoneInfo(self.box.portal.time_zone)
        deals = {
            one: {
                "name": row["dealname"],
                "owner_id": row["hubspot_owner_id"],
                "stage_id": row["dealstage"],
                "amount_original": float(row["amount"]) if row["amount"] else None,
                "next_step": row["hs_next_step"],
                "close_date": moment(row["closedate"]).astimezone(zone).date() if row["closedate"] else None,
                "is_closed": row["hs_is_closed"] == "true",
                "is_won": row["hs_is_closed_won"] == "true",
            }
            for one, row in self.rows("deals")
        }
        contacts = {
            one: {"name": f"{row['firstname']} {row['lastname']}", "title": row["jobtitle"]}
            for one, row in self.rows("contacts")
        }
        links = self.box.portal.association_table()
        labels: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in links:
            pair = str(one["from_id"]), str(one["to_id"])
            if (one["from_object"], one["to_object"]) == ("deals", "contacts") and pair[1] in contacts:
                labels[pair] |= {one["label"]} - {None}
        roles = {(*pair, role_of(word)) for pair, words in labels.items() for word in words or {None}}
        living = {*deals, *contacts}
        return Truth(deals, contacts, frozenset(roles), dict(self.touches(links, living)))

    def touches(self, links: list[Row], living: set[str]) -> Iterator[tuple[str, Touch]]:
        there: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for one in links:
            if str(one["to_id"]) in living:
                there[one["from_object"], str(one["from_id"]), one["to_object"]].add(str(one["to_id"]))
        for name, kind in _KINDS.items():
            for one, row in self.rows(name):
                at = moment(row.get("hs_meeting_start_time") or row["hs_timestamp"])
                deals, contacts = (frozenset(there[name, one, other]) for other in ("deals", "contacts"))
                yield f"{kind}:{one}", Touch(kind, at, deals, contacts)

    def rows(self, name: str) -> Iterator[tuple[str, Row]]:
        yield from (
            (str(row["id"]), row["properties"]) for row in self.box.portal.table(name) if not row.get("archived")
        )

    def tasks_with(self, key: str) -> int:
        return sum(row["dealwarden_key"] == key for _, row in self.rows("tasks"))

    def add_deal(self, name: str) -> str:
        return self.create("deals", dealname=name, pipeline="default", dealstage="appointmentscheduled")

    def change_deal(self, deal_id: str, next_step: str) -> None:
        self.box.portal.update("deals", deal_id, {"hs_next_step": next_step}, by=self.box.portal.admin_id)

    def add_contact(self, name: str) -> str:
        first, _, last = name.partition(" ")
        return self.create("contacts", firstname=first, lastname=last)

    def add_role(self, deal_id: str, contact_id: str, role: Literal["champion", "procurement"]) -> None:
        links = self.box.portal.association_table()
        ends = ("deals", deal_id, "contacts", contact_id)
        labels = {one["label"] for one in links if _ends(one) == ends} - {None}
        self.link(*ends, *sorted({*labels, role.title()}))

    def drop_role(self, deal_id: str, contact_id: str) -> None:
        self.box.portal.disassociate("deals", deal_id, Target("contacts", int(contact_id)), by=self.box.portal.admin_id)

    def add_call(self, deal_id: str, contact_id: str) -> str:
        at = self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        call = self.create("calls", hs_timestamp=at, hs_call_direction="OUTBOUND", hs_call_status="COMPLETED")
        self.link("calls", call, "deals", deal_id)
        self.link("calls", call, "contacts", contact_id)
        return f"call:{call}"

    def delete(self, table: Literal["deals", "contacts", "own_tasks"], record_id: str) -> None:
        name = "tasks" if table == "own_tasks" else table
        self.box.portal.archive(name, record_id, by=self.box.portal.admin_id)

    def merge(self, table: Literal["deals", "contacts"], winner: str, loser: str) -> str | None:
        return str(self.box.portal.merge(table, winner, loser, by=self.box.portal.admin_id)["id"])

    def lag_index(self, seconds: float) -> None:
        self.quirks(search_lag_s=seconds)

    def small_pages(self, rows: int) -> None:
        self.quirks(short_pages=rows, association_page=rows)

    def refuse_subject(self, word: str) -> None:
        self.quirks(refuse_subject=word)

    def create(self, name: str, **values: str) -> str:
        return str(self.box.portal.create(name, values, by=self.box.portal.admin_id)["id"])

    def link(self, name: str, record_id: str, other: str, to_id: str, *labels: str) -> None:
        portal = self.box.portal
        known = {known.label: known.key for known in portal.labels(name, other)}
        target = Target(other, int(to_id), tuple(known[label] for label in labels))
        portal.associate(name, record_id, target, by=portal.admin_id)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ends(link: Row) -> tuple[str, str, str, str]:
    return link["from_object"], str(link["from_id"]), link["to_object"], str(link["to_id"])
