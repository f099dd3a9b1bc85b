"""The bounds that docs/reliability.md states are those of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.limits import Limits

TEXT = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
BOUNDS = Limits()


@pytest.mark.parametrize(
    "stated",
    [
        f"| {BOUNDS.seconds:g} s |",
        f"| {BOUNDS.header_bytes:,} bytes, 100 lines |",
        f"| {BOUNDS.sent_bytes:,} bytes |",
        f"| {BOUNDS.unpacked_bytes:,} bytes |",
        f"| {BOUNDS.values:,} |",
        f"| {BOUNDS.empty_pages} |",
    ],
)
def test_a_bound_is_documented_as_it_is(stated: str) -> None:
    assert stated in TEXT
