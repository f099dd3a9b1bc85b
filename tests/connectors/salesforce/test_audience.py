"""Whom a JWT is for, by the address of the org."""

from __future__ import annotations

import pytest

from connectors.salesforce.audience import audience_of

LOGIN, TEST = "https://login.salesforce.com", "https://test.salesforce.com"


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("acme.my.salesforce.com", LOGIN),
        ("login.salesforce.com", LOGIN),
        ("na139.salesforce.com", LOGIN),
        ("acme-dev-ed.develop.my.salesforce.com", LOGIN),
        ("acme-dev-ed.trailblaze.my.salesforce.com", LOGIN),
        ("sandbox.my.salesforce.com", LOGIN),
        ("test.salesforce.com", TEST),
        ("acme--uat.sandbox.my.salesforce.com", TEST),
        ("acme--uat.my.salesforce.com", TEST),
        ("acme--uat.cs81.my.salesforce.com", TEST),
        ("velocity-ability-1234.scratch.my.salesforce.com", TEST),
        ("velocity-ability-1234.cs99.my.salesforce.com", TEST),
        ("cs81.my.salesforce.com", TEST),
        ("cs81.salesforce.com", TEST),
        ("CS81.My.Salesforce.com", TEST),
        ("usa1234s.sfdc-8tgtt5.salesforce.com", TEST),
        ("usa1234.sfdc-8tgtt5.salesforce.com", LOGIN),
    ],
)
def test_the_address_tells_the_audience(host: str, audience: str) -> None:
    assert audience_of(f"https://{host}") == audience


@pytest.mark.parametrize("host", ["127.0.0.1:4433", "notsalesforce.com"])
def test_another_host_is_its_own_audience(host: str) -> None:
    assert audience_of(f"https://{host}") == f"https://{host}"


@pytest.mark.parametrize(
    ("configured", "audience"),
    [("test", TEST), ("login", LOGIN), ("https://sso.acme.example/", "https://sso.acme.example")],
)
def test_a_configured_audience_decides(configured: str, audience: str) -> None:
    assert audience_of("https://acme.my.salesforce.com", configured) == audience
