"""The section of a config file that describes one connection, for each kind of CRM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from sync.config.calendar import CalendarSettings
from sync.config.guards import Guards, Pilot
from sync.config.score_fields import ElementMap, Extra, HubSpotScoreFields, ScoreFields, field_alone, off_is_none
from sync.config.secret import Secret
from sync.config.sections import Scope
from sync.config.types import (
    ApiVersion,
    ConnectionName,
    Element,
    ExistingFile,
    FieldName,
    Folder,
    HttpsUrl,
    HubSpotUrl,
    HubSpotVersion,
    Identifier,
    JwtAudience,
    OrgId,
    Phase,
    PortalId,
    Role,
    SalesforceDomain,
    SecretReference,
    Section,
)


def _stages(value: Any) -> Any:
    """Take ``[phases.default]`` for ``[phases]``: a Salesforce org has one list of stages."""
    if not isinstance(value, dict):
        return value
    # HubSpot configs have a table per pipeline, and people copy that shape.
    pipelines = {name for name, value in value.items() if isinstance(value, dict)}
    if not pipelines:
        return value
    if pipelines != {"default"} or len(value) > 1:
        raise ValueError(
            "found stages by pipeline, expected them directly under phases: a Salesforce org has one list of stages"
        )
    return value["default"]


def _by_pipeline(value: Any) -> Any:
    """Take stages directly under phases for those of HubSpot's first pipeline, which is called default."""
    if not isinstance(value, dict) or any(isinstance(value, dict) for value in value.values()):
        return value
    return {"default": value} if value else value


class ConnectionConfig(Section):
    """One CRM org: the keys that it has whatever the CRM."""

    name: ConnectionName
    mode: Literal["observe", "score", "enforce"] = Field(
        default="observe", description="observe writes nothing; score writes no tasks"
    )
    ca_file: ExistingFile | None = Field(
        default=None, description="trust this CA alone; proxies and REQUESTS_CA_BUNDLE are ignored"
    )
    fallback_owner: str | None = Field(
        default=None, min_length=1, description="user, by id, e-mail or name, who gets tasks nobody active can"
    )
    close_status: str | None = Field(default=None, min_length=1, description="task status that closing sets")
    key_not_unique: Literal["refuse", "at-least-once"] = Field(
        default="refuse",
        description="what enforce does where the key of managed tasks is non-unique; docs/reliability.md",
    )
    elements: Mapping[Element, ElementMap] = Field(
        default_factory=dict, description="where each MEDDPICC element is kept"
    )
    extras: Mapping[Identifier, Annotated[Extra, BeforeValidator(field_alone)]] = Field(
        default_factory=dict, description="fields that conditions call x_<name>; account_<name> reads the account"
    )
    roles: Mapping[str, Role] = Field(default_factory=dict, description="contact role label to canonical role")
    muted_until: FieldName | None = Field(default=None, description="date field: the deal is excluded until then")
    scope: Scope = Field(default_factory=Scope, description="keys of [scope] that differ for this connection")
    calendar: CalendarSettings = Field(
        default_factory=CalendarSettings, description="keys of [calendar] that differ for this connection"
    )
    guards: Guards = Field(default_factory=Guards, description="keys of [guards] that differ for this connection")
    pilot: Pilot | None = Field(default=None, description="deals that go further than the connection's mode")
    overlay: Folder | None = Field(default=None, description="rule files for this connection alone, above all others")

    def own_keys(self) -> dict[str, Any]:
        """Return the keys of this kind of connection alone that have a value, secrets as references."""
        own = set(type(self).model_fields) - set(ConnectionConfig.model_fields) - {"type", "phases", "scores"}
        values = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
        return {name: value.reference if isinstance(value, Secret) else value for name, value in values.items()}


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
    audience: JwtAudience | None = Field(
        default=None, description="for jwt: login or test; left out, the address decides"
    )
    refresh_token: SecretReference | None = Field(default=None, description="for refresh-token")
    expect_org: OrgId | None = Field(default=None, description="stop when the credentials lead to another org")
    api_version: ApiVersion | None = Field(default=None, description="default: the newest that is known to work")
    phases: Annotated[Mapping[str, Phase], BeforeValidator(_stages)] = Field(
        default_factory=dict, description="stage to phase; an unmapped stage has no phase"
    )
    scores: Annotated[ScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default_factory=ScoreFields, description='fields that the score goes to, or "off"'
    )

    @property
    def address(self) -> str:
        """The address that logins go to, without a closing slash."""
        return (self.login_url or f"https://{self.domain}.my.salesforce.com").rstrip("/")

    def own_keys(self) -> dict[str, Any]:
        """Return the keys of a Salesforce org alone, with the address that its domain names."""
        return super().own_keys() | {"login_url": self.address}

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """The phase of each mapped stage, by pipeline and stage."""
        return {("default", stage): phase for stage, phase in self.phases.items()}


