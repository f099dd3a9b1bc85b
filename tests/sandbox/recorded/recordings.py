"""Reads recorded Salesforce traffic, in the three forms it comes in, as one kind of exchange."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import yaml


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its response; `headers` is None where the recording kept none."""

    source: str
    method: str
    path: str
    query: dict[str, str]
    sent: Any
    status: int
    headers: dict[str, str] | None
    body: Any

    @property
    def kind(self) -> str:
        """The endpoint, ids and locators taken out."""
        parts = self.path.split("/services/data/")[-1].split("/")[1:] if "/data/" in self.path else [self.path]
        if parts[:1] == ["sobjects"] and len(parts) == 3 and parts[2] != "describe":
            parts[2] = "{id}"
        return f"{self.method} /{'/'.join(part for part in parts if part)}".rstrip("/")


def folder() -> Path | None:
    """The folder of recordings, where the reference data is present."""
    data = os.environ.get("DEALWARDEN_REFERENCE_DATA")
    folder = Path(data).parent / "recorded" / "salesforce" if data else None
    return folder if folder and folder.is_dir() else None


@cache
def all_exchanges() -> list[Exchange]:
    """Every recorded exchange that is complete; bodies alone are read by `body_of`."""
    home = folder()
    if home is None:
        return []
    exchanges: list[Exchange] = []
    for path in sorted(home.iterdir()):
        if path.suffix == ".yaml":
            exchanges += _cassette(path)
        elif path.suffix == ".jsonl":
            exchanges += [_nock(path.name, json.loads(line)) for line in path.read_text().splitlines() if line]
        elif path.suffix == ".json" and not path.name.startswith("restforce_"):
            held = json.loads(path.read_text())
            exchanges += [_nock(path.name, item) for item in (held if isinstance(held, list) else [held])]
    return exchanges


def body_of(name: str) -> Any:
    """A recording that kept the body alone."""
    home = folder()
    assert home is not None
    return json.loads((home / name).read_text())


def _nock(source: str, item: dict[str, Any]) -> Exchange:
    request, response = item["request"], item["response"]
    query = {key: unquote_plus(value) for key, value in request.get("query", {}).items()}
    return Exchange(
        source,
        request["method"],
        request["path"].split("?")[0],
        query,
        request["body"],
        response["status"],
        response["headers"],
        response["body"],
    )


def _cassette(path: Path) -> Iterator[Exchange]:
    held = yaml.load(path.read_text(), yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)
    for item in held.get("interactions", [held]):
        if "request" not in item:  # a file that is included from elsewhere
            continue
        request, response = item["request"], item["response"]
        address = urlsplit(request["uri"])
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        body = response["body"]["string"] if response.get("body") else None
        yield Exchange(
            path.name,
            request["method"],
            address.path.replace("vxx.0", "v64.0"),
            query,
            _json_or_text(request["body"]),
            response["status"]["code"],
            None,
            _json_or_text(body),
        )


def _json_or_text(text: Any) -> Any:
    try:
        return json.loads(text) if text else None
    except (TypeError, ValueError):
        return text
