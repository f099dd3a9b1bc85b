"""What judgement must know besides the tables, from connection, capabilities and clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime

from connectors.base import Capabilities
from connectors.model import Org
from rules.model import Facts
from sync.connection.calendars import calendars_on, fingerprint
from sync.connection.context import Connected
from sync.model.local_time import local_time


def facts_for(
    one: Connected, org: Org, capabilities: Capabilities, now: datetime, owner_countries: Iterable[str]
) -> Facts:
    """Gather the facts for judging *one* at *now*, the CRM's own time; coverage verdicts are added later."""
    today = local_time(org.time_zone, now).date()
    return Facts(
        now=now,
        today=today,
        time_zone=org.time_zone,
        phases=one.phases,
        shows=capabilities.shows,
        element_roles=capabilities.element_roles,
        readable=capabilities.sources,
        extras=one.extras,
        calendars=calendars_on(one.calendar, owner_countries, today),
    )


def judgement_fingerprint(one: Connected, capabilities: Capabilities) -> str:
    """Give a hash that changes whenever judging or planning the same data could come out differently."""
    parts = [
        one.ruleset.fingerprint,
        capabilities.fingerprint,
        sorted((*stage, phase) for stage, phase in one.phases.items()),
        sorted(one.extras.items()),
        (one.mode, one.pilot_mode, one.ruleset.pilot.text if one.ruleset.pilot else None),
        one.from_severity.word,
        one.subject_prefix,
        one.cooldown,
        fingerprint(one.calendar),
        astuple(one.caps),
        (one.digest_weekday, one.digest_from.word),
        one.min_change,
        one.fallback_owner,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
