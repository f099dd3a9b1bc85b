"""Recorded HubSpot requests, sent to the sandbox with its own ids: statuses, bodies and headers are alike."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.hubspot.portal.definitions import Property
from tests.sandbox.hubspot import differences as documented
from tests.sandbox.hubspot.conftest import Caller
from tests.sandbox.hubspot.differences import (
    CUSTOM_OBJECTS,
    EXTRA_HEADERS,
    MISSING_HEADERS,
    MISSING_PROPERTY_KEYS,
    NOT_SERVED_PATHS,
    PROPERTY_FACTS,
)
from tests.sandbox.recorded.shapes import differences

OWN_PROPERTIES = (
    "grouparoo_object_property", "first_name", "last_name", "text_field", "number_field", "date_field", "facebookfans",
)  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its response."""

    method: str
    path: str
    keyed: bool
    sent: Any
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def kind(self) -> str:
        """The endpoint, in lower case."""
        return f"{self.method} {self.path.lower().replace(CUSTOM_OBJECTS, 'companies').rstrip('/')}"


def folder() -> Path | None:
    data = os.environ.get("DEALWARDEN_REFERENCE_DATA")
    folder = Path(data).parent / "recorded" / "hubspot" if data else None
    return folder if folder and folder.is_dir() else None


@cache
def all_exchanges() -> list[Exchange]:
    home = folder()
    return [] if home is None else [exchange for path in sorted(home.iterdir()) for exchange in read(path)]


def read(path: Path) -> Iterator[Exchange]:
    if path.suffix not in {".json", ".jsonl"}:
        return  # the recordings of retired versions
    text = path.read_text()
    held = [json.loads(line) for line in text.splitlines() if line] if path.suffix == ".jsonl" else json.loads(text)
    for item in held if isinstance(held, list) else [held]:
        request, response = item["request"], item["response"]
        yield Exchange(
            request["method"],
            request["path"].split("?")[0],
            item.get("_auth") == "hapikey",
            request["body"] or None,
            response["status"],
            response["headers"],
            response["body"],
        )


def served() -> list[Exchange]:
    return [
        exchange
        for exchange in all_exchanges()
        if not any(exchange.path.startswith(path) for path in NOT_SERVED_PATHS)
        and exchange.path != "/crm/v3/schemas"  # the recorded list holds custom objects alone
        and not (exchange.path.startswith("/crm/v3/schemas/") and not exchange.path.endswith("CONTACT"))
    ]


def sampled() -> list[Any]:
    """Every exchange but for those that repeat one with the same endpoint, credential, status and number of results."""
    seen: dict[tuple[object, ...], Exchange] = {}
    for exchange in served():
        results = len(exchange.body.get("results", ())) if exchange.body else 0
        seen.setdefault((exchange.kind, exchange.keyed, exchange.status, results), exchange)
    return [
        pytest.param(exchange, id=f"{n}-{exchange.status}-{exchange.kind}") for n, exchange in enumerate(seen.values())
    ]


@pytest.fixture
def portal(caller: Caller) -> Caller:
    """A portal with the properties of the recorded ones."""
    for kind in ("companies", "contacts"):
        for name in OWN_PROPERTIES:
            caller.portal.schema.install(kind, Property(name, name, standard=False))
    return caller


def replay(caller: Caller, exchange: Exchange) -> requests.Response:
    """Send the recorded request about records that the sandbox has: as many as were found or named then."""
    kind = "contacts" if "CONTACT" in exchange.path else "companies"
    sent = json.loads(json.dumps(exchange.sent))
    if "search" in exchange.path:
        stage(caller, kind, sent, exchange)
    for item in (sent or {}).get("inputs", ()):
        if exchange.path.endswith("create") and kind == "companies":
            item["properties"].setdefault("name", "a company has a name or a domain, a custom object need not")
        if "id" in item:
            item["id"] = str(
                caller.portal.create(kind, {"name": "x"} if kind == "companies" else {"lastname": "x"})["id"]
            )
    headers = {} if exchange.keyed else {"Authorization": f"Bearer {oauth_token(caller)}"}
    path = exchange.path.replace(CUSTOM_OBJECTS, "companies")
    return caller.call(exchange.method, path, headers=headers, **({} if sent is None else {"json": sent}))


def stage(caller: Caller, kind: str, sent: Any, exchange: Exchange) -> None:
    """Let as many records match as did then; and no search be left, where it was one too many."""
    if exchange.status == 429:
        caller.control("quirks", {"search_secondly_max": 0})
        return
    for group in sent["filterGroups"][: exchange.body["total"]]:
        wanted = {
            filter_["propertyName"]: filter_["value"] for filter_ in group["filters"] if filter_["operator"] == "EQ"
        }
        caller.portal.create(kind, {"name": "x"} | wanted if kind == "companies" else {"lastname": "x"} | wanted)


