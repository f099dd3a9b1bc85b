"""The stages that every new org has, and their phases: they count where the configuration maps none of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PIPELINE: Final = "default"
"""The only pipeline of a Salesforce org, and the id of HubSpot's first."""

STANDARD_PHASES: Final[Mapping[str, Mapping[str, str]]] = {
    "salesforce": {
        "Prospecting": "discovery",
        "Qualification": "qualification",
        "Needs Analysis": "discovery",
        "Value Proposition": "evaluation",
        "Id. Decision Makers": "evaluation",
        "Perception Analysis": "evaluation",
        "Proposal/Price Quote": "business_case",
        "Negotiation/Review": "procurement",
    },
    "hubspot": {
        "appointmentscheduled": "discovery",
        "qualifiedtobuy": "qualification",
        "presentationscheduled": "evaluation",
        "decisionmakerboughtin": "business_case",
        "contractsent": "close",
    },
}
"""Phase by the API name (Salesforce) or id (HubSpot) of a stage, by type of connection.

The closed stages have no phase: the CRM's own flags say that a deal is won or lost.
"""


def with_standard(kind: str, mapped: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
    """Return the phases by pipeline and stage, with the standard ones where *mapped* has none of their pipeline."""
    if any(pipeline == PIPELINE for pipeline, _ in mapped):
        return mapped
    standard = {(PIPELINE, stage): phase for stage, phase in STANDARD_PHASES.get(kind, {}).items()}
    return {**standard, **mapped}
