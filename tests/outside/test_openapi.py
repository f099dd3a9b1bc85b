"""Every request of the connector and answer of the sandbox, held against the OpenAPI files that HubSpot publishes.

The files are not part of the project: HUBSPOT_OPENAPI_DIR names a folder with them.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.serve import Options, Sandbox
from sandbox.server.gateway import Gateway
from sandbox.server.wire import Outcome, Request, Response
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from tests.outside.openapi import Files, Violation
from tests.outside.openapi_gaps import GAPS

FOLDER = os.environ.get("HUBSPOT_OPENAPI_DIR")

pytestmark = pytest.mark.skipif(not FOLDER, reason="HUBSPOT_OPENAPI_DIR names no folder of OpenAPI files")

Traffic = list[tuple[Request, Response]]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """Everything that goes over the wire in a full cycle with its writes, a quiet one, and one a day later."""
    seen: Traffic = []
    original = Gateway.handle

    def recorded(gateway: Gateway, request: Request) -> Outcome:
        outcome = original(gateway, request)
        if isinstance(outcome, Response):
            packed = outcome.headers.get("content-encoding") == "gzip"
            seen.append((request, replace(outcome, body=gzip.decompress(outcome.body)) if packed else outcome))
        return outcome

    config_out = tmp_path_factory.mktemp("openapi") / "config.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gateway, "handle", recorded)
        with Sandbox(Options(crm="hubspot", deals=30, config_out=config_out)) as box:
            box.portal.quirks.update(
                search_secondly_max=10_000, ten_secondly_max=10_000, associations_ten_secondly_max=10_000
            )
            for advance_s in (0, 600, 86_400):
                box.clock.advance(advance_s)
                _cycle(config_out)
    return seen


def _cycle(config: Path) -> None:
    with Workspace.open(load_config(config), progress=SilentProgress()) as workspace:
        report = workspace.run("hubspot", "sync")
    assert report.error is None, report.error


@pytest.fixture(scope="module")
def violations(traffic: Traffic) -> set[Violation]:
    files = Files(Path(str(FOLDER)))
    return {found for request, response in traffic for found in files.violations(request, response)}


def test_the_cycles_read_and_wrote(traffic: Traffic) -> None:
    paths = {f"{request.method} {request.path}" for request, _ in traffic}
    print(f"{len(traffic)} calls of {len(paths)} kinds:", *sorted(paths), sep="\n  ")
    assert any(path.endswith("/tasks/batch/create") for path in paths)
    assert any(path.endswith("/deals/batch/update") for path in paths)
    assert any(path.endswith("/deals/search") for path in paths)


def test_requests_and_answers_are_as_published(violations: set[Violation]) -> None:
    unknown = {one for one in violations if not any(gap.covers(one) for gap in GAPS)}
    assert unknown == set(), "\n".join(sorted(map(str, unknown)))


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: f"{gap.method} {gap.template} {gap.side} {gap.at}")
def test_every_known_gap_is_still_one(gap: object, violations: set[Violation]) -> None:
    assert any(gap.covers(one) for one in violations)  # type: ignore[attr-defined]
