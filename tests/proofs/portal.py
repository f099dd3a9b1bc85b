"""A simulated HubSpot portal as a world of its own."""

from __future__ import annotations

from typing import Any

from tests.proofs.world import World

KEY = "dealwarden_key"


class PortalWorld(World):
    """One running simulated HubSpot and the folder of the daemon that works on it."""

    crm = "hubspot"

    def own_tasks(self) -> list[dict[str, Any]]:
        return [row for row in self.table("tasks") if row["properties"].get(KEY)]

    def keys(self) -> list[str]:
        return sorted(row["properties"][KEY] for row in self.own_tasks())

    def keys_by_id(self) -> dict[str, str]:
        return {row["id"]: row["properties"][KEY] for row in self.own_tasks()}

    def open_tasks(self) -> list[dict[str, Any]]:
        done = {"COMPLETED"}
        return [
            row for row in self.own_tasks() if row["properties"]["hs_task_status"] not in done and not row["archived"]
        ]

    def task(self, task_id: str) -> dict[str, Any]:
        return next(row for row in self.own_tasks() if row["id"] == task_id)

    def open_deals(self) -> list[dict[str, Any]]:
        return [row for row in self.table("deals") if row["properties"].get("hs_is_closed") != "true"]

    def deal_of(self, task_id: str) -> str:
        """Give the one deal that a task is linked to."""
        ends = ("tasks", task_id, "deals")
        links = self.table("associations")
        (deal,) = {one["to_id"] for one in links if (one["from_object"], one["from_id"], one["to_object"]) == ends}
        return str(deal)

    def limits(self) -> dict[str, Any]:
        return dict(self._ask("GET", "calls")["limits"])

    def refused(self) -> int:
        return int(self._ask("GET", "calls")["by_status"].get("429", 0))
