"""From configuration to a connection ready to run: the one place where a connection's type becomes a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, Final

from connectors.base import Connector
from connectors.host import Host
from connectors.mapping import ElementMap, FieldKind, FieldMap, ScoreMap
from connectors.plugin import ConnectionContext
from rules.language.signal import SignalType
from rules.model import RuleSet, Severity
from rules.signals.mapped_fields import takes_checkbox, type_of_extra
from sync.config.config import Config
from sync.config.connections import Connection
from sync.config.plugins import load_plugin
from sync.config.rotating import KeptSecret
from sync.config.score_fields import Extra, ScoreFields
from sync.config.secret import Secret
from sync.config.sections import Tasks
from sync.config.standard_stages import with_standard
from sync.connection.context import ReadyConnection
from sync.model.limits import Caps, Guards

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def connect(
    config: Config, name: str, ruleset: RuleSet, *, spent_today: int = 0, host: Host | None = None
) -> ReadyConnection:
    """Build the connection *name*; nothing is sent and no secret is read yet.

    *spent_today* are the calls that earlier processes took of the org's quota in the last 24 hours.

    Raises:
        PluginError: the plugin for the connection's type is gone or cannot be loaded.
    """
    connection = config.connections[name]
    settings = config.settings
    return ReadyConnection(
        name=name,
        kind=connection.type,
        connector=_connector(config, connection, spent_today, host or Host()),
        ruleset=ruleset,
        mode=connection.mode,
        pilot_mode=connection.pilot.mode if connection.pilot else None,
        phases=with_standard(connection.type, connection.stage_phases),
        extras=all_extras(config),
        from_severity=Severity[settings.tasks.from_severity.upper()],
        subject_prefix=settings.tasks.subject_prefix,
        cooldown=settings.tasks.cooldown,
        calendar=connection.calendar.over(settings.calendar),
        caps=_caps(settings.tasks),
        digest_weekday=_WEEKDAYS.index(settings.digest.day) if settings.digest.day in _WEEKDAYS else None,
        digest_from=Severity[settings.digest.rep_from.upper()],
        guards=Guards(**connection.guards.over(settings.guards).model_dump()),
        min_change=settings.score.min_change,
        fallback_owner=connection.fallback_owner,
        touches_days=settings.retention.touches_days,
        closed_deals_days=settings.retention.closed_deals_days,
        write_scores=connection.scores is not None,
        sweep_at=settings.schedule.full_sweep,
        at_least_once=connection.key_not_unique == "at-least-once",
    )


def _caps(tasks: Tasks) -> Caps:
    limits = {
        field.name: getattr(tasks, field.name) for field in fields(Caps) if field.name in type(tasks).model_fields
    }
    return Caps(**limits, new_only=tasks.backlog == "new-only")


def all_extras(config: Config) -> dict[str, SignalType]:
    """Return the signals that the mapped extras become, with their types.

    All connections are judged by the same rules, so each knows the extras of all; an extra that it does not map is
    unknown.
    """
    return {
        f"x_{name}": SignalType(extra.type) if extra.type else type_of_extra(name)
        for connection in config.connections.values()
        for name, extra in connection.extras.items()
    }


def _connector(config: Config, connection: Connection, spent_today: int, host: Host) -> Connector:
    settings = connection.own_keys()
    context = ConnectionContext(
        name=connection.name,
        folder=config.base,
        secret=partial(_secret, connection.name, settings, config.base),
        mapping=_field_map(connection),
        ca_file=connection.ca_file,
        close_status=connection.close_status,
        quota_share=config.settings.quota.share,
        spent_today=spent_today,
        host=host,
        rotating=partial(_rotating, connection.name, settings, config.base),
    )
    return load_plugin(connection.type).connect(settings, context=context)


def _secret(connection: str, settings: Mapping[str, Any], base: Path, key: str) -> Callable[[], str] | None:
    """Return a function that reads the secret that *key* refers to, or None where no secret is configured."""
    reference = settings.get(key)
    return None if reference is None else partial(Secret(f"connections.{connection}.{key}", reference).resolve, base)


def _rotating(connection: str, settings: Mapping[str, Any], base: Path, key: str) -> KeptSecret | None:
    """Return the same secret for a CRM that replaces it when it is used."""
    reference = settings.get(key)
    return None if reference is None else KeptSecret(Secret(f"connections.{connection}.{key}", reference), base)


def _field_map(connection: Connection) -> FieldMap:
    return FieldMap(
        elements={name: ElementMap(**element.model_dump()) for name, element in connection.elements.items()},
        extras={f"x_{name}": _path(name, extra.field) for name, extra in connection.extras.items()},
        muted_until=connection.muted_until,
        scores=_score_map(connection.scores),
        roles=connection.roles,
        extra_kinds={f"x_{name}": kind for name, extra in connection.extras.items() if (kind := _kind(name, extra))},
    )


def _kind(name: str, extra: Extra) -> FieldKind | None:
    """Return the kind of field that an extra must be; None where any can be read, or a checkbox does as well."""
    if extra.type is None and takes_checkbox(name):
        return None
    return _KINDS.get(SignalType(extra.type) if extra.type else type_of_extra(name))


_KINDS: Final[Mapping[SignalType, FieldKind]] = {
    SignalType.NUMBER: "number",
    SignalType.DATE: "date",
    SignalType.BOOLEAN: "checkbox",
}


def _path(name: str, field: str) -> str:
    """Return the API path of an extra: ``account_<name>`` reads the deal's account."""
    return f"Account.{field}" if name.startswith("account_") and "." not in field else field


def _score_map(fields: ScoreFields | None) -> ScoreMap | None:
    return None if fields is None else ScoreMap(**fields.model_dump())