def oauth_token(caller: Caller) -> str:
    app = caller.service.app
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.client_secret}
    url = f"{caller.server.url}/oauth/v1/token"
    return str(requests.post(url, data=form | {"refresh_token": app.refresh_token}, timeout=10).json()["access_token"])


def shape(body: Any) -> Any:
    """The body without the values of records, which are each portal's own; they have to be text."""
    if isinstance(body, list):
        return [shape(item) for item in body]
    if not isinstance(body, dict):
        return body
    if isinstance(values := body.get("properties"), dict):
        assert all(value is None or isinstance(value, str) for value in values.values())
        body = body | {"properties": {}}
    return {name: shape(value) for name, value in body.items()}


@pytest.mark.parametrize("exchange", sampled())
def test_a_recorded_request_is_answered_alike(portal: Caller, exchange: Exchange) -> None:
    if "schemas" in exchange.path:
        pytest.skip("compared property by property below")
    answer = replay(portal, exchange)
    assert answer.status_code == exchange.status, answer.text
    differing = list(differences(shape(exchange.body), shape(answer.json()))) if exchange.body else []
    assert not differing, "\n".join(differing)
    if exchange.status >= 400:
        assert answer.json()["category"] == exchange.body["category"]
    assert bool(answer.content) == bool(exchange.body)


@pytest.mark.parametrize("exchange", sampled())
def test_a_recorded_request_is_answered_with_the_same_headers(portal: Caller, exchange: Exchange) -> None:
    recorded = {name.lower() for name in exchange.headers}
    own = {name.lower() for name in replay(portal, exchange).headers}
    assert recorded - own <= MISSING_HEADERS.keys()
    assert own - recorded <= EXTRA_HEADERS.keys()


def contact_schema() -> Any:
    bodies = [exchange.body for exchange in served() if exchange.path == "/crm/v3/schemas/CONTACT"]
    if not bodies:
        pytest.skip("DEALWARDEN_REFERENCE_DATA is not set")
    return bodies[0]


def test_a_schema_has_the_recorded_keys(portal: Caller) -> None:
    recorded, own = contact_schema(), portal.get("/crm/v3/schemas/CONTACT").json()
    assert recorded.keys() == own.keys()
    keys, own_keys = ({key for prop in schema["properties"] for key in prop} for schema in (recorded, own))
    assert keys - own_keys == MISSING_PROPERTY_KEYS.keys()


def test_properties_of_contacts_are_what_they_were_recorded_as(portal: Caller) -> None:
    recorded = {prop["name"]: prop for prop in contact_schema()["properties"] if prop.get("hubspotDefined")}
    own = {prop["name"]: prop for prop in portal.get("/crm/v3/properties/contacts").json()["results"]}
    differing = {
        f"{name}.{fact}"
        for name in recorded.keys() & own.keys()
        for fact in ("type", "fieldType", "hubspotDefined", "hasUniqueValue")
        if recorded[name].get(fact) != own[name][fact]
    }
    assert differing == PROPERTY_FACTS.keys()


def test_the_options_of_the_buying_role_are_the_recorded_ones(portal: Caller) -> None:
    (recorded,) = (prop for prop in contact_schema()["properties"] if prop["name"] == "hs_buying_role")
    own = portal.get("/crm/v3/properties/contacts/hs_buying_role").json()
    assert [prop["value"] for prop in own["options"]] == [prop["value"] for prop in recorded["options"]]


TABLES = {name: table for name, table in vars(documented).items() if isinstance(table, dict) and name.isupper()}


@pytest.mark.parametrize("table", list(TABLES))
def test_the_document_names_every_difference_and_each_has_a_reason(table: str) -> None:
    text = Path(__file__).parents[3].joinpath("docs", "sandbox-differences.md").read_text(encoding="utf-8")
    assert [key for key in TABLES[table] if f"`{key}`" not in text] == []
    assert all(reason.strip() for reason in TABLES[table].values())


def test_most_recordings_of_living_versions_are_replayed() -> None:
    if not all_exchanges():
        pytest.skip("DEALWARDEN_REFERENCE_DATA is not set")
    assert len(served()) > 250
    assert {exchange.kind.split("/")[-1] for exchange in served()} == {
        "search", "create", "update", "archive", "contact",
    }  # fmt: skip
