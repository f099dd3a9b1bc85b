"""The sections of a config file: what each key may hold, and what it is when left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from sync.config.calendar import CalendarSettings
from sync.config.guards import Guards, Pilot
from sync.config.score_fields import ElementMap, Extra, HubSpotScoreFields, ScoreFields, field_alone, off_is_none
from sync.config.secret import Secret
from sync.config.store_url import DEFAULT_URL
from sync.config.types import (
    ApiVersion,
    BusinessDays,
    ConnectionName,
    Days,
    Duration,
    Element,
    ExistingFile,
    FieldName,
    Folder,
    HttpsUrl,
    HubSpotUrl,
    HubSpotVersion,
    Identifier,
    Limit,
    OrgId,
    Phase,
    PortalId,
    Role,
    SalesforceDomain,
    SecretReference,
    Section,
    StoreUrl,
    TimeOfDay,
)

Names = tuple[Annotated[str, Field(min_length=1)], ...]
"""A list of names or ids."""


class Store(Section):
    """Where mirror and ledger lie."""

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
        if self.jitter >= self.every:
            raise ValueError("jitter: found a delay as long as every, expected a shorter one")
        return self


DEFAULT_PACKS: Final = ("core", "committee", "cadence", "timeline")
"""The packs that judge where nobody chose others: about a dozen of their rules are on, the rest in shadow."""


class Rules(Section):
    """Which rules judge."""

    packs: tuple[str, ...] = Field(default=DEFAULT_PACKS, description="shipped packs, by name")
    overlay: Folder = Field(default=Path("rules.d"), description="the operator's own rule files; may be absent")


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
        default=10, description="how long a completed task's rules stay quiet, unless one gets worse"
    )
    open_per_deal: Limit = Field(default=1, description="open tasks of ours on a deal; 0 is no limit, as for all caps")
    open_per_owner: Limit = Field(default=12, description="open tasks of ours that a person has at once")
    new_per_owner_per_day: Limit = Field(default=3, description="tasks that a person gets in a day")
    pause_owner_at: Limit = Field(
        default=5, description="a person with so many overdue and untouched tasks of ours gets no new ones"
    )
    backlog: Literal["drip", "new-only"] = Field(
        default="drip",
        description="what was found before tasks were first written: released within the caps, or told in digests only",
    )


class Digest(Section):
    """The weekly task that tells what has no task of its own."""

    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "off"] = Field(
        default="monday", description="weekday from which on a week's digest is made; off makes none"
    )
    rep_from: Literal["info", "warn", "high", "critical"] = Field(
        default="warn", description="the mildest finding that stands in it, where findings make no task"
    )


class Score(Section):
    """When a score is written again."""

    min_change: int = Field(
        default=3, strict=True, ge=1, le=100, description="points that score or confidence must move by"
    )


class Quota(Section):
    """How much of the CRM's call quota is ours."""

    share: float = Field(default=0.2, strict=True, gt=0, le=1, description="share of the org's daily calls")


class Retention(Section):
    """How far back a first pull reaches."""

    touches_days: Days = Field(default=180, description="days of logged touches")
    closed_deals_days: Days = Field(default=730, description="days since a deal closed")


def _one_list_of_stages(found: Any) -> Any:
    """Take ``[phases.default]`` for ``[phases]``: a Salesforce org has one list of stages."""
    if not isinstance(found, dict):
        return found
    pipelines = {name for name, value in found.items() if isinstance(value, dict)}
    if not pipelines:
        return found
    if pipelines != {"default"} or len(found) > 1:
        raise ValueError(
            "found stages by pipeline, expected them directly under phases: a Salesforce org has one list of stages"
        )
    return found["default"]


def _by_pipeline(found: Any) -> Any:
    """Take stages that stand directly under phases for those of HubSpot's first pipeline, which is called default."""
    if not isinstance(found, dict) or any(isinstance(value, dict) for value in found.values()):
        return found
    return {"default": found} if found else found


