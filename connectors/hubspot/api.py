"""Where HubSpot's resources lie: one table of API versions, and no path anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Window = Literal["search", "associations", "other"]
"""The short windows that HubSpot counts calls in."""


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """The paths of one version: roots that a resource's own path is put behind.

    *objects*, *properties*, *pipelines* and *owners* take an object type; *associations* two.
    """

    name: str
    objects: str
    associations: str
    properties: str
    pipelines: str
    owners: str
    account: str
    token: str

    def list(self, kind: str) -> str:
        """Return the path that lists the records of an object."""
        return self.objects.format(kind)

    def search(self, kind: str) -> str:
        """Return the path that searches an object."""
        return f"{self.list(kind)}/search"

    def batch(self, kind: str, action: Literal["read", "create", "update"]) -> str:
        """Return the path of a batch."""
        return f"{self.list(kind)}/batch/{action}"

    def associated(self, kind: str, other: str) -> str:
        """Return the path that reads associations in batches."""
        return f"{self.associations.format(kind, other)}/batch/read"

    def labels(self, kind: str, other: str) -> str:
        """Return the path that lists the labels of associations."""
        return f"{self.associations.format(kind, other)}/labels"


def _dated(day: str) -> ApiVersion:
    return ApiVersion(
        name=day,
        objects=f"/crm/objects/{day}/{{}}",
        associations=f"/crm/associations/{day}/{{}}/{{}}",
        properties=f"/crm/properties/{day}/{{}}",
        pipelines=f"/crm/pipelines/{day}/{{}}",
        owners=f"/crm/owners/{day}",
        account=f"/account-info/{day}/details",
        token=f"/oauth/{day}/token",
    )


DEFAULT_VERSION: Final = "2026-09"
"""Spoken unless the configuration names another."""

VERSIONS: Final[Mapping[str, ApiVersion]] = {
    DEFAULT_VERSION: _dated(DEFAULT_VERSION),
    "v3": ApiVersion(
        name="v3",
        objects="/crm/v3/objects/{}",
        associations="/crm/v4/associations/{}/{}",
        properties="/crm/v3/properties/{}",
        pipelines="/crm/v3/pipelines/{}",
        owners="/crm/v3/owners",
        account="/account-info/v3/details",
        token="/oauth/v3/token",  # noqa: S106 - a path
    ),
}
"""The versions that are spoken, by name. Associations of v3 are those of v4, whose reads carry labels."""


def window_of(path: str) -> Window:
    """Return the short window that a call to *path* counts against."""
    if path.endswith("/search"):
        return "search"
    return "associations" if "/associations/" in path else "other"
