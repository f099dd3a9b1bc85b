"""Errors of sync and the exit codes of commands; imports nothing of the folders above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rules.language.errors import nearest

FINE = 0
CHECK_FAILED = 1
BAD_INPUT = 2
HELD = 3
CRM_FAILED = 4
LEASE_HELD = 5
OUR_FAULT = 70
INTERRUPTED = 130

STOPPED: Final = "stopped on request"
"""Begins the reason of a run that a person or a service manager ended: its connection did not fail."""

_WORST_FIRST = (OUR_FAULT, BAD_INPUT, LEASE_HELD, CRM_FAILED, HELD, CHECK_FAILED)


class SyncError(Exception):
    """A command cannot go on; the text says what the operator does next.

    *exit_code* is the exit code of the process, *problems* are the single problems where there are several.
    """

    exit_code: int = OUR_FAULT
    problems: tuple[str, ...] = ()


class ConfigError(SyncError):
    """The configuration is wrong: correct every problem named; nothing was started."""

    exit_code = BAD_INPUT

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class SecretError(SyncError):
    """A reference to a secret cannot be resolved: set what it names. The text never holds a value."""

    exit_code = BAD_INPUT


class CollisionError(SyncError):
    """Another distribution has a package of the same name: install dealwarden into an environment of its own."""

    exit_code = BAD_INPUT


class PluginError(SyncError):
    """No usable plugin serves a connection's type: install, remove or replace a package, as the text says."""

    exit_code = BAD_INPUT


class FallbackOwnerError(SyncError):
    """The fallback owner in the configuration is nobody, several people, or somebody who left: name an active user."""

    exit_code = BAD_INPUT


class UnknownNameError(SyncError):
    """Nothing has the name that was asked for: a connection, plan, run, rule or deal."""

    exit_code = BAD_INPUT

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(f"there is no {kind} {name!r}{_hint(kind, name, tuple(known))}")
        self.kind = kind
        self.name = name


class AmbiguousDealError(SyncError):
    """Several deals have the name that was asked for: name one by its id."""

    exit_code = BAD_INPUT

    def __init__(self, name: str, places: Sequence[str]) -> None:
        listed = "".join(f"\n  {place}" for place in places)
        super().__init__(f"{len(places)} deals are called {name!r}; explain one by its id and --connection:{listed}")
        self.problems = tuple(places)


class NoPlanError(SyncError):
    """There is no stored plan: make one first."""

    exit_code = BAD_INPUT


class ExpiredPlanError(SyncError):
    """A held plan is too old to be approved: look at what the next cycle wants."""

    exit_code = BAD_INPUT

    def __init__(self, hours: float) -> None:
        super().__init__(
            f"this plan is older than {hours:.0f} hours and can no longer be approved; "
            "dealwarden plan shows what is wanted now"
        )


class NothingReadError(SyncError):
    """No CRM was read yet, so that there is nothing to show: run a cycle first."""

    exit_code = BAD_INPUT


def worst(codes: Iterable[int]) -> int:
    """Return the worst of several exit codes, in the order 70, 2, 5, 4, 3, 1; 0 where there is none."""
    seen = set(codes)
    return next((code for code in _WORST_FIRST if code in seen), max(seen, default=FINE))


_ADVICE: Final = {
    "deal": "expected the id or the exact name of a deal that was read from a CRM",
    "plan": "dealwarden plan stores a new one and prints its id",
    "held plan": "dealwarden status lists the plans that are held",
    "run": "dealwarden status lists the last runs",
}
"""What to do about a name of this kind, where there is no list of those that exist."""


def _hint(kind: str, name: str, known: tuple[str, ...]) -> str:
    close = nearest(name, known)
    if close:
        return f"; did you mean {close!r}?"
    if known:
        return f"; there are: {', '.join(sorted(known))}"
    return f"; {_ADVICE[kind]}" if kind in _ADVICE else ""
