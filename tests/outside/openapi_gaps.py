"""Where HubSpot's published OpenAPI files are known to part from HubSpot, and why we side with HubSpot."""

from __future__ import annotations

from dataclasses import dataclass

from tests.outside.openapi import Violation


@dataclass(frozen=True, slots=True)
class Gap:
    """Violations that are the files' fault: those whose path, side and place end as given here."""

    method: str
    template: str  # the end of the path
    side: str
    at: str
    reason: str

    def covers(self, violation: Violation) -> bool:
        """Whether *violation* is this gap."""
        return (
            violation.method == self.method
            and violation.template.endswith(self.template)
            and violation.side == self.side
            and violation.at == self.at
        )


GAPS: tuple[Gap, ...] = (
    Gap(
        "GET",
        "associations/2026-09/{fromObjectType}/{toObjectType}/labels",
        "200",
        ".results[].label",
        "the plain type between two objects has no label; HubSpot sends null where the files leave out nullable",
    ),
    Gap(
        "GET",
        "owners/2026-09",
        "200",
        ".results[].userId",
        "an archived owner is no user any more; HubSpot sends null where the files leave out nullable",
    ),
    Gap(
        "POST",
        "associations/2026-09/{fromObjectType}/{toObjectType}/batch/read",
        "200",
        ".results[].to[].associationTypes[].label",
        "the plain type between two objects has no label",
    ),
    Gap(
        "POST",
        "associations/2026-09/{fromObjectType}/{toObjectType}/batch/read",
        "200",
        ".results[].to[].toObjectId",
        "a number on the wire, whatever the files say; the connector reads both",
    ),
    Gap(
        "POST",
        "associations/2026-09/{fromObjectType}/{toObjectType}/batch/read",
        "207",
        "",
        "the normal answer where a record has no associations: the files of v4 declare it, the dated ones do not",
    ),
    Gap(
        "POST",
        "objects/2026-09/{objectType}/batch/read",
        "request",
        ".propertiesWithHistory",
        "marked as required; HubSpot takes a read without it",
    ),
    Gap(
        "POST",
        "objects/2026-09/{objectType}/search",
        "request",
        ".after",
        "marked as required; a first page has nothing to come after",
    ),
    Gap(
        "POST",
        "objects/2026-09/{objectType}/search",
        "request",
        ".sorts",
        "marked as required; HubSpot sorts by creation where nothing is asked",
    ),
    Gap(
        "POST",
        "objects/2026-09/{objectType}/search",
        "request",
        ".sorts[]",
        "typed as text; HubSpot documents objects of property and direction",
    ),
)
