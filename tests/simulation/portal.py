"""A small HubSpot portal, as people use it and as its own tables show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from sandbox import written_config
from sandbox.hubspot.api.control import HubSpotSubject
from sandbox.hubspot.api.service import HubSpot
from sandbox.hubspot.portal.definitions import Option, Property
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.provision import provision
from sandbox.hubspot.seed.seeded_stages import SEEDED_PIPELINE
from sandbox.server.gateway import Gateway
from tests.simulation.clock import START, VirtualClock
from tests.simulation.crms import Fields
from tests.simulation.records import MARKS, Deal, Task

_DEAL = {
    "name": "dealname", "kind": "dealtype", "owner": "hubspot_owner_id", "muted_until": "sim_muted",
    **{mark: f"sim_{mark}" for mark in MARKS},
}  # fmt: skip
_STAGES = {"open": "qualifiedtobuy", "won": "closedwon", "lost": "closedlost"}
_KINDS = {"New Business": "newbusiness", "Renewal": "Renewal"}
_TASK = {
    "subject": "hs_task_subject", "body": "hs_task_body", "owner": "hubspot_owner_id", "priority": "hs_task_priority",
    "due": "hs_timestamp", "answer": "dealwarden_answer", "key": "dealwarden_key",
}  # fmt: skip
_OURS = ("deal_risk_score", "deal_risk_band", "deal_risk_confidence", "deal_risk_reasons", "deal_risk_as_of")
_PEOPLES = frozenset(
    {"dealname", "dealstage", "pipeline", "amount", "closedate", "dealtype", "hubspot_owner_id", "hs_next_step",
     "sim_muted", *(f"sim_{mark}" for mark in MARKS)}
)  # fmt: skip
_OWNERS = tuple(str(70_100_100 + index) for index in range(3))


@cache
def _furnished() -> Portal:
    """A portal with our properties, those that the rules look at, stages and people: histories begin with a copy."""
    portal = Portal(now=lambda: START)
    provision(portal)
    for mark in (*MARKS, "muted"):
        kind = ("date", "date") if mark == "muted" else ("string", "text")
        portal.schema.install("deals", Property(f"sim_{mark}", mark, *kind, "dealinformation", standard=False))
    types = portal.schema.all("deals")["dealtype"]
    renewal = Option("Renewal", "Renewal")
    portal.schema.install("deals", replace(types, options=(*types.options, renewal)))
    portal.schema.set_pipelines(SEEDED_PIPELINE)
    for index, one in enumerate(_OWNERS):
        made = "2024-01-01T00:00:00.000Z"
        owner = Owner(one, str(61_200_100 + index), f"rep{index}@seller.example.com", "Rep", str(index), made)
        portal.schema.set_owner(owner)
    return portal


class SimulatedPortal:
    """A small HubSpot portal."""

    name = "hubspot"
    writes = "*/batch/[cu]*"
    creates = "*/tasks/batch/create"
    reads = ("*/search",)

    def __init__(self, clock: VirtualClock) -> None:
        self.portal = Portal(now=clock.now, like=_furnished())
        self.owners = _OWNERS
        url = "http://127.0.0.1:9"
        service = HubSpot(self.portal, url=url, now=clock.now)
        self.gateway = Gateway(service, clock)
        self._subject = HubSpotSubject(self.portal, self.gateway)
        self.connection = written_config.hubspot(self.portal, url=url, token=service.app.service_key)

    def deals(self) -> dict[str, Deal]:
        return {row["id"]: self._deal(row) for row in self.portal.table("deals")}

    def _deal(self, row: Fields) -> Deal:
        has = row["properties"]
        state = {"closedwon": "won", "closedlost": "lost"}.get(has["dealstage"], "open")
        return Deal(
            id=row["id"], name=has["dealname"], state="deleted" if row["archived"] else state,  # type: ignore[arg-type]
            close_date=date.fromisoformat(has["closedate"][:10]),
            kind="Renewal" if has.get("dealtype") == "Renewal" else has.get("dealtype"),
            muted_until=date.fromisoformat(has["sim_muted"][:10]) if has.get("sim_muted") else None,
            owner=has.get("hubspot_owner_id"), marks={mark: has.get(f"sim_{mark}") or None for mark in MARKS},
            others={name: value for name, value in has.items() if name in _PEOPLES},
            scores={name: has.get(name) for name in _OURS},
        )  # fmt: skip

    def tasks(self) -> list[Task]:
        return [self._task(row) for row in self.portal.table("tasks") if row["properties"].get("dealwarden_key")]

    def _task(self, row: Fields) -> Task:
        has = row["properties"]
        done = has["hs_task_status"] == "COMPLETED"
        return Task(
            id=row["id"], key=has["dealwarden_key"], is_open=not done and not row["archived"],
            is_deleted=row["archived"],
            by_us=has.get("hs_updated_by_user_id") == self.portal.user_id, reason=has.get("dealwarden_reason") or "",
            fields={
                name: has.get(_TASK[name]) for name in ("subject", "body", "owner", "priority", "due", "answer")
            },
        )  # fmt: skip

    def add_deal(self, fields: Fields) -> str:
        made = self.portal.create("deals", {"pipeline": "default", **self._words(fields)}, by=self.portal.admin_id)
        return str(made["id"])

    def edit_deal(self, deal_id: str, fields: Fields) -> None:
        self._subject.edit({"object": "deals", "id": deal_id, "fields": self._words(fields)})

    def _words(self, fields: Fields) -> dict[str, Any]:
        words: dict[str, Any] = {}
        for name, value in fields.items():
            match name:
                case "close_date":
                    words["closedate"] = f"{value}T16:00:00.000Z"
                case "state":
                    words["dealstage"] = _STAGES[value]
                case "kind":
                    words["dealtype"] = _KINDS[value]
                case _:
                    words[_DEAL[name]] = "" if value is None else str(value)
        return words

    def delete_deal(self, deal_id: str) -> None:
        self._subject.edit({"object": "deals", "id": deal_id, "delete": True})

    def edit_task(self, task_id: str, fields: Fields) -> None:
        words = {_TASK[name]: value for name, value in fields.items() if name != "state"}
        if "state" in fields:
            words["hs_task_status"] = "COMPLETED" if fields["state"] == "completed" else "NOT_STARTED"
        if "priority" in fields:
            words["hs_task_priority"] = str(fields["priority"]).upper()
        if "due" in fields:
            words["hs_timestamp"] = f"{fields['due']}T16:00:00.000Z"
        self._subject.edit({"object": "tasks", "id": task_id, "fields": words})

    def delete_task(self, task_id: str) -> None:
        self._subject.edit({"object": "tasks", "id": task_id, "delete": True})

    def restore_task(self, task_id: str) -> None:
        self._subject.edit({"object": "tasks", "id": task_id, "restore": True})

    def hide(self, marks: frozenset[str]) -> None:
        self._subject.set_quirks({"hide_properties": [f"deals.sim_{mark}" for mark in sorted(marks)]})

    def narrow(self) -> None:
        self._subject.set_quirks({"missing_scopes": ["sales-email-read"]})

    def quirks(self, values: Fields) -> None:
        self._subject.set_quirks({name: value for name, value in values.items() if name in self._subject.quirks()})
