"""That the page on the simulated CRMs names every switch and every fault, as the code means it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.hubspot.portal.quirks import QUIRKS as PORTAL_QUIRKS
from sandbox.salesforce.data.quirks import QUIRKS as ORG_QUIRKS
from sandbox.server.faults import KINDS
from sandbox.server.hostile import HOSTILE

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("kind", "meaning"), (KINDS | HOSTILE).items())
def test_a_fault_is_on_the_page(kind: str, meaning: str) -> None:
    assert f"| `{kind}` | {meaning} |" in PAGE


@pytest.mark.parametrize("name", [*ORG_QUIRKS, *PORTAL_QUIRKS])
def test_a_quirk_is_on_the_page(name: str) -> None:
    meanings = {quirks[name].meaning for quirks in (ORG_QUIRKS, PORTAL_QUIRKS) if name in quirks}
    assert all(any(line.startswith(f"| `{name}` |") and meaning in line for line in PAGE.splitlines())
               for meaning in meanings)  # fmt: skip
