"""Salesforce under the name that a connection's ``type`` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Connector
from connectors.plugin import ConnectionContext, ConnectorPlugin


def connect(settings: Mapping[str, Any], *, context: ConnectionContext) -> Connector:
    """Make the connector of one org; *settings* has ``login_url`` also where the configuration gives a domain."""
    # Heavy, and needed only by commands that talk to a CRM.
    from connectors.salesforce.connector import SalesforceConnector  # noqa: PLC0415
    from connectors.salesforce.settings import API_VERSION, SalesforceSettings, TaskFields  # noqa: PLC0415

    return SalesforceConnector(
        SalesforceSettings(
            login_url=settings["login_url"],
            auth=settings["auth"],
            client_id=context.needed_secret("client_id"),
            client_secret=context.secret("client_secret"),
            username=settings.get("username"),
            private_key=context.secret("private_key"),
            audience=settings.get("audience"),
            refresh_token=context.secret("refresh_token"),
            rotating_token=context.rotating("refresh_token"),
            api_version=settings.get("api_version", API_VERSION).removeprefix("v"),
            ca_file=context.ca_file,
            expect_org=settings.get("expect_org"),
            mapping=context.mapping,
            tasks=TaskFields(status_close=context.close_status),
            quota_share=context.quota_share,
            spent_today=context.spent_today,
        ),
        host=context.host,
    )


def deal_url(settings: Mapping[str, Any], org_id: str, deal_id: str) -> str:  # noqa: ARG001  # other CRMs need it
    """Return the address of an opportunity in Lightning."""
    return f"{settings['login_url']}/lightning/r/Opportunity/{deal_id}/view"


PLUGIN: Final = ConnectorPlugin("salesforce", connect, deal_url=deal_url)
