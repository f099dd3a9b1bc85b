from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from sync import log
from sync.connection.progress import LogProgress


@pytest.fixture
def stream() -> io.StringIO:
    """Collect the log."""
    caught = io.StringIO()
    log.configure(stream=caught)
    return caught


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_event_is_one_json_line_with_a_name_and_a_time(stream: io.StringIO) -> None:
    structlog.get_logger("dealwarden.cycle").info("cycle.ended", connection="acme")

    (line,) = lines(stream)

    assert (line["event"], line["connection"], line["level"], line["logger"]) == (
        "cycle.ended",
        "acme",
        "info",
        "dealwarden.cycle",
    )
    assert line["at"].endswith("Z")


def test_a_secret_is_hidden_however_deep_it_lies(stream: io.StringIO) -> None:
    structlog.get_logger("dealwarden.auth").warning(
        "x", a={"Access_Token": "hunter2", "b": [{"client_secret": "hunter2"}]}
    )

    assert "hunter2" not in stream.getvalue()


def test_a_traceback_shows_no_local_values(stream: io.StringIO) -> None:
    try:
        token = "hunter2"
        raise ValueError(len(token))
    except ValueError:
        structlog.get_logger("dealwarden.cycle").exception("cycle.crashed")

    assert "hunter2" not in stream.getvalue().replace('token = "hunter2"', "")
    assert lines(stream)[0]["exception"][0]["exc_type"] == "ValueError"


def test_what_libraries_log_becomes_json_too(stream: io.StringIO) -> None:
    logging.getLogger("apscheduler").warning("run time of %s was missed", "acme")

    assert lines(stream)[0]["event"] == "run time of acme was missed"


def test_progress_is_logged_when_the_stage_changes_and_not_for_every_page(stream: io.StringIO) -> None:
    progress = LogProgress(lambda: 0.0)

    for done in range(100):
        progress.stage("acme", "reading deals", done, None)
    progress.stage("acme", "judging deals", 0, 1)

    assert [line["stage"] for line in lines(stream)] == ["reading deals", "judging deals"]


def test_a_stage_that_lasts_is_logged_again_after_a_while(stream: io.StringIO) -> None:
    now = iter([0.0, 1.0, 6.0])
    progress = LogProgress(lambda: next(now))

    for done in range(3):
        progress.stage("acme", "reading deals", done, None)

    assert [line["done"] for line in lines(stream)] == [0, 2]
