"""Asking a portal what it lets us read and write, and saying what is weaker than it could be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from connectors.base import Capabilities
from connectors.errors import InvalidResponseError, InvalidSettingError, MissingPermissionError, WrongOrgError
from connectors.hubspot.objects import ANSWER_PROPERTY, KEY_PROPERTY, REASON_PROPERTY, Properties, read_properties
from connectors.hubspot.rows.people import owner_frame
from connectors.hubspot.rows.tasks import COMPLETED
from connectors.hubspot.rows.touches import KIND
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.shape import DealShape, deal_shape
from connectors.hubspot.stages import Stages, read_stages
from connectors.hubspot.transport import Transport
from connectors.limits import PageGuard
from connectors.mapping import FieldMap
from connectors.model import Org
from connectors.role_names import canonical_role

_CANNOT: Final = "could be read before and cannot now; what they would say is unknown"
_TABLES: Final = {"deals": "deals", "tasks": "own_tasks"}
_STILL_OPEN: Final = ("NOT_STARTED", "IN_PROGRESS", "WAITING")
_OWNERS_A_PAGE: Final = 100
_TEST_ACCOUNTS: Final = ("SANDBOX", "DEVELOPER_TEST")


@dataclass(frozen=True, slots=True)
class Probe:
    """What asking the portal found, *at* its own time; *labels* names the types of deal-to-contact associations."""

    org: Org
    at: datetime
    host: str | None
    objects: Mapping[str, Properties]
    stages: Stages
    owners: pl.DataFrame
    labels: Mapping[int, str]
    deal: DealShape
    capabilities: Capabilities

    @property
    def zone(self) -> ZoneInfo:
        """The portal's zone; UTC where its name is not known here."""
        return zone_named(self.org.time_zone)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; UTC where it is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def probe(transport: Transport, settings: HubSpotSettings, known: Capabilities | None) -> Probe:
    """Ask for the account, the properties, the pipelines, the owners and the labels: one call each.

    *known* is what an earlier process found: what has vanished since is reported.

    Raises:
        WrongOrgError: the token leads to another portal than the expected one.
        MissingPermissionError: our token may not read deals or tasks at all.
        InvalidSettingError: the portal has no such task status as the one that is to close tasks.
    """
    org, host = _account(transport, settings)
    # HubSpot's daily counter resets at midnight of the portal's zone, so the budget needs it first.
    transport.zone = zone_named(org.time_zone)
    kinds = ["deals", "tasks", "contacts"]
    if any(path.startswith("Account.") for path in settings.mapping.extras.values()):
        kinds.append("companies")
    objects = {
        kind: read_properties(transport.get(transport.api.properties.format(kind), kind="meta")) for kind in kinds
    }
    _check_close_status(settings.status_close, objects["tasks"])
    stages = read_stages(transport.get(transport.api.pipelines.format("deals"), kind="meta"))
    # Deals of people who left name archived owners, which only a second listing shows.
    owners = owner_frame([*_owners(transport, archived=False), *_owners(transport, archived=True)], org.time_zone)
    labels = _labels(transport)
    deal = deal_shape(settings.mapping, objects, stages)
    return Probe(
        org=org,
        at=transport.clock.now(),
        host=host,
        objects=objects,
        stages=stages,
        owners=owners,
        labels=labels,
        deal=deal,
        capabilities=_capabilities(settings, objects, deal, labels, known),
    )


def _check_close_status(wanted: str, task: Properties) -> None:
    """Refuse a status that no task can have, or that says of a task that it is still to be done."""
    status = task.get("hs_task_status")
    names = [name for name in status.options if name not in _STILL_OPEN] if status else [COMPLETED]
    if wanted not in names and wanted != COMPLETED:
        raise InvalidSettingError(
            f"close_status = {wanted!r} closes no task in this portal; its task statuses that do are "
            f"{', '.join(names)}; correct close_status, or leave it out for COMPLETED"
        )


def without_touches(capabilities: Capabilities, denied: Mapping[str, str]) -> Capabilities:
    """Return the capabilities that remain where our token may not read some engagements; *denied* has the reasons."""
    if not denied:
        return capabilities
    hidden = {f"touches:{KIND[kind]}": False for kind in denied}
    problems = tuple(f"{kind} are unknown: {why}" for kind, why in sorted(denied.items()))
    seen = f"{capabilities.fingerprint} {sorted(denied)}"
    return replace(
        capabilities,
        fingerprint=hashlib.sha256(seen.encode()).hexdigest()[:16],
        sources={**capabilities.sources, **hidden},
        problems=(*capabilities.problems, *problems),
    )


def _account(transport: Transport, settings: HubSpotSettings) -> tuple[Org, str | None]:
    body = transport.get(transport.api.account, kind="meta")
    if not isinstance(body, dict) or "portalId" not in body:
        raise InvalidResponseError("HubSpot answered for the account without a portal id; check base_url")
    portal = str(body["portalId"])
    if settings.expect_org is not None and settings.expect_org != portal:
        raise WrongOrgError(
            f"this token leads to portal {portal}, expected {settings.expect_org}; nothing was read or written; "
            "correct the token, or expect_org if the portal was meant to change"
        )
    kind = body.get("accountType")
    org = Org(
        org_id=portal,
        name=f"HubSpot {portal}",
        time_zone=body.get("timeZone") or "UTC",
        currency=body.get("companyCurrency"),
        is_sandbox=None if kind is None else kind in _TEST_ACCOUNTS,
    )
    return org, body.get("uiDomain")