class HubSpotConnection(ConnectionConfig):
    """A HubSpot portal.

    *phases* maps, for each pipeline id, a stage id to its phase. *scores* is None where scores are switched off.
    """

    type: Literal["hubspot"]
    base_url: HubSpotUrl | None = Field(default=None, description="default https://api.hubapi.com")
    auth: Literal["service-key", "oauth"] = Field(default="service-key", description="how to log in to the portal")
    token: SecretReference | None = Field(default=None, description="for service-key: the key")
    client_id: SecretReference | None = Field(default=None, description="for oauth")
    client_secret: SecretReference | None = Field(default=None, description="for oauth")
    refresh_token: SecretReference | None = Field(default=None, description="for oauth: what the installation gave")
    expect_org: PortalId | None = Field(default=None, description="stop when the token leads to another portal")
    api_version: HubSpotVersion | None = Field(default=None, description="2026-09 if left out; or v3")
    phases: Annotated[Mapping[str, Mapping[str, Phase]], BeforeValidator(_by_pipeline)] = Field(
        default_factory=dict, description="pipeline id to stage id to phase; an unmapped stage has no phase"
    )
    scores: Annotated[HubSpotScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default_factory=HubSpotScoreFields, description='properties that the score goes to, or "off"'
    )

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """The phase of each mapped stage, by pipeline and stage."""
        return {(pipeline, stage): phase for pipeline, stages in self.phases.items() for stage, phase in stages.items()}


class PluginConnection(ConnectionConfig):
    """A CRM that a plugin reads: its own keys come with those of every connection, and the plugin checks them.

    *phases* maps, for each pipeline id, a stage id to its phase. *scores* is None unless fields are named.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    phases: Annotated[Mapping[str, Mapping[str, Phase]], BeforeValidator(_by_pipeline)] = Field(
        default_factory=dict, description="pipeline id to stage id to phase; an unmapped stage has no phase"
    )
    scores: Annotated[ScoreFields | None, BeforeValidator(off_is_none)] = Field(
        default=None, description='fields that the score goes to, or "off"'
    )

    @property
    def stage_phases(self) -> dict[tuple[str, str], str]:
        """The phase of each mapped stage, by pipeline and stage."""
        return {(pipeline, stage): phase for pipeline, stages in self.phases.items() for stage, phase in stages.items()}

    def own_keys(self) -> dict[str, Any]:
        """Return the plugin's own keys, as the file has them."""
        return dict(self.model_extra or {})


def _kind_of(value: Any) -> str | None:
    """Return the tag of the section that reads a connection's table."""
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return kind if kind is None or kind in ("salesforce", "hubspot") else "plugin"


Connection = Annotated[
    Annotated[SalesforceConnection, Tag("salesforce")]
    | Annotated[HubSpotConnection, Tag("hubspot")]
    | Annotated[PluginConnection, Tag("plugin")],
    Discriminator(_kind_of),
]
