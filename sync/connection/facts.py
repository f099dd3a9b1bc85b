"""What judgement must know besides the tables, from connection, capabilities and clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime

from connectors.base import Capabilities
from connectors.model import Org
from rules.judgement.coverage import DEFINITION
from rules.model import Facts
from sync.connection.calendars import calendars_on, fingerprint
from sync.connection.context import ReadyConnection
from sync.model.local_time import local_time


def facts_for(
    connection: ReadyConnection, org: Org, capabilities: Capabilities, now: datetime, owner_countries: Iterable[str]
) -> Facts:
    """Gather the facts for judging *connection* at *now*, the CRM's own time; coverage verdicts are added later."""
    today = local_time(org.time_zone, now).date()
    return Facts(
        now=now,
        today=today,
        time_zone=org.time_zone,
        phases=connection.phases,
        shows=capabilities.shows,
        element_roles=capabilities.element_roles,
        readable=capabilities.sources,
        extras=connection.extras,
        calendars=calendars_on(connection.calendar, owner_countries, today),
    )


def judgement_fingerprint(connection: ReadyConnection, capabilities: Capabilities) -> str:
    """Return a hash that changes whenever judging or planning the same data could come out differently."""
    parts = [
        connection.ruleset.fingerprint,
        DEFINITION,
        capabilities.fingerprint,
        sorted((*stage, phase) for stage, phase in connection.phases.items()),
        sorted(connection.extras.items()),
        (connection.mode, connection.pilot_mode, connection.ruleset.pilot.text if connection.ruleset.pilot else None),
        connection.from_severity.word,
        connection.subject_prefix,
        connection.cooldown,
        fingerprint(connection.calendar),
        astuple(connection.caps),
        (connection.digest_weekday, connection.digest_from.word),
        connection.min_change,
        astuple(connection.ruleset.bands),
        connection.fallback_owner,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
