"""The product in a simulation: its own workspace, store and connectors, one process life after the other."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from rules.model import RuleSet
from sync.app.rule_files import load_rule_sets
from sync.app.workspace import Workspace
from sync.config.config import Config, parse_config
from sync.connection.context import ReadyConnection
from sync.connection.progress import SilentProgress
from sync.errors import OUR_FAULT, NoPlanError
from sync.model.cycle_report import ConnectionReport
from sync.store.store import Store
from tests.simulation.clock import VirtualClock
from tests.simulation.crash import Crash, Killed, MortalDatabase
from tests.simulation.crms import SimulatedCrm
from tests.simulation.disk import FOLDER, open_disk
from tests.simulation.records import MARKS
from tests.simulation.rulebook import EDITIONS
from tests.simulation.wire import Wire, plug_in

_NO_OTHER_CAPS: Final = 'open_per_owner = 0\nnew_per_owner_per_day = 0\npause_owner_at = 0\nramp = "0 business days"'
ONE_A_DEAL: Final = f"open_per_deal = 1\n{_NO_OTHER_CAPS}"
UNCAPPED: Final = f"open_per_deal = 0\n{_NO_OTHER_CAPS}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the operator configured: the edition of the rules, how far the connection may go, its name."""

    edition: str = "first"
    mode: str = "enforce"
    name: str = "crm"
    caps: str = UNCAPPED


@dataclass
class Product:
    """The product on one simulated CRM: what is on disk outlives a process, the workspace does not."""

    crm: SimulatedCrm
    clock: VirtualClock
    wire: Wire
    crash: Crash
    store: str = "sqlite"
    setting: Setting = field(default_factory=Setting)
    _living: Workspace | None = None

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))
        for name, secret in self.crm.connection.secrets.items():
            (self.folder / name).write_text(secret)
        self.disk = open_disk(self.store)

    def run(self, command: str = "sync") -> ConnectionReport | None:
        """Run one command to its end, in the process that lives or in a new one; None if the process was killed."""
        try:
            report = self._workspace().run(self.setting.name, command)  # type: ignore[arg-type]
            self.crash.point("after a cycle")
        except Killed:
            self.end()
            return None
        assert report.exit_code != OUR_FAULT, report.error
        return report

    def apply(self) -> ConnectionReport | None:
        """Apply the latest stored plan; None if the process was killed, or there is no plan."""
        try:
            return self._workspace().apply(None)[self.setting.name]
        except NoPlanError:
            return None
        except Killed:
            self.end()
            return None

    @property
    def living(self) -> object:
        """The process that lives, if one does."""
        return self._living

    def end(self) -> None:
        """End the process, as if it had been killed where it stands."""
        if self._living is not None:
            self.crash.arm(None)
            self._living.close()
            self._living = None

    def configure(self, setting: Setting) -> None:
        """Start a new process with another configuration."""
        self.end()
        self.setting = setting

    def back_up(self) -> None:
        """Copy the database while no process has it."""
        self.end()
        self.disk.back_up()

    def restore(self) -> bool:
        """Put the copy of the database in its place; False if there is none."""
        self.end()
        return self.disk.restore()

    def lose(self) -> None:
        """Lose the database."""
        self.end()
        self.disk.lose()

    def close(self) -> None:
        """End the process and forget what was on its disk."""
        self.end()
        self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ledger(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the product's database past the product."""
        return self.disk.ask(question)

    def _workspace(self) -> Workspace:
        if self._living is None:
            config, rulesets = _configured(self.crm.connection.tables, self.crm.name, self.setting)
            config = replace(config, path=self.folder / "config.toml")
            store = Store(MortalDatabase(self.disk.backend(), self.crash))
            self._living = _Wired(config, rulesets, store, SilentProgress(), self.clock.host())
            self._living.wire = self.wire
        return self._living


class _Wired(Workspace):
    """A workspace whose connectors speak over the simulated network."""

    wire: Wire

    def _connected_to(self, name: str) -> ReadyConnection:
        new = name not in self._connected
        one = super()._connected_to(name)
        if new:
            plug_in(one.connector, self.wire)
        return one


@cache
def _configured(tables: tuple[str, ...], crm: str, setting: Setting) -> tuple[Config, Mapping[str, RuleSet]]:
    folder = FOLDER / f"{crm}-{setting.edition.replace(' ', '-')}"
    (folder / "rules.d").mkdir(parents=True, exist_ok=True)
    (folder / "rules.d" / "simulated.toml").write_text(EDITIONS[setting.edition].toml())
    field_of = {mark: f"Sim_{mark.title()}__c" if crm == "salesforce" else f"sim_{mark}" for mark in (*MARKS, "muted")}
    own = "\n".join(tables).replace(f"[connections.{crm}", f"[connections.{setting.name}")
    own = own.replace('mode = "enforce"', f'mode = "{setting.mode}"\nmuted_until = "{field_of["muted"]}"')
    head = f"""
[store]
url = "sqlite:///dealwarden.db"
[rules]
packs = []
[scope]
where = "deal_type <> 'Renewal'"
[tasks]
{setting.caps}
[digest]
day = "off"
"""
    extras = [f"[connections.{setting.name}.extras]", *(f'{mark} = "{field_of[mark]}"' for mark in MARKS)]
    for name in ("client_id", "client_secret", "hubspot_token", "ca.pem"):
        (folder / name).touch()
    config = parse_config(folder / "config.toml", "\n".join((head, own, *extras)))
    return config, load_rule_sets(config)


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Let what the product and the simulated CRM draw by chance depend on *seed* alone."""
    dice, state, draw, token = random.Random(seed), random.getstate(), uuid.uuid4, secrets.token_hex
    random.seed(seed)
    uuid.uuid4 = lambda: uuid.UUID(int=dice.getrandbits(128), version=4)
    secrets.token_hex = lambda nbytes=None: random.randbytes(nbytes or 32).hex()
    try:
        with tempfile.TemporaryDirectory(dir=FOLDER) as ours, patch.dict(os.environ, RUNTIME_DIRECTORY=ours):
            yield  # another process may play the same seed, and its leases would have the same names
    finally:
        random.setstate(state)
        uuid.uuid4, secrets.token_hex = draw, token
