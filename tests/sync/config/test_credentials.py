"""Credentials in addresses are refused in every setting, and never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.config.config import parse_config
from sync.config.credentials import masked, shown_url
from sync.errors import ConfigError

SALESFORCE = """
[connections.acme]
type = "salesforce"
client_id = "env:ID"
client_secret = "env:SECRET"
login_url = "{url}"
"""
HUBSPOT = """
[connections.acme]
type = "hubspot"
token = "env:TOKEN"
base_url = "{url}"
"""
STORE = """
[store]
url = "{url}"
"""


@pytest.mark.parametrize("table", [SALESFORCE, HUBSPOT, STORE], ids=["salesforce", "hubspot", "store"])
@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@acme.example",
        "https://user:hunt/hunter2@acme.example/path",
        "https://user:a@hunter2@acme.example",
        "https://hunter2@acme.example",
        "user:hunter2@acme.example",
        "http://127.0.0.1:9/?access_token=hunter2",
        "postgresql://user:hunter2@acme.example/deals",
        "https://:hunter2@acme.example",
    ],
)
def test_an_address_with_credentials_is_refused_and_never_printed(table: str, url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(Path("config.toml"), table.format(url=url))
    assert "hunter2" not in str(refused.value)


def test_a_domain_with_credentials_is_not_printed() -> None:
    text = SALESFORCE.replace('login_url = "{url}"', 'domain = "user:hunter2@acme"')
    with pytest.raises(ConfigError) as refused:
        parse_config(Path("config.toml"), text)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('found "https://a:b@c", expected', 'found "https://...@c", expected'),
        ("expected postgresql://user@host:5432/database", "expected postgresql://user@host:5432/database"),
        ("see https://a.example/?api_key=b&c=d", "see https://a.example/?api_key=...&c=d"),
        ("write password = env:NAME", "write password = env:NAME"),
    ],
)
def test_messages_keep_all_but_credentials(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_of_a_wrong_address_scheme_and_host_are_repeated() -> None:
    assert shown_url("http://acme.example/services/x?y=z") == "http://acme.example/..."