class ConnectionConfig(Section):
    """One CRM org: what is told of it in the same words whatever CRM it is."""

    name: ConnectionName
    mode: Literal["observe", "score", "enforce"] = Field(
        default="observe", description="observe writes nothing; score writes no tasks"
    )
    ca_file: ExistingFile | None = Field(
        default=None, description="trust this CA alone; proxies and REQUESTS_CA_BUNDLE are ignored"
    )
    fallback_owner: str | None = Field(
        default=None, min_length=1, description="user id that gets tasks nobody active can"
    )
    close_status: str | None = Field(default=None, min_length=1, description="task status that closing sets")
    key_not_unique: Literal["refuse", "at-least-once"] = Field(
        default="refuse",
        description="what enforce does where the CRM does not keep our tasks' key unique; docs/reliability.md",
    )
    elements: Mapping[Element, ElementMap] = Field(
        default_factory=dict, description="where each MEDDPICC element is kept"
    )
    extras: Mapping[Identifier, Annotated[Extra, BeforeValidator(field_alone)]] = Field(
        default_factory=dict, description="fields that conditions call x_<name>; account_<name> reads the account"
    )
    roles: Mapping[str, Role] = Field(default_factory=dict, description="contact role label to canonical role")
    muted_until: FieldName | None = Field(default=None, description="date field: the deal is left alone until then")
    scope: Scope = Field(default_factory=Scope, description="keys of [scope] that differ for this connection")
    calendar: CalendarSettings = Field(
        default_factory=CalendarSettings, description="keys of [calendar] that differ for this connection"
    )
    guards: Guards = Field(default_factory=Guards, description="keys of [guards] that differ for this connection")
    pilot: Pilot | None = Field(default=None, description="deals that go further than the connection's mode")
    overlay: Folder | None = Field(default=None, description="rule files for this connection alone, above all others")

    def own_keys(self) -> dict[str, Any]:
        """Give what only this kind of connection is told, those keys that have a value; secrets as references."""
        own = set(type(self).model_fields) - set(ConnectionConfig.model_fields) - {"type", "phases", "scores"}
        values = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
        return {name: one.reference if isinstance(one, Secret) else one for name, one in values.items()}


class SalesforceConnection(ConnectionConfig):
    """A Salesforce org.

    *phases* maps a stage (id or API name) to its phase. *scores* is None where scores are switched off.
    """

    type: Literal["salesforce"]
    domain: SalesforceDomain | None = Field(default=None, description="My Domain name; or give login_url")
    login_url: HttpsUrl | None = Field(default=None, description="default https://{domain}.my.salesforce.com")
    auth: Literal["client-credentials", "jwt", "refresh-token"] = Field(
        default="client-credentials", description="the OAuth flow of the integration user"
    )
    client_id: SecretReference
    client_secret: SecretReference | None = Field(
        default=None, description="for client-credentials; optional for refresh-token"
    )
    username: str | None = Field(default=None, min_length=1, description="for jwt: the integration user's name")
    private_key: SecretReference | None = Field(default=None, description="for jwt: the PEM key of the certificate")
    refresh_token: SecretReference | None = Field(default=None, description="for refresh-token")
    expect_org: OrgId | None = Field(default=None, description="stop when the credentials lead to another org")
    api_version: ApiVersion | None = Field(default=None, description="default: the newest that is known to work")
    phases: Annotated[Mapping[str, Phase], BeforeValidator(_one_list_of_stages)] = Field(
        default_factory=dict, description="stage to phase; an unmapped stage has no phase"
    )
    scores: Annotated[ScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default_factory=ScoreFields, description='fields that our score goes to, or "off"'
    )

    @property
    def address(self) -> str:
        """Give the address that logins go to, without a closing slash."""
        return (self.login_url or f"https://{self.domain}.my.salesforce.com").rstrip("/")

    def own_keys(self) -> dict[str, Any]:
        """Give what only a Salesforce org is told, with the address that its domain stands for."""
        return super().own_keys() | {"login_url": self.address}

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """Give the phase of each mapped stage, by pipeline and stage."""
        return {("default", stage): phase for stage, phase in self.phases.items()}


