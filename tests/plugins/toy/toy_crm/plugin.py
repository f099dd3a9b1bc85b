from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Connector
from connectors.plugin import ConnectionContext, ConnectorPlugin, Key


def connect(settings: Mapping[str, Any], *, context: ConnectionContext) -> Connector:
    from toy_crm.connector import ToyConnector

    return ToyConnector(settings["account"], context.needed_secret("token"), deals=settings.get("deals", 2))


def check(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if settings.get("deals", 1) < 1:
        yield "deals", f"found {settings['deals']}, expected at least 1"


PLUGIN = ConnectorPlugin(
    name="toy",
    connect=connect,
    keys={
        "account": Key("the account's name", required=True),
        "token": Key("the key of the account", required=True, secret=True),
        "deals": Key("how many deals there are", kind=int),
    },
    check=check,
    reads=frozenset(),
    modes=("observe",),
    why_modes="the toy CRM takes no writes",
)
