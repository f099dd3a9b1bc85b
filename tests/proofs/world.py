"""A simulated org with a configuration of its own, and the questions that proofs ask of it."""

from __future__ import annotations

import json
import tomllib
import urllib.request
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sandbox.serve import Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.model.cycle_report import ConnectionReport
from tests.postgres import empty
from tests.stores import Place, put_empty_store

KEY = "Dealwarden_Key__c"
PERSON = "Sandbox Admin"
OUR_USER = "dealwarden.integration@sandbox.example"


@dataclass(frozen=True, slots=True)
class World:
    """One running simulated Salesforce and the folder of the daemon that works on it."""

    box: Sandbox
    crm: ClassVar[str] = "salesforce"

    @property
    def config(self) -> Path:
        return self.box.config_path

    @property
    def database(self) -> Path:
        return self.config.parent / "dealwarden.db"

    @property
    def place(self) -> Place:
        """Where the store lies, whichever database the config names."""
        return Place(load_config(self.config).store_url, self.config.parent)

    def run(self, command: str = "sync") -> ConnectionReport:
        """Run one command in a fresh workspace, as a fresh process would."""
        with Workspace.open(load_config(self.config), progress=SilentProgress()) as workspace:
            return workspace.run(self.crm, command)  # type: ignore[arg-type]

    def sync(self) -> ConnectionReport:
        """Run one cycle that must end well."""
        report = self.run()
        assert report.error is None, report.error
        assert not report.incomplete, report.incomplete_reason
        return report

    def forget(self) -> None:
        """Lose the local database."""
        if self.place.kind == "postgresql":
            empty(self.place.url)
        for path in self.config.parent.glob("dealwarden.db*"):
            path.unlink()
        self.prepare()

    def prepare(self) -> None:
        """Put our tables where the database will be: the program would make them, at half the cost of a cycle."""
        if self.place.kind == "sqlite":
            put_empty_store(self.place.file)

    def reword_config(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text, f"{old!r} does not stand in the config"
        self.config.write_text(text.replace(old, new))

    def table(self, name: str) -> list[dict[str, Any]]:
        """Read a whole object from the org's own tables: the oracle of every proof."""
        return self._ask("GET", f"tables/{name}")

    def own_tasks(self) -> list[dict[str, Any]]:
        return [row for row in self.table("Task") if row[KEY]]

    def keys(self) -> list[str]:
        return sorted(row[KEY] for row in self.own_tasks())

    def keys_by_id(self) -> dict[str, str]:
        return {row["Id"]: row[KEY] for row in self.own_tasks()}

    def open_tasks(self) -> list[dict[str, Any]]:
        return [row for row in self.own_tasks() if not row["IsClosed"] and not row["IsDeleted"]]

    def edit(self, sobject: str, record_id: str, **fields: Any) -> None:
        """Change a record as a person would."""
        self._ask("POST", "edit", {"object": sobject, "id": record_id, "fields": fields, "as": PERSON})

    def write_late(self, sobject: str, record_id: str, **fields: Any) -> None:
        """Change a record as our own user, as a write of ours does that was long on its way."""
        self._ask("POST", "edit", {"object": sobject, "id": record_id, "fields": fields, "as": OUR_USER})

    def delete(self, sobject: str, record_id: str) -> None:
        """Delete a record as a person would."""
        self._ask("POST", "edit", {"object": sobject, "id": record_id, "delete": True, "as": PERSON})

    def quirks(self, **values: Any) -> None:
        self._ask("POST", "quirks", values)

    def faults(self, *faults: Mapping[str, Any]) -> None:
        self._ask("POST", "faults", list(faults))

    def fired(self) -> int:
        """Count the planned faults that have happened."""
        return sum(1 for fault in self._ask("GET", "faults") if fault.get("fired"))

    def advance(self, **spans: int) -> None:
        seconds = {"minutes": 60, "hours": 3600, "days": 86400}
        self._ask("POST", "clock", {"advance_s": sum(seconds[unit] * count for unit, count in spans.items())})

    def set_clock(self, now: str) -> None:
        self._ask("POST", "clock", {"now": now})

    def reset_calls(self) -> None:
        self._ask("POST", "calls/reset", {})

    def calls(self) -> Counter[str]:
        return Counter(self._ask("GET", "calls")["by_kind"])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.box.control_url}/_sandbox/{path}?crm={self.crm}"
        request = urllib.request.Request(address, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


W = TypeVar("W", bound=World)


def core_alone(world: W) -> W:
    """Leave *world* to the core pack: proofs are about tasks, whatever rule asks; more rules take longer."""
    world.reword_config('overlay = "rules.d"', 'packs = ["core"]\noverlay = "rules.d"')
    world.prepare()
    return world


def kept_in(world: W, url: str) -> W:
    """Have *world* keep its store at *url*."""
    now = tomllib.loads(world.config.read_text())["store"]["url"]
    world.reword_config(f'url = "{now}"', f'url = "{url}"')
    return world
