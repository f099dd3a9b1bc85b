"""What commands that work on a configuration have in common: logs, progress, and a stop between two writes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sync import log
from sync.app.file_warnings import warn_of_files
from sync.app.workspace import STOP_WITHIN_S, Workspace
from sync.config.config import Config, load_config
from sync.connection.progress import shown_progress


@contextmanager
def opened(config_path: Path, *, debug: bool) -> Iterator[Workspace]:
    """Load the config and open what it describes; Ctrl-C and SIGTERM end a running cycle between two writes.

    Raises:
        ConfigError: the config is wrong.
        RuleError: a rule file is wrong.
        StoreError: the database cannot be opened.
    """
    start_logs(debug=debug)
    with opened_config(load_config(config_path), debug=debug) as workspace, _stop_between_writes(workspace):
        yield workspace


@contextmanager
def opened_config(config: Config, *, debug: bool) -> Iterator[Workspace]:
    """Open what a loaded config describes, with the progress that suits the place."""
    warn_of_files(config)
    terminal = sys.stderr.isatty() and not debug
    with shown_progress(terminal=terminal) as progress, Workspace.open(config, progress=progress) as workspace:
        yield workspace


def start_logs(*, debug: bool) -> None:
    """Log to stderr: all with *debug*, what matters on a terminal, and what moves elsewhere."""
    log.configure(level="debug" if debug else "warning" if sys.stderr.isatty() else "info")


@contextmanager
def _stop_between_writes(workspace: Workspace) -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into a request to stop between two writes.

    A second SIGINT interrupts at once. After SIGTERM, a CRM that does not answer is given up in time for whoever sent
    it; a write that was on its way is then like that of a killed process, whose outcome the next cycle looks up.
    """

    def request_stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a signal's receiver
        workspace.stop_requested.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if number == signal.SIGTERM:
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, STOP_WITHIN_S)

    received = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in received}
    for number in received[:2]:
        signal.signal(number, request_stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, receiver in before.items():
            signal.signal(number, receiver)
