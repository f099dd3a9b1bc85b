from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest

from sync.app.daemon import refuse_collisions, run_connection, run_schedule
from sync.app.exit_codes import exit_code
from sync.app.schedule import ClockWatch
from sync.config.sections import Schedule
from sync.errors import BAD_INPUT, CollisionError


@dataclass
class Cycles:
    """Stands in for a workspace: notes each cycle, and does what a test says in it."""

    names: tuple[str, ...]
    each: Callable[[str], None]
    stop_requested: threading.Event = field(default_factory=threading.Event)
    ran: list[str] = field(default_factory=list)

    @property
    def config(self) -> SimpleNamespace:
        return SimpleNamespace(connections=dict.fromkeys(self.names))

    def run(self, name: str, command: str) -> None:
        self.ran.append(f"{command} {name}")
        self.each(name)


def ask_to_stop(_: str = "") -> None:
    os.kill(os.getpid(), signal.SIGTERM)


HOURLY = Schedule(every=timedelta(hours=1), jitter=timedelta(0))
OFTEN = Schedule.model_construct(every=timedelta(milliseconds=20), jitter=timedelta(0))  # shorter than a config allows


def test_the_first_cycle_runs_at_once_and_a_signal_ends_the_daemon() -> None:
    cycles = Cycles(("acme",), ask_to_stop)

    run_schedule(cycles, HOURLY)  # type: ignore[arg-type]

    assert cycles.ran == ["sync acme"]
    assert cycles.stop_requested.is_set()


def test_a_signal_lets_the_running_cycle_come_to_its_end() -> None:
    ended: list[str] = []

    def cycle(name: str) -> None:
        ask_to_stop()
        assert cycles.stop_requested.wait(10)
        ended.append(name)

    cycles = Cycles(("acme",), cycle)
    run_schedule(cycles, HOURLY)  # type: ignore[arg-type]

    assert ended == ["acme"]


def test_a_cycle_that_waits_for_its_crm_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.app.daemon.STOP_WITHIN_S", 0.05)
    answer = threading.Event()

    def cycle(name: str) -> None:
        ask_to_stop()
        answer.wait(30)

    assert run_schedule(Cycles(("acme",), cycle), HOURLY) is False  # type: ignore[arg-type]
    answer.set()


def test_a_daemon_whose_cycles_ended_says_so() -> None:
    assert run_schedule(Cycles(("acme",), ask_to_stop), HOURLY) is True  # type: ignore[arg-type]


def test_a_daemon_goes_on_looking_when_looking_for_changes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.app.daemon.LOOK_EVERY_S", 0.01)
    looks: list[None] = []

    def look() -> None:
        looks.append(None)
        if len(looks) == 3:
            ask_to_stop()
        raise ZeroDivisionError

    run_schedule(Cycles(("acme",), lambda _: None), HOURLY, look)  # type: ignore[arg-type]

    assert len(looks) >= 3


def test_the_daemon_looks_at_the_clock_while_no_cycle_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.app.daemon.LOOK_EVERY_S", 0.01)
    looks = iter(range(20))

    def look(_: ClockWatch) -> float:
        if next(looks, None) == 19:
            ask_to_stop()
        return 0.0

    monkeypatch.setattr(ClockWatch, "look", look)
    run_schedule(Cycles(("acme",), lambda _: None), HOURLY)  # type: ignore[arg-type]

    assert next(looks, None) is None


def test_a_connection_that_hangs_delays_no_other() -> None:
    other_ran = threading.Event()

    def cycle(name: str) -> None:
        if name == "b":
            other_ran.set()
        elif other_ran.wait(10):
            ask_to_stop()

    cycles = Cycles(("acme", "b"), cycle)
    run_schedule(cycles, HOURLY)  # type: ignore[arg-type]

    assert other_ran.is_set()


def test_a_connection_never_runs_twice_at_a_time() -> None:
    running = threading.Lock()
    third = iter(range(3))

    def cycle(name: str) -> None:
        assert running.acquire(blocking=False)
        if next(third) == 2:
            ask_to_stop()
        else:
            cycles.stop_requested.wait(0.1)  # several times as long as the interval
        running.release()

    cycles = Cycles(("acme",), cycle)
    run_schedule(cycles, OFTEN)  # type: ignore[arg-type]

    assert cycles.ran == ["sync acme"] * 3


def test_a_crash_in_one_cycle_ends_nothing() -> None:
    def crash(name: str) -> None:
        raise ZeroDivisionError

    cycles = Cycles(("acme",), crash)

    run_connection(cycles, "acme")  # type: ignore[arg-type]
    run_connection(cycles, "acme")  # type: ignore[arg-type]

    assert len(cycles.ran) == 2


def test_no_cycle_begins_after_the_stop() -> None:
    cycles = Cycles(("acme",), ask_to_stop)
    cycles.stop_requested.set()

    run_connection(cycles, "acme")  # type: ignore[arg-type]

    assert cycles.ran == []


def test_the_daemon_puts_signals_back_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)

    run_schedule(Cycles(("acme",), ask_to_stop), HOURLY)  # type: ignore[arg-type]

    assert signal.getsignal(signal.SIGTERM) is before


def test_another_distribution_with_a_package_of_the_same_name_is_named() -> None:
    with pytest.raises(CollisionError, match="'django-rules-like' also has a package called 'rules'") as caught:
        refuse_collisions({"rules": ["dealwarden", "django-rules-like"], "sync": ["dealwarden"]})

    assert exit_code(caught.value) == BAD_INPUT


def test_an_environment_of_our_own_is_no_collision() -> None:
    refuse_collisions({"rules": ["dealwarden"], "sync": ["dealwarden"], "connectors": ["dealwarden"]})


def test_the_daemon_looks_for_changes_beside_its_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.app.daemon.LOOK_EVERY_S", 0.02)
    looked = threading.Event()

    def cycle(name: str) -> None:
        if looked.wait(10):
            ask_to_stop()

    run_schedule(Cycles(("acme",), cycle), HOURLY, looked.set)  # type: ignore[arg-type]

    assert looked.is_set()


def test_a_connection_that_the_config_no_longer_names_runs_no_cycle() -> None:
    cycles = Cycles(("acme",), ask_to_stop)

    run_connection(cycles, "gone")  # type: ignore[arg-type]

    assert cycles.ran == []
