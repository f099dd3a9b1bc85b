"""The paths of the API: which area a path leads to, in which version, and what a call of it counts as."""

from __future__ import annotations

from functools import lru_cache

from sandbox.hubspot.api.call import DATED
from sandbox.server.calls import CallKind

_DATE = "{date}"

ROOTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("crm", "v3", "objects"), "objects"),
    (("crm", "v4", "objects"), "objects"),
    (("crm", "objects", _DATE), "objects"),
    (("crm", "v3", "associations"), "associations"),
    (("crm", "v4", "associations"), "associations"),
    (("crm", "associations", "v4"), "associations"),
    (("crm", "associations", _DATE), "associations"),
    (("crm", "v3", "properties"), "properties"),
    (("crm", "properties", _DATE), "properties"),
    (("crm", "v3", "property-validations"), "property-validations"),
    (("crm", "property-validations", _DATE), "property-validations"),
    (("crm", "v3", "pipelines"), "pipelines"),
    (("crm", "pipelines", _DATE), "pipelines"),
    (("crm", "v3", "owners"), "owners"),
    (("crm", "owners", _DATE), "owners"),
    (("crm", "v3", "schemas"), "schemas"),
    (("crm-object-schemas", "v3", "schemas"), "schemas"),
    (("crm-object-schemas", _DATE, "schemas"), "schemas"),
    (("account-info", "v3"), "account-info"),
    (("account-info", _DATE), "account-info"),
    (("oauth", "v1"), "oauth"),
    (("oauth", "v3"), "oauth"),
    (("oauth", _DATE), "oauth"),
)
"""Every root that is served: the version comes before the area's name on some roots, after it on others."""

_META = {"properties", "property-validations", "pipelines", "owners", "schemas", "account-info"}
_READS = {("search",), ("batch", "read")}


@lru_cache(maxsize=1024)
def locate(segments: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]] | None:
    """The area, the version and the rest of a path; None where it leads nowhere."""
    for root, area in ROOTS:
        head = segments[: len(root)]
        if len(head) == len(root) and all(_meets(part, wanted) for part, wanted in zip(head, root, strict=True)):
            version = next(part for part in head if part in DATED or part in {"v1", "v3", "v4"})
            return area, version, segments[len(root) :]
    return None


def kind_of(method: str, area: str, rest: tuple[str, ...]) -> CallKind:
    """What a call counts as: describing is meta, every way of reading records is read, and all else is write."""
    if area == "oauth":
        return "auth"
    reading = method in {"GET", "HEAD"} or (method == "POST" and (rest[-1:] in _READS or rest[-2:] in _READS))
    if not reading:
        return "write"
    return "meta" if area in _META or "labels" in rest or "types" in rest else "read"


def _meets(part: str, wanted: str) -> bool:
    return part in DATED if wanted == _DATE else part == wanted
