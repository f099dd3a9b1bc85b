"""The sections of a config file that hold for all connections: what each key may hold, and its default."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from rules.files.shipped import language_names, pack_names
from sync.config.store_url import DEFAULT_URL
from sync.config.types import (
    BusinessDays,
    Days,
    Duration,
    Folder,
    Limit,
    SecretReference,
    Section,
    StoreUrl,
    TimeOfDay,
)

Names = tuple[Annotated[str, Field(min_length=1)], ...]
"""A list of names or ids."""


class Store(Section):
    """Where mirror and ledger are."""

    url: StoreUrl = Field(
        default=DEFAULT_URL,
        description="SQLite file (a relative path starts at the config's folder), PostgreSQL address, or a reference",
    )
    password: SecretReference | None = Field(default=None, description="PostgreSQL's password, by reference")

    @model_validator(mode="after")
    def _a_file_has_no_password(self) -> Self:
        if self.password is not None and self.url.startswith("sqlite:"):
            raise ValueError("password: found one for a SQLite file, expected a PostgreSQL address in url")
        return self


class Schedule(Section):
    """When the daemon runs cycles."""

    every: Duration = Field(default=timedelta(minutes=10), description="time between the starts of two cycles")
    jitter: Duration = Field(
        default=timedelta(seconds=30), description="random delay added to each start, so that daemons spread"
    )
    full_sweep: TimeOfDay = Field(
        default=time(2), description="local time of the org from which the day's full sweep may run"
    )

    @model_validator(mode="after")
    def _jitter_is_shorter(self) -> Self:
        if self.every < timedelta(seconds=1):
            raise ValueError("every: found no time at all, expected at least 1 second")
        # A longer delay would let two starts change places.
        if self.jitter >= self.every:
            raise ValueError("jitter: found a delay as long as every, expected a shorter one")
        return self


DEFAULT_PACKS: Final = pack_names()
"""The packs that judge where nobody chose others, all that ship: some fifteen of their rules are on, most in shadow."""


class Rules(Section):
    """Which rules judge."""

    packs: tuple[str, ...] = Field(default=DEFAULT_PACKS, description="shipped packs, by name")
    overlay: Folder = Field(default=Path("rules.d"), description="the operator's own rule files; may be absent")
    language: str = Field(default="en", description="the language of task texts, by its code")

    @field_validator("language")
    @classmethod
    def _is_shipped(cls, code: str) -> str:
        if code not in language_names():
            raise ValueError(f'found "{code}", expected one of {", ".join(language_names())}')
        return code


class Scope(Section):
    """Which open deals are judged."""

    where: str | None = Field(default=None, description="a condition; all open deals when left out")
    pipelines: Names = Field(default=(), description="only deals in one of these pipelines, by id")
    record_types: Names = Field(default=(), description="only deals of one of these record types")
    deal_types: Names = Field(default=(), description="only deals of one of these types")
    include: Names = Field(default=(), description="ids of deals that are judged whatever else is said")
    exclude: Names = Field(default=(), description="ids of deals that are never judged")


class Tasks(Section):
    """Which findings make a task, and how it looks."""

    from_severity: Literal["info", "warn", "high", "critical"] = Field(
        default="high", description="the mildest finding that makes a task; milder ones count in the score only"
    )
    subject_prefix: str = Field(default="[Deal check]", max_length=40, description="begins every task's subject")
    cooldown: BusinessDays = Field(
        default=10, description="how long a completed task's rules start no new one, unless one gets worse"
    )
    open_per_deal: Limit = Field(default=1, description="open managed tasks on a deal; 0 is no limit, as for all caps")
    open_per_owner: Limit = Field(
        default=5, description="open managed tasks that a person has at once; critical findings may exceed it by two"
    )
    new_per_owner_per_day: Limit = Field(
        default=1, description="tasks that a person gets in a day; critical findings come on top"
    )
    pause_owner_at: Limit = Field(
        default=5, description="a person with so many overdue and untouched managed tasks gets no new ones"
    )
    ramp: BusinessDays = Field(
        default=10,
        description="for so long after a connection first enforces, critical findings alone make tasks; 0 is no ramp",
    )
    backlog: Literal["drip", "new-only"] = Field(
        default="drip",
        description="what was found before tasks were first written: released within the caps, or in digests only",
    )


class Digest(Section):
    """The weekly task for what has no task of its own."""

    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "off"] = Field(
        default="monday", description="weekday from which on a week's digest is made; off makes none"
    )
    rep_from: Literal["info", "warn", "high", "critical"] = Field(
        default="warn", description="the mildest finding that it lists, where findings make no task"
    )


class ScoreBands(Section):
    """The scores at which the bands begin; below the first a deal is healthy."""

    watch: Annotated[float, Field(ge=0, le=100)] = Field(default=12, description="first score of the band watch")
    at_risk: Annotated[float, Field(ge=0, le=100)] = Field(default=30, description="first score of the band at risk")
    severe: Annotated[float, Field(ge=0, le=100)] = Field(default=60, description="first score of the band severe")

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if not self.watch < self.at_risk < self.severe:
            raise ValueError("found bounds out of order, expected watch below at_risk below severe")
        return self


class Score(Section):
    """When a score is written again, and the bands that it falls into."""

    bands: ScoreBands = Field(default=ScoreBands(), description="where the bands begin")

    min_change: int = Field(
        default=3, strict=True, ge=1, le=100, description="points that score or confidence must move by"
    )


class Quota(Section):
    """The share of the CRM's call quota that is used."""

    share: float = Field(default=0.2, strict=True, gt=0, le=1, description="share of the org's daily calls")


class Retention(Section):
    """How far back a first pull reaches."""

    touches_days: Days = Field(default=180, description="days of logged touches")
    closed_deals_days: Days = Field(default=730, description="days since a deal closed")
