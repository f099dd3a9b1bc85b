"""Runs ``dealwarden sync`` as a process and kills it at a chosen moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.proofs.ledger import ended_runs
from tests.proofs.world import World

MAIN = "import sys; from sync.cli import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: when it struck, and how many writes the CRM had counted by then."""

    after_s: float
    writes_before: int


def sync_process(world: World) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONSAFEPATH": "", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, "sync", "--json", "--config", str(world.config)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def kill_while_writing(world: World, process: subprocess.Popen[bytes], writes: int, dice: random.Random) -> Kill:
    """Kill -9 a random instant after the CRM counted *writes* write calls, or never if the process ends before."""
    started = time.monotonic()
    while process.poll() is None and world.calls()["write"] < writes:
        pass
    spin(dice.uniform(0, 0.02))
    before = world.calls()["write"]
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    return Kill(time.monotonic() - started, before)


def kill_after(world: World, process: subprocess.Popen[bytes], seconds: float) -> Kill:
    """Kill -9 the process *seconds* after its start, wherever it is."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
    return Kill(seconds, world.calls()["write"])


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Say whether the process ended by itself, at once when it does; waiting costs the machine nothing."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def spin(seconds: float) -> None:
    """Wait busily, so that the moment is exact far below the scheduler's tick."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def daemon_process(world: World) -> subprocess.Popen[bytes]:
    """Start ``dealwarden run``: its first cycle begins at once."""
    environment = {**os.environ, "PYTHONSAFEPATH": "", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, "run", "--config", str(world.config)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def kill_daemon(world: World, process: subprocess.Popen[bytes], dice: random.Random, *, writing: bool) -> Kill:
    """Kill -9 the daemon: while it writes, if its first cycle has anything to write, or wherever it is."""
    started = time.monotonic()
    first, runs = world.calls()["write"], ended_runs(world)
    if writing:
        while not ended_within(process, 0.02) and time.monotonic() < started + 90:
            if world.calls()["write"] > first or ended_runs(world) > runs:
                break
    else:
        ended_within(process, dice.uniform(0.5, 5))
    spin(dice.uniform(0, 0.05))
    before = world.calls()["write"]
    process.kill()
    process.wait(timeout=60)
    return Kill(time.monotonic() - started, before)