class HubSpotConnection(ConnectionConfig):
    """A HubSpot portal.

    *phases* maps, for each pipeline id, a stage id to its phase. *scores* is None where scores are switched off.
    """

    type: Literal["hubspot"]
    base_url: HubSpotUrl | None = Field(default=None, description="default https://api.hubapi.com")
    auth: Literal["service-key", "oauth"] = Field(default="service-key", description="how the portal lets us in")
    token: SecretReference | None = Field(default=None, description="for service-key: the key")
    client_id: SecretReference | None = Field(default=None, description="for oauth")
    client_secret: SecretReference | None = Field(default=None, description="for oauth")
    refresh_token: SecretReference | None = Field(default=None, description="for oauth: what the installation gave")
    expect_org: PortalId | None = Field(default=None, description="stop when the token leads to another portal")
    api_version: HubSpotVersion | None = Field(default=None, description="2026-09 unless told otherwise; or v3")
    phases: Annotated[Mapping[str, Mapping[str, Phase]], BeforeValidator(_by_pipeline)] = Field(
        default_factory=dict, description="pipeline id to stage id to phase; an unmapped stage has no phase"
    )
    scores: Annotated[HubSpotScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default_factory=HubSpotScoreFields, description='properties that our score goes to, or "off"'
    )

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """Give the phase of each mapped stage, by pipeline and stage."""
        return {(pipeline, stage): phase for pipeline, stages in self.phases.items() for stage, phase in stages.items()}


class PluginConnection(ConnectionConfig):
    """A CRM that a plugin reads: its own keys stand beside those of every connection, and are checked by the plugin.

    *phases* maps, for each pipeline id, a stage id to its phase. *scores* is None unless fields are named.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    phases: Annotated[Mapping[str, Mapping[str, Phase]], BeforeValidator(_by_pipeline)] = Field(
        default_factory=dict, description="pipeline id to stage id to phase; an unmapped stage has no phase"
    )
    scores: Annotated[ScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default=None, description='fields that our score goes to, or "off"'
    )

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """Give the phase of each mapped stage, by pipeline and stage."""
        return {(pipeline, stage): phase for pipeline, stages in self.phases.items() for stage, phase in stages.items()}

    def own_keys(self) -> dict[str, Any]:
        """Give the plugin's own keys, as the file has them."""
        return dict(self.model_extra or {})


def _kind_of(found: Any) -> str | None:
    """Choose the section that a connection's table is read by."""
    kind = found.get("type") if isinstance(found, dict) else getattr(found, "type", None)
    return kind if kind is None or kind in ("salesforce", "hubspot") else "plugin"


Connection = Annotated[
    Annotated[SalesforceConnection, Tag("salesforce")]
    | Annotated[HubSpotConnection, Tag("hubspot")]
    | Annotated[PluginConnection, Tag("plugin")],
    Discriminator(_kind_of),
]


class Settings(Section):
    """A whole config file.

    What [segments], [families] and [scope] say in conditions and templates is checked by the rule loader, which knows
    the signals.
    """

    store: Store = Field(default_factory=Store)
    schedule: Schedule = Field(default_factory=Schedule)
    rules: Rules = Field(default_factory=Rules)
    segments: Mapping[str, str] = Field(
        default_factory=dict, description="name to condition; the first that holds counts"
    )
    families: Mapping[str, Any] = Field(default_factory=dict, description="families of rules, as in a rule file")
    scope: Scope = Field(default_factory=Scope)
    calendar: CalendarSettings = Field(default_factory=CalendarSettings)
    tasks: Tasks = Field(default_factory=Tasks)
    digest: Digest = Field(default_factory=Digest)
    score: Score = Field(default_factory=Score)
    guards: Guards = Field(default_factory=Guards)
    quota: Quota = Field(default_factory=Quota)
    retention: Retention = Field(default_factory=Retention)
    connections: Mapping[ConnectionName, Connection] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _sections_with_paths(cls, found: Any) -> Any:
        """Let an absent section stand as an empty one, so that its default paths start at the config's folder."""
        return {"store": {}, "rules": {}, **found} if isinstance(found, dict) else found
