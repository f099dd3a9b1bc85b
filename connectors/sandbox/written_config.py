"""The configuration that a sandbox writes for its own org: it runs as it is, without environment variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from connectors.sandbox.salesforce.org import Org
from connectors.sandbox.salesforce.stages import KNOWN_STAGES

_ELEMENTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
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

_HEAD = """\
# Written by `dealwarden sandbox serve` for the org that it serves.

[store]
url = "sqlite:///dealwarden.db"

[schedule]
every = "10 minutes"

[rules]
packs = ["core"]
overlay = "rules.d"

[segments]
enterprise = "amount >= 100_000"
mid = "amount >= 25_000"
smb = "amount < 25_000"
"""

_SCORES = """\
[connections.salesforce.scores]
score = "Deal_Risk_Score__c"
band = "Deal_Risk_Band__c"
confidence = "Deal_Risk_Confidence__c"
reasons = "Deal_Risk_Reasons__c"
as_of = "Deal_Risk_As_Of__c"
"""


def write(org: Org, *, url: str, path: Path, ca_pem: bytes, client_id: str, client_secret: str) -> Path:
    """Write the config to *path* and, beside it, the CA and the secrets that it names; give *path* back."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_bytes(ca_pem)
    for name, secret in (("client_id", client_id), ("client_secret", client_secret)):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")
    path.write_text("\n".join(_sections(org, url)), encoding="utf-8")
    return path


def _sections(org: Org, url: str) -> Iterator[str]:
    yield _HEAD
    yield _table(
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
    phases = dict(_phases(org))
    if phases:
        lines = [f"{_quoted(stage)} = {_quoted(phase)}" for stage, phase in phases.items()]
        yield "\n".join(["[connections.salesforce.phases]", *lines, ""])
    yield "\n".join(["[connections.salesforce.elements]", *_elements(org), ""])
    yield _SCORES


def _table(header: str, **values: str) -> str:
    return "\n".join([header, *(f"{key} = {_quoted(value)}" for key, value in values.items()), ""])


def _phases(org: Org) -> Iterator[tuple[str, str]]:
    """Give the open stages of the org that the shipped table knows; the others stay unmapped."""
    for row in sorted(org.table("OpportunityStage"), key=lambda row: row["SortOrder"] or 0):
        shipped = KNOWN_STAGES.get(row["ApiName"])
        if not row["IsClosed"] and shipped is not None and shipped.phase is not None:
            yield row["ApiName"], shipped.phase.value


def _elements(org: Org) -> Iterator[str]:
    fields = org.schema.objects["Opportunity"].fields
    for element, mapping in _ELEMENTS:
        usable = [(kind, name) for kind, name in mapping if kind == "role" or name in fields]
        if usable:
            inner = ", ".join(f"{kind} = {_quoted(name)}" for kind, name in usable)
            yield f"{element} = {{ {inner} }}"


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
