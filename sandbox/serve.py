"""The sandbox as a whole: simulated CRMs, control port, written configuration; inside a process or as a command."""

from __future__ import annotations

import json
import signal
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox import written_config
from sandbox.hubspot.api.auth import App
from sandbox.hubspot.api.control import HubSpotSubject
from sandbox.hubspot.api.service import HubSpot
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed import opening as hubspot_opening
from sandbox.salesforce.api.auth import ConnectedApp
from sandbox.salesforce.api.control import SalesforceSubject
from sandbox.salesforce.api.service import Salesforce
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed import opening as salesforce_opening
from sandbox.server.clock import Clock
from sandbox.server.control import Control, Subject
from sandbox.server.gateway import Gateway
from sandbox.server.http import LoopbackServer
from sandbox.server.options import SEEDED_START, Options, SandboxError, check
from sandbox.server.tls import issue_identity
from sandbox.written_config import Connection

__all__ = ["Options", "Sandbox", "SandboxError", "serve"]

_PATIENCE_S = 3.0
"""How long a stop waits for a request that is still at work."""


class Sandbox:
    """A running sandbox, served by threads of this process.

    Its attributes are there once it is started: those of Salesforce (*org*, *app*, *ca_pem*) and of HubSpot (*portal*,
    *hubspot_app*) where that CRM is served; the URL of one that is not is None.
    """

    salesforce_url: str | None = None
    hubspot_url: str | None = None
    control_url: str
    config_path: Path
    clock: Clock
    org: Org
    app: ConnectedApp
    ca_pem: bytes
    portal: Portal
    hubspot_app: App

    def __init__(self, options: Options, *, host_time: Callable[[], float] = time.time) -> None:
        check(options)
        self._options = options
        self._host_time = host_time
        self._servers: list[LoopbackServer] = []

    def start(self) -> None:
        """Fill the CRMs, open the ports and write the config; when it returns, everything answers."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close ports and connections, then the CRMs. Nothing answers afterwards; a second call does nothing."""
        while self._servers:
            self._servers.pop().stop()
        for crm in (getattr(self, "org", None), getattr(self, "portal", None)):
            if crm is not None and crm.lock.acquire(timeout=_PATIENCE_S):
                try:
                    crm.close()
                finally:
                    crm.lock.release()

    def ready_line(self) -> dict[str, Any]:
        """What the command prints when it answers."""
        return {
            "ready": True,
            "salesforce": self.salesforce_url,
            "hubspot": self.hubspot_url,
            "control": self.control_url,
            "config": str(self.config_path),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        options, host_now = self._options, datetime.fromtimestamp(self._host_time(), UTC)
        # Bound before the CRMs are filled: a port that is taken is found out in a moment and not after a minute.
        control = self._bound(options.control_port)
        self.clock = Clock(SEEDED_START if options.data is None else host_now)
        subjects: dict[str, Subject] = {}
        connections: list[Connection] = []
        for crm, serve_crm in (("salesforce", self._serve_salesforce), ("hubspot", self._serve_hubspot)):
            if options.serves(crm):
                subjects[crm], connection = serve_crm(host_now)
                connections.append(connection)
        control.start(Control(self.clock, subjects).handle)
        self.control_url = control.url
        self.config_path = self._write_config(connections)

    def _serve_salesforce(self, host_now: datetime) -> tuple[Subject, Connection]:
        # Salesforce's client library speaks https only, so its org needs a certificate; HubSpot's takes any base URL.
        identity = issue_identity(host_now)
        server = self._bound(self._options.salesforce_port, identity.server_context())
        self.org = salesforce_opening.open_org(self._options, self.clock)
        service = Salesforce(self.org, url=server.url, now=self.clock.now, host_time=self._host_time)
        gateway = Gateway(service, self.clock)
        server.start(gateway.handle)
        self.salesforce_url, self.app, self.ca_pem = server.url, service.app, identity.ca
        connection = written_config.salesforce(self.org, url=server.url, ca_pem=self.ca_pem, app=self.app)
        return SalesforceSubject(self.org, gateway), connection

    def _serve_hubspot(self, _: datetime) -> tuple[Subject, Connection]:
        server = self._bound(self._options.hubspot_port)
        self.portal = hubspot_opening.open_portal(self._options, self.clock)
        service = HubSpot(self.portal, url=server.url, now=self.clock.now)
        gateway = Gateway(service, self.clock)
        server.start(gateway.handle)
        self.hubspot_url, self.hubspot_app = server.url, service.app
        connection = written_config.hubspot(self.portal, url=server.url, token=service.app.service_key)
        return HubSpotSubject(self.portal, gateway), connection

    def _write_config(self, connections: list[Connection]) -> Path:
        config_out = self._options.config_out or Path(tempfile.mkdtemp(prefix="dealwarden-sandbox-"), "config.toml")
        try:
            return written_config.write(config_out.absolute(), connections)
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