def _owners(transport: Transport, *, archived: bool) -> Iterator[Mapping[str, Any]]:
    query = [("limit", str(_OWNERS_A_PAGE)), ("archived", str(archived).lower())]
    after: list[tuple[str, str]] = []
    guard = PageGuard(transport.limits, "owners")
    while True:
        body = transport.get(transport.api.owners, [*query, *after], kind="meta")
        try:
            yield from body["results"]
            following = (body.get("paging") or {}).get("next")
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidResponseError("HubSpot listed owners in a shape that it never had") from error
        if not following:
            return
        after = [("after", str(following["after"]))]
        guard.note(len(body["results"]), after[0][1])


def _labels(transport: Transport) -> dict[int, str]:
    """Return the labels of user-defined association types by type id; empty where our token may not see them."""
    try:
        body = transport.get(transport.api.labels("deals", "contacts"), kind="meta")
        return {int(label["typeId"]): str(label["label"]) for label in body["results"] if label.get("label")}
    except MissingPermissionError:
        return {}
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InvalidResponseError("HubSpot listed association labels in a shape that it never had") from error


def _capabilities(
    settings: HubSpotSettings,
    objects: Mapping[str, Properties],
    deal: DealShape,
    labels: Mapping[int, str],
    known: Capabilities | None,
) -> Capabilities:
    columns = {"deals": [name for name in deal.properties() if name in objects["deals"]]}
    columns["tasks"] = [name for name in (KEY_PROPERTY, REASON_PROPERTY, ANSWER_PROPERTY) if name in objects["tasks"]]
    key = tuple(_key_problems(objects["tasks"]))
    scores = tuple(_score_problems(settings.mapping, objects["deals"]))
    vanished = _vanished(objects, known)
    gone = (f"{kind}: {', '.join(names)} {_CANNOT}" for kind, names in vanished.items())
    problems = (*key, *scores, *deal.problems, *_gaps(objects, labels, settings.mapping), *gone)
    seen = json.dumps([columns, repr(deal), repr(settings.mapping), sorted(labels.items()), bool(key)], default=str)
    return Capabilities(
        fingerprint=hashlib.sha256(seen.encode()).hexdigest()[:16],
        sources=_sources(settings.mapping, deal),
        shows={element.name: element.shows for element in deal.elements if element.shows},
        element_roles={element.name: element.role for element in deal.elements if element.role},
        key_enforced=not key,
        key_usable=_usable(objects["tasks"]),
        can_write_tasks=_usable(objects["tasks"]),
        can_write_scores=settings.mapping.scores is not None and not scores,
        problems=problems,
        details=json.dumps(columns, sort_keys=True),
        vanished={_TABLES[kind]: names for kind, names in vanished.items()},
    )


def _sources(mapping: FieldMap, deal: DealShape) -> dict[str, bool]:
    by_field = {name for name, element in mapping.elements.items() if element.text or element.field or element.level}
    mapped = {f"field:{element.name}": element.readable for element in deal.elements if element.name in by_field}
    # A missing scope shows only when the object is read, so all count as readable until a pull meets a refusal.
    kinds = ("roles", "contacts", "touches:meeting", "touches:call", "touches:email")
    return mapped | dict.fromkeys(kinds, True)


def _key_problems(task: Properties) -> Iterator[str]:
    key = task.get(KEY_PROPERTY)
    if key is None:
        yield (
            f"tasks have no property {KEY_PROPERTY}: no task can be written without it; create it on tasks "
            "(single-line text, unique values required)"
        )
    elif key.read_only:
        yield f"the task property {KEY_PROPERTY} is read-only for our key: no task can be written"
    elif not key.unique:
        yield (
            f"the task property {KEY_PROPERTY} does not require unique values, so HubSpot would not refuse a second "
            "task with the same key; delete it and create it anew with unique values required"
        )


def _usable(task: Properties) -> bool:
    """Whether a task can carry the key at all."""
    return KEY_PROPERTY in task and not task[KEY_PROPERTY].read_only


def _score_problems(mapping: FieldMap, deal: Properties) -> Iterator[str]:
    for name in mapping.scores.fields().values() if mapping.scores else ():
        field = deal.get(name)
        if field is None or field.read_only:
            state = "does not exist" if field is None else "is read-only for our key"
            yield f'the deal property {name} {state}: no score can be written; create it, or set scores = "off"'


def _gaps(objects: Mapping[str, Properties], labels: Mapping[int, str], mapping: FieldMap) -> Iterator[str]:
    named = {canonical_role(label, mapping.roles) for label in labels.values()} - {None, "other"}
    if not named:
        yield (
            "no label of the association between deals and contacts names a buying role: the contacts' own "
            "hs_buying_role is used, which is the same on all their deals; create labels for roles on a deal"
        )
    if REASON_PROPERTY in objects["tasks"]:
        return
    yield f"tasks have no property {REASON_PROPERTY}: closed tasks cannot say why; create it (single-line text)"


def _vanished(objects: Mapping[str, Properties], known: Capabilities | None) -> dict[str, list[str]]:
    """Return the properties, by object, that were read before and are not there any more, mapped or not."""
    before: dict[str, list[str]] = json.loads(known.details) if known else {}
    known_names = {
        kind: names for kind, names in before.items() if kind in objects
    }  # a name may have been another CRM's
    missing = {kind: [name for name in names if name not in objects[kind]] for kind, names in known_names.items()}
    return {kind: names for kind, names in missing.items() if names}
