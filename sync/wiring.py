"""The one place that names concrete connectors: from configuration to a connection ready to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from connectors.base import Connector
from connectors.mapping import ElementMap, FieldMap, ScoreMap
from rules.model import RuleSet, Severity, SignalType
from sync.config import Config
from sync.config_schema import ConnectionConfig, ScoreFields
from sync.connected import Connected
from sync.secret import Secret


def connect(config: Config, name: str, ruleset: RuleSet, *, spent_today: int = 0) -> Connected:
    """Build the connection *name*; nothing is sent and no secret is read yet.

    *spent_today* are the calls that earlier processes took of the org's quota in the last 24 hours.
    """
    one = config.connections[name]
    settings = config.settings
    return Connected(
        name=name,
        kind=one.type,
        connector=_connector(config, one, spent_today),
        ruleset=ruleset,
        mode=one.mode,
        phases={("default", stage): phase for stage, phase in one.phases.items()},
        extras=all_extras(config),
        from_severity=Severity[settings.tasks.from_severity.upper()],
        subject_prefix=settings.tasks.subject_prefix,
        min_change=settings.score.min_change,
        fallback_owner=one.fallback_owner,
        touches_days=settings.retention.touches_days,
        closed_deals_days=settings.retention.closed_deals_days,
        write_scores=one.scores is not None,
        sweep_at=settings.schedule.full_sweep,
    )


def all_extras(config: Config) -> dict[str, SignalType]:
    """Give the signals that the mapped extras become; their values are text.

    All connections are judged by one rule set, so each knows the extras of all; one that it does not map is unknown.
    """
    return {f"x_{name}": SignalType.TEXT for one in config.connections.values() for name in one.extras}


def _connector(config: Config, one: ConnectionConfig, spent_today: int) -> Connector:
    # Heavy, and needed only by commands that talk to a CRM.
    from connectors.salesforce.connector import SalesforceConnector  # noqa: PLC0415
    from connectors.salesforce.settings import API_VERSION, SalesforceSettings, TaskFields  # noqa: PLC0415

    return SalesforceConnector(
        SalesforceSettings(
            login_url=one.address,
            auth=one.auth,
            client_id=lambda: one.client_id.resolve(config.base),
            client_secret=_reader(one.client_secret, config.base),
            username=one.username,
            private_key=_reader(one.private_key, config.base),
            refresh_token=_reader(one.refresh_token, config.base),
            api_version=(one.api_version or API_VERSION).removeprefix("v"),
            ca_file=one.ca_file,
            expect_org=one.expect_org,
            mapping=_field_map(one),
            tasks=TaskFields(status_close=one.close_status),
            quota_share=config.settings.quota.share,
            spent_today=spent_today,
        )
    )


def _reader(secret: Secret | None, base: Path) -> Callable[[], str] | None:
    return None if secret is None else lambda: secret.resolve(base)


def _field_map(one: ConnectionConfig) -> FieldMap:
    return FieldMap(
        elements={name: ElementMap(**element.model_dump()) for name, element in one.elements.items()},
        extras={f"x_{name}": _path(name, field) for name, field in one.extras.items()},
        muted_until=one.muted_until,
        scores=_score_map(one.scores),
        roles=one.roles,
    )


def _path(name: str, field: str) -> str:
    """Give the API path of an extra: ``account_<name>`` reads the deal's account."""
    return f"Account.{field}" if name.startswith("account_") and "." not in field else field


def _score_map(fields: ScoreFields | None) -> ScoreMap | None:
    return None if fields is None else ScoreMap(**fields.model_dump())
