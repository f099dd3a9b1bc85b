"""The sandbox as a whole: simulated CRM, control port, written configuration; inside a process or as a command."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from connectors.sandbox import written_config
from connectors.sandbox.clock import Clock
from connectors.sandbox.control import Control
from connectors.sandbox.gateway import Gateway
from connectors.sandbox.http import LoopbackServer
from connectors.sandbox.salesforce import exports, populate, provision
from connectors.sandbox.salesforce.auth import ConnectedApp
from connectors.sandbox.salesforce.control import SalesforceSubject
from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.salesforce.service import Salesforce
from connectors.sandbox.tls import issue_identity

SEEDED_START = datetime(2026, 6, 15, 9, tzinfo=UTC)
"""The time at which a made-up org begins; an org from exports begins at real time."""

DEFAULT_DEALS = 200
_MOST_DEALS = 1_000_000
_PATIENCE_S = 3.0
"""How long a stop waits for a request that is still at work."""


class SandboxError(ValueError):
    """The sandbox cannot be started as asked: change the options."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to serve, and where. Ports of 0 are free ones; without *config_out* the config goes to a new folder."""

    crm: Literal["salesforce", "hubspot", "both"] = "salesforce"
    data: Path | None = None
    deals: int | None = None
    seed: int = 1
    bare: bool = False
    state: Path | None = None
    salesforce_port: int = 0
    hubspot_port: int = 0
    control_port: int = 0
    config_out: Path | None = None


class Sandbox:
    """A running sandbox, served by threads of this process. Its attributes are there once it is started."""

    salesforce_url: str | None
    control_url: str
    config_path: Path
    org: Org
    clock: Clock
    app: ConnectedApp
    ca_pem: bytes

    def __init__(self, options: Options, *, host_time: Callable[[], float] = time.time) -> None:
        _check(options)
        self._options = options
        self._host_time = host_time
        self._servers: list[LoopbackServer] = []

    def start(self) -> None:
        """Fill the org, open both ports and write the config; when it returns, everything answers."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close ports and connections, then the org. Nothing answers afterwards; a second call does nothing."""
        while self._servers:
            self._servers.pop().stop()
        org = getattr(self, "org", None)
        if org is not None and org.lock.acquire(timeout=_PATIENCE_S):
            try:
                org.close()
            finally:
                org.lock.release()

    def ready_line(self) -> dict[str, Any]:
        """What the command prints when it answers."""
        return {
            "ready": True,
            "salesforce": self.salesforce_url,
            "hubspot": None,
            "control": self.control_url,
            "config": str(self.config_path),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        options = self._options
        host_now = datetime.fromtimestamp(self._host_time(), UTC)
        identity = issue_identity(host_now)
        api = self._bound(options.salesforce_port, identity.server_context())
        control = self._bound(options.control_port)
        self.clock = Clock(SEEDED_START if options.data is None else host_now)
        self.org = _org(options, self.clock)
        service = Salesforce(self.org, url=api.url, now=self.clock.now, host_time=self._host_time)
        gateway = Gateway(service, self.clock)
        api.start(gateway.handle)
        control.start(Control(self.clock, {"salesforce": SalesforceSubject(self.org, gateway)}).handle)
        self.salesforce_url, self.control_url = api.url, control.url
        self.app, self.ca_pem = service.app, identity.ca
        self.config_path = self._write_config(api.url)

    def _write_config(self, url: str) -> Path:
        config_out = self._options.config_out or Path(tempfile.mkdtemp(prefix="dealwarden-sandbox-"), "config.toml")
        try:
            return written_config.write(
                self.org,
                url=url,
                path=config_out.absolute(),
                ca_pem=self.ca_pem,
                client_id=self.app.client_id,
                client_secret=self.app.client_secret,
            )
        except OSError as error:
            raise SandboxError(f"--config-out {config_out}: cannot be written: {error}") from error

    def _bound(self, port: int, tls: ssl.SSLContext | None = None) -> LoopbackServer:
        try:
            server = LoopbackServer(port, tls)
        except (OSError, OverflowError) as error:
            raise SandboxError(f"port {port} of 127.0.0.1 cannot be served: {error}; choose another or 0") from error
        self._servers.append(server)
        return server


def serve(options: Options) -> int:
    """Serve until SIGTERM or SIGINT. Stdout carries the ready line and nothing else; the result is the exit code."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        with Sandbox(options) as sandbox:
            print(json.dumps(sandbox.ready_line()), flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except SandboxError as error:
        print(f"sandbox serve: {error}", file=sys.stderr)
        return 2


def _check(options: Options) -> None:
    if options.crm != "salesforce":
        raise SandboxError(f"--crm {options.crm}: only salesforce is served; leave the option out")
    if options.data is not None and options.deals is not None:
        raise SandboxError("--data and --deals exclude each other: an org is either loaded or made up")
    if options.deals is not None and not 0 <= options.deals <= _MOST_DEALS:
        raise SandboxError(f"--deals {options.deals}: expected a number from 0 to {_MOST_DEALS:,}")


def _org(options: Options, clock: Clock) -> Org:
    """The org as the options want it; one that is kept in a state file goes on where it stopped.

    A state file is filled under another name, so that a start that was killed leaves no half of an org behind.
    """
    if options.state is None:
        org = Org(now=clock.now)
        _fill(org, options, clock)
        return org
    try:
        if not options.state.exists():
            half = options.state.with_name(options.state.name + ".part")
            for leftover in half.parent.glob(f"{half.name}*"):  # with the log that SQLite keeps beside it
                leftover.unlink()
            with contextlib.closing(Org(now=clock.now, state=half)) as new:
                _fill(new, options, clock)
            half.replace(options.state)
        org = Org(now=clock.now, state=options.state)
    except (sqlite3.Error, OSError) as error:
        raise SandboxError(f"--state {options.state}: cannot be used as a state file: {error}") from error
    org.quirks["multicurrency"] = bool(org.table("CurrencyType"))
    clock.set(_last_write(org, clock.now()))
    return org


def _last_write(org: Org, start: datetime) -> datetime:
    """*start*, or the youngest stamp of the org if that is later: its clock must not begin before it."""
    stamps = [start]
    for name, sobject in org.schema.objects.items():
        if "SystemModstamp" in sobject.fields and org.schema.sees(org.quirks, sobject):
            soql = f"SELECT SystemModstamp FROM {name} ORDER BY SystemModstamp DESC NULLS LAST LIMIT 1"  # noqa: S608
            rows = org.select(soql, all_rows=True).page(0, 1)
            stamps += [datetime.fromisoformat(row["SystemModstamp"]) for row in rows if row["SystemModstamp"]]
    return max(stamps)


def _fill(org: Org, options: Options, clock: Clock) -> None:
    if not options.bare:
        provision.provision(org)
    if options.data is None:
        deals = DEFAULT_DEALS if options.deals is None else options.deals
        populate.populate(org, deals=deals, seed=options.seed, now=clock.now())
        return
    try:
        exports.load_folder(org, options.data)
    except exports.ExportError as error:
        raise SandboxError(f"--data {error}") from error
