"""Recorded Salesforce requests, sent to the sandbox with its own ids: statuses, bodies and headers are alike."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
import requests

from tests.sandbox.recorded.client import Client
from tests.sandbox.recorded.differences import (
    EXTRA_DESCRIBE_KEYS,
    EXTRA_HEADERS,
    MISSING_DESCRIBE_KEYS,
    MISSING_FIELDS,
    MISSING_HEADERS,
    NOT_SERVED_OBJECTS,
    NOT_SERVED_PATHS,
    NOT_SERVED_SYNTAX,
)
from tests.sandbox.recorded.recordings import Exchange, all_exchanges
from tests.sandbox.recorded.shapes import differences

_RECORD_ID = re.compile(r"\b(?:001|003|006|00D)[0-9A-Za-z]{15}\b")
_PREFIXES = {"001": "Account", "003": "Contact", "006": "Opportunity"}
_NEW = {"Account": {"Name": "To be deleted"}, "Contact": {"LastName": "To be deleted"}}
_OBJECT = re.compile(r"/sobjects/(\w+)|\bfrom (\w+)|\"type\": \"(\w+)\"", re.IGNORECASE)


def served(exchange: Exchange) -> bool:
    """Whether the sandbox means to answer this; what it does not is in the table of differences."""
    sent = json.dumps([exchange.path, exchange.query, exchange.sent])
    objects = {name for groups in _OBJECT.findall(sent) for name in groups if name}
    deleted = {key for key in ("00Q", "00v", "701") if exchange.query.get("ids", "").startswith(key)}
    return not (
        deleted
        or objects & NOT_SERVED_OBJECTS.keys()
        or any(exchange.path.replace("//", "/").startswith(path) for path in NOT_SERVED_PATHS)
        or any(word in exchange.query.get("q", "") for word in NOT_SERVED_SYNTAX)
    )


EXCHANGES = [pytest.param(item, id=f"{n}-{item.kind}") for n, item in enumerate(all_exchanges()) if served(item)]


def replay(client: Client, exchange: Exchange) -> requests.Response:
    """Send the recorded request, about rows that the sandbox has; or has not, where the recorded ones were gone."""
    query = {name: without_missing_fields(value) for name, value in exchange.query.items()}
    text = json.dumps([exchange.path, query, exchange.sent]).replace("vxx.0", "v64.0")
    for record_id in dict.fromkeys(_RECORD_ID.findall(text)):
        text = text.replace(record_id, substitute(client, exchange, record_id, text))
    path, query, sent = json.loads(text)
    target = f"{path}?{urlencode(query)}" if query else path
    return client.send(exchange.method, target) if sent is None else client.send(exchange.method, target, json=sent)


def without_missing_fields(soql: str) -> str:
    return re.sub(rf", (?:{'|'.join(MISSING_FIELDS)})\b", "", soql)


def substitute(client: Client, exchange: Exchange, record_id: str, text: str) -> str:
    if record_id.startswith("00D"):
        return client.sandbox.org.org_id
    if exchange.status == 404:
        return f"{record_id[:3]}zzzzzzzzzzzzAAA"
    sobject = _PREFIXES[record_id[:3]]
    if exchange.method == "DELETE":
        made = client.send("POST", f"/services/data/v64.0/sobjects/{sobject}", json=_NEW[sobject])
        return str(made.json()["id"])
    return next(own for own in client.ids(sobject) if own not in text)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_recorded_request_is_answered_alike(client: Client, exchange: Exchange) -> None:
    answer = replay(client, exchange)
    assert answer.status_code == exchange.status, answer.text
    ignored = MISSING_FIELDS.keys() | MISSING_DESCRIBE_KEYS.keys()
    differing = list(differences(exchange.body, answer.json(), ignored=ignored, extra=EXTRA_DESCRIBE_KEYS))
    assert not differing, "\n".join(differing)


@pytest.mark.parametrize("exchange", [param for param in EXCHANGES if param.values[0].headers is not None])
def test_a_recorded_request_is_answered_with_the_same_headers(client: Client, exchange: Exchange) -> None:
    recorded = {name.lower() for name in exchange.headers or {}}
    served_names = {name.lower() for name in replay(client, exchange).headers}
    assert recorded - served_names <= MISSING_HEADERS.keys()
    assert served_names - recorded <= EXTRA_HEADERS.keys()


def test_most_recorded_requests_are_replayed() -> None:
    if not all_exchanges():
        pytest.skip("DEALWARDEN_REFERENCE_DATA is not set")
    left_out = [exchange.kind for exchange in all_exchanges() if not served(exchange)]
    assert len(EXCHANGES) > 50
    assert {kind.split(" ")[1].split("/")[1] for kind in left_out} <= {"", "query", "sobjects", "composite"}
