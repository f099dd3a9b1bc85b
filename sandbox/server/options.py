"""What a sandbox is asked to serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

SEEDED_START = datetime(2026, 6, 15, 9, tzinfo=UTC)
"""The time at which a made-up org begins; an org from exports begins at real time."""

DEFAULT_DEALS = 200
_MOST_DEALS = 1_000_000


class SandboxError(ValueError):
    """The sandbox cannot be started as asked: change the options."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to serve, and where. Ports of 0 are free ones; without *config_out* the config goes to a new folder."""

    crm: Literal["salesforce", "hubspot", "both"] = "salesforce"
    data: Path | None = None
    deals: int | None = None
    seed: int = 1
    bare: bool = False
    state: Path | None = None
    salesforce_port: int = 0
    hubspot_port: int = 0
    control_port: int = 0
    config_out: Path | None = None

    def serves(self, crm: str) -> bool:
        """Whether *crm* is among what is served."""
        return self.crm in {crm, "both"}

    @property
    def made_up_deals(self) -> int:
        """How many open deals a made-up pipeline has."""
        return DEFAULT_DEALS if self.deals is None else self.deals

    @property
    def hubspot_state(self) -> Path | None:
        """The state file of the portal: beside the org's, where both are served."""
        if self.state is None or self.crm == "hubspot":
            return self.state
        return self.state.with_name(self.state.name + ".hubspot")


def check(options: Options) -> None:
    """Refuse options that contradict each other."""
    if options.data is not None and options.deals is not None:
        raise SandboxError("--data and --deals exclude each other: an org is either loaded or made up")
    if options.deals is not None and not 0 <= options.deals <= _MOST_DEALS:
        raise SandboxError(f"--deals {options.deals}: expected a number from 0 to {_MOST_DEALS:,}")
