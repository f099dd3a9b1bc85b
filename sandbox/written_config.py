"""The configuration that a sandbox writes for what it serves: it runs as it is, without environment variables."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.seeded_stages import PHASE_OF_STAGE
from sandbox.salesforce.api.auth import ConnectedApp
from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.stages import KNOWN_STAGES

_Elements = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

_ORG_ELEMENTS: _Elements = (
    ("metrics", (("text", "Metrics__c"),)),
    ("economic_buyer", (("role", "economic_buyer"), ("field", "Economic_Buyer__c"))),
    ("decision_criteria", (("text", "Decision_Criteria__c"), ("field", "Decision_Criteria_Level__c"))),
    ("decision_process", (("text", "Decision_Process__c"),)),
    ("paper_process", (("text", "Paper_Process__c"), ("field", "Paper_Process_Started__c"))),
    ("implicate_pain", (("text", "Implicate_Pain__c"),)),
    ("champion", (("role", "champion"), ("field", "Champion__c"))),
    ("competition", (("text", "Competition__c"),)),
)
"""How each element is mapped where the org has the fields; a role needs none."""

_PORTAL_ELEMENTS: _Elements = (
    ("metrics", (("text", "dw_metrics"),)),
    ("economic_buyer", (("role", "economic_buyer"),)),
    ("decision_criteria", (("text", "dw_decision_criteria"), ("field", "dw_decision_criteria_level"))),
    ("decision_process", (("text", "dw_decision_process"),)),
    ("paper_process", (("text", "dw_paper_process"), ("field", "dw_paper_process_started"))),
    ("implicate_pain", (("text", "dw_implicate_pain"),)),
    ("champion", (("role", "champion"),)),
    ("competition", (("text", "dw_competition"),)),
)
"""The same for a portal."""

_ORG_SCORES = {
    "score": "Deal_Risk_Score__c",
    "band": "Deal_Risk_Band__c",
    "confidence": "Deal_Risk_Confidence__c",
    "reasons": "Deal_Risk_Reasons__c",
    "as_of": "Deal_Risk_As_Of__c",
}
_PORTAL_SCORES = {
    "score": "deal_risk_score",
    "band": "deal_risk_band",
    "confidence": "deal_risk_confidence",
    "reasons": "deal_risk_reasons",
    "as_of": "deal_risk_as_of",
}

_HEAD = """\
# Written by `dealwarden sandbox serve` for what it serves.

[store]
url = "sqlite:///dealwarden.db"

[schedule]
every = "10 minutes"

[rules]
overlay = "rules.d"

[segments]
enterprise = "amount >= 100_000"
mid = "amount >= 25_000"
smb = "amount < 25_000"

[tasks]                                  # no caps and no ramp, so that everything found is seen
open_per_deal = 0
open_per_owner = 0
new_per_owner_per_day = 0
pause_owner_at = 0
ramp = "0 business days"

[digest]
day = "off"

[guards]                                 # nothing waits for a person's approval
new_tasks_per_cycle = 0
new_tasks_per_day = 0
share_of_deals = 0.0
share_closed = 0.0
share_scored = 0.0
"""


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of the config: its tables, and the files that they name, secret ones apart."""

    tables: tuple[str, ...]
    secrets: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)


def write(path: Path, connections: Sequence[Connection]) -> Path:
    """Write the config to *path* and, beside it, the files that it names; return *path*."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    for connection in connections:
        for name, content in connection.files.items():
            (folder / name).write_bytes(content)
        for name, secret in connection.secrets.items():
            file = folder / name
            # Before anything is written: a secret is never readable by others, not even for a moment.
            file.touch(mode=0o600)
            file.write_text(secret, encoding="utf-8")
    tables = [table for connection in connections for table in connection.tables]
    path.touch(mode=0o600)
    path.write_text("\n".join([_HEAD, *tables]), encoding="utf-8")
    return path


def salesforce(org: Org, *, url: str, ca_pem: bytes, app: ConnectedApp) -> Connection:
    """The connection to an org that is served at *url*."""
    main = _table(
        "[connections.salesforce]",
        type="salesforce",
        mode="enforce",
        login_url=url,
        auth="client-credentials",
        client_id="file:client_id",
        client_secret="file:client_secret",  # noqa: S106 - a reference
        ca_file="ca.pem",
        expect_org=org.org_id,
    )
    tables = [main]
    phases = dict(_org_phases(org))
    if phases:
        tables.append(_table("[connections.salesforce.phases]", **phases))
    tables.append(_elements("salesforce", _ORG_ELEMENTS, org.schema.objects["Opportunity"].fields))
    tables.append(_table("[connections.salesforce.scores]", **_ORG_SCORES))
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    return Connection(tuple(tables), secrets, {"ca.pem": ca_pem})


def hubspot(portal: Portal, *, url: str, token: str) -> Connection:
    """The connection to a portal that is served at *url*, by its service key *token*."""
    main = _table(
        "[connections.hubspot]",
        type="hubspot",
        mode="enforce",
        base_url=url,
        auth="service-key",
        token="file:hubspot_token",  # noqa: S106 - a reference
        expect_org=portal.portal_id,
    )
    tables = [main]
    for pipeline in portal.schema.pipelines.values():
        phases = {
            stage.id: PHASE_OF_STAGE[stage.id].value
            for stage in pipeline.stages
            if not stage.is_closed and stage.id in PHASE_OF_STAGE
        }
        if phases:
            tables.append(_table(f"[connections.hubspot.phases.{_key(pipeline.id)}]", **phases))
    tables.append(_elements("hubspot", _PORTAL_ELEMENTS, portal.schema.all("deals")))
    tables.append(_table("[connections.hubspot.scores]", **_PORTAL_SCORES))
    return Connection(tuple(tables), {"hubspot_token": token})


def _table(header: str, **values: str) -> str:
    return "\n".join([header, *(f"{_key(name)} = {_quoted(value)}" for name, value in values.items()), ""])


def _org_phases(org: Org) -> Iterator[tuple[str, str]]:
    """Return the open stages of the org that the shipped table knows; the others stay unmapped."""
    for row in sorted(org.table("OpportunityStage"), key=lambda row: row["SortOrder"] or 0):
        shipped = KNOWN_STAGES.get(row["ApiName"])
        if not row["IsClosed"] and shipped is not None and shipped.phase is not None:
            yield row["ApiName"], shipped.phase.value


def _elements(connection: str, elements: _Elements, present: Container[str]) -> str:
    """Write the elements as far as the CRM can show them: a role always, a field where it is there."""
    lines = [f"[connections.{connection}.elements]"]
    for element, mapping in elements:
        usable = [(kind, name) for kind, name in mapping if kind == "role" or name in present]
        if usable:
            inner = ", ".join(f"{kind} = {_quoted(name)}" for kind, name in usable)
            lines.append(f"{element} = {{ {inner} }}")
    return "\n".join([*lines, ""])


def _key(text: str) -> str:
    """Write a TOML key: bare where it can be."""
    return text if re.fullmatch(r"[A-Za-z_]+", text) else _quoted(text)


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
