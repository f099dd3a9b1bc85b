"""What the README shows of the demo is what the demo prints."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from sync.cli import main

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- capture of the demo: begin -->", "<!-- capture of the demo: end -->"


def test_every_line_of_the_capture_is_printed_in_its_order() -> None:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        assert main(["demo", "--once"]) == 0
    printed = iter([line.rstrip() for line in shown.getvalue().splitlines()])

    capture = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].partition("$ make demo\n")[2]
    lines = [line for line in capture.splitlines() if line not in {"", "[...]", "```"}]
    assert len(lines) > 20
    assert [line for line in lines if line not in printed] == []
