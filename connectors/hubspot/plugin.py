"""HubSpot under the name that a connection's ``type`` gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.base import Connector
from connectors.plugin import ConnectionContext, ConnectorPlugin


def connect(settings: Mapping[str, Any], *, context: ConnectionContext) -> Connector:
    """Make the connector of one portal."""
    # Heavy, and needed only by commands that talk to a CRM.
    from connectors.hubspot.api import DEFAULT_VERSION  # noqa: PLC0415
    from connectors.hubspot.connector import HubSpotConnector  # noqa: PLC0415
    from connectors.hubspot.rows.tasks import COMPLETED  # noqa: PLC0415
    from connectors.hubspot.settings import BASE_URL, HubSpotSettings  # noqa: PLC0415

    return HubSpotConnector(
        HubSpotSettings(
            auth=settings["auth"],
            token=context.secret("token"),
            client_id=context.secret("client_id"),
            client_secret=context.secret("client_secret"),
            refresh_token=context.secret("refresh_token"),
            rotating_token=context.rotating("refresh_token"),
            base_url=settings.get("base_url", BASE_URL).rstrip("/"),
            api_version=settings.get("api_version", DEFAULT_VERSION),
            ca_file=context.ca_file,
            expect_org=settings.get("expect_org"),
            mapping=context.mapping,
            status_close=context.close_status or COMPLETED,
            quota_share=context.quota_share,
            spent_today=context.spent_today,
        ),
        host=context.host,
    )


def deal_url(settings: Mapping[str, Any], org_id: str, deal_id: str) -> str:  # noqa: ARG001  # other CRMs need them
    """Return the address of a deal in the portal; HubSpot leads on to the portal's own host."""
    return f"https://app.hubspot.com/contacts/{org_id}/record/0-3/{deal_id}"


PLUGIN: Final = ConnectorPlugin("hubspot", connect, deal_url=deal_url)
