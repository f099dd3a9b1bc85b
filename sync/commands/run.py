"""``run``: the daemon in the foreground, as a service manager wants it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sync import log
from sync.app.daemon import refuse_collisions, run_schedule
from sync.app.file_warnings import warn_of_files
from sync.app.reload import Reloader
from sync.app.workspace import Workspace
from sync.commands.terminal import show_json
from sync.config.config import load_config
from sync.connection.progress import LogProgress
from sync.errors import FINE


def run(config_path: Path, *, as_json: bool, debug: bool) -> int:
    """Check everything that can be checked, then run cycles until a signal ends them."""
    log.configure(level="debug" if debug else "info")
    refuse_collisions()
    config = load_config(config_path)
    warn_of_files(config)
    with Workspace.open(config, progress=LogProgress()) as workspace:
        ended = run_schedule(workspace, config.schedule, Reloader(workspace).check)
        if as_json:
            show_json({"stopped": True})
        if not ended:
            _leave()
    return FINE


def _leave() -> None:
    """End the process without waiting for a cycle that still waits for its CRM, and without closing what it uses."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(FINE)
