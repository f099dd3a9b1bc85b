"""Asking an org what it lets us read and write, in one call, and saying what is weaker than it could be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import Capabilities
from connectors.errors import InvalidResponseError, MissingPermissionError
from connectors.mapping import FieldMap
from connectors.model import Org
from connectors.salesforce.auth import Login
from connectors.salesforce.objects import FEEDS, KEY_FIELD, KEY_LENGTH, REASON_FIELD, WANTED, ObjectInfo, read_describe
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.shape import DealShape, deal_shape
from connectors.salesforce.transport import Transport, part_refused

_NEEDED: Final = ("Opportunity", "Task")
_CANNOT: Final = "could be read before and cannot now; what they would say is unknown"


@dataclass(frozen=True, slots=True)
class Probe:
    """What asking the org found."""

    org: Org
    user_id: str
    objects: Mapping[str, ObjectInfo]
    deal: DealShape
    capabilities: Capabilities

    def sees(self, sobject: str) -> bool:
        """Whether our user may query an object."""
        return sobject in self.objects


def probe(transport: Transport, settings: SalesforceSettings, login: Login, known: Capabilities | None) -> Probe:
    """Describe every object that we read, and the org itself, in one call.

    *known* is what an earlier process found: what has vanished since is reported.

    Raises:
        MissingPermissionError: our user does not see deals or tasks at all.
    """
    names = tuple(WANTED)
    parts = [_part(transport, name, f"sobjects/{name}/describe") for name in names]
    parts.append(_part(transport, "Organization", f"sobjects/Organization/{login.org_id}"))
    # A composite takes 25 subrequests and counts as one call of the daily quota.
    answers = transport.composite(parts, kind="meta")
    objects = {
        name: described for name, answer in zip(names, answers, strict=False) if (described := _described(answer))
    }
    for name in _NEEDED:
        if name not in objects:
            raise MissingPermissionError(
                f"our Salesforce user does not see {name}; an admin must grant it read access to the object"
            )
    organization = answers[-1]["body"] if part_refused(answers[-1]) is None else {}
    deal = deal_shape(settings.mapping, objects)
    return Probe(
        org=_org(organization, login),
        user_id=login.user_id,
        objects=objects,
        deal=deal,
        capabilities=_capabilities(settings, objects, deal, known, organization),
    )


def _part(transport: Transport, name: str, path: str) -> dict[str, str]:
    return {"method": "GET", "url": transport.version_path(path), "referenceId": f"about{name}"}


def _described(answer: Mapping[str, Any]) -> ObjectInfo | None:
    if part_refused(answer) is not None:
        return None
    try:
        described = read_describe(answer["body"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidResponseError("Salesforce answered a describe in a shape that it never had") from error
    return described if described.queryable else None


def _org(body: Mapping[str, Any], login: Login) -> Org:
    return Org(
        org_id=login.org_id,
        name=body.get("Name") or login.org_id,
        time_zone=body.get("TimeZoneSidKey") or "UTC",
        currency=body.get("DefaultCurrencyIsoCode"),
        is_sandbox=body.get("IsSandbox"),
    )


def _capabilities(
    settings: SalesforceSettings,
    objects: Mapping[str, ObjectInfo],
    deal: DealShape,
    known: Capabilities | None,
    organization: Mapping[str, Any],
) -> Capabilities:
    columns = {name: list(described.wanted()) for name, described in objects.items()}
    columns["Opportunity"] += deal.paths()
    columns["Task"] += [name for name in (KEY_FIELD, REASON_FIELD) if name in objects["Task"].fields]
    key = tuple(key_problems(objects["Task"]))
    scores = tuple(_score_problems(settings, objects["Opportunity"]))
    vanished = _vanished(objects, known)
    gone = (f"{name}: {', '.join(fields)} {_CANNOT}" for name, fields in vanished.items())
    currency = organization.get("DefaultCurrencyIsoCode")
    problems = (*key, *scores, *deal.problems, *_gaps(objects), *_currency_gaps(objects, currency), *gone)
    if not organization.get("TimeZoneSidKey"):
        problems += ("our user does not see the org's own record: days turn at midnight UTC; grant View Setup",)
    seen = json.dumps([columns, repr(deal), repr(settings.mapping), bool(key)], sort_keys=True, default=str)
    return Capabilities(
        fingerprint=hashlib.sha256(seen.encode()).hexdigest()[:16],
        sources=_sources(settings.mapping, objects, deal),
        shows={element.name: element.shows for element in deal.elements if element.shows},
        element_roles={element.name: element.role for element in deal.elements if element.role},
        key_enforced=not key,
        key_usable=_usable(objects["Task"]),
        can_write_tasks=_usable(objects["Task"]) and objects["Task"].createable and objects["Task"].updateable,
        can_write_scores=settings.mapping.scores is not None and not scores,
        problems=tuple(problems),
        details=json.dumps(columns, sort_keys=True),
        vanished={
            table: vanished[name]
            for source, tables in FEEDS.items()
            if (name := source.partition(":")[0]) in vanished
            for table in tables
        },
    )


def _sources(mapping: FieldMap, objects: Mapping[str, ObjectInfo], deal: DealShape) -> dict[str, bool]:
    by_field = {name for name, element in mapping.elements.items() if element.text or element.field or element.level}
    mapped = {f"field:{element.name}": element.readable for element in deal.elements if element.name in by_field}
    return mapped | {
        "roles": "OpportunityContactRole" in objects,
        "contacts": "Contact" in objects,
        "touches:meeting": "Event" in objects,
        # TaskSubtype is hidden in some orgs, where CallType still marks a logged call.
        "touches:call": objects["Task"].has("TaskSubtype") or objects["Task"].has("CallType"),
        "touches:email": "EmailMessage" in objects or objects["Task"].has("TaskSubtype"),
    }


def key_problems(task: ObjectInfo) -> Iterator[str]:
    """Report why the key field does not keep our tasks from being created twice, if it does not."""
    key = task.fields.get(KEY_FIELD)
    if key is None:
        yield (
            f"Task.{KEY_FIELD} does not exist or is hidden from our user: no task can be written without it; "
            "create it on Activity (text 80, external id, unique) and grant it on Task and Event"
        )
        return
    needed = (
        ("open to our user for writing", key.createable),
        (f"at least {KEY_LENGTH} characters long", key.length >= KEY_LENGTH),
    )
    kept_once = (
        ("an external id", key.external_id),
        ("unique", key.unique),
        # describe's own gate for matching by a field: an external id may lack it.
        ("usable to look rows up (idLookup)", key.id_lookup),
    )
    wrong = [word for word, right in (*kept_once, *needed) if not right]
    if wrong:
        loss = (
            "Salesforce would not refuse a second task with the same key" if _usable(task) else "no task can be written"
        )
        yield f"Task.{KEY_FIELD} must be {', '.join(wrong)}: {loss} until an admin fixes it"


def _usable(task: ObjectInfo) -> bool:
    """Whether a task can carry the key at all, and be found by it."""
    key = task.fields.get(KEY_FIELD)
    return key is not None and key.createable and key.length >= KEY_LENGTH


def _score_problems(settings: SalesforceSettings, deal: ObjectInfo) -> Iterator[str]:
    if settings.mapping.scores is None:
        return
    for name in settings.mapping.scores.fields().values():
        field = deal.fields.get(name)
        if field is None or not field.updateable:
            state = "does not exist or is hidden from our user" if field is None else "is read-only for our user"
            yield f'Opportunity.{name} {state}: no score can be written; grant edit access, or set scores = "off"'


def _gaps(objects: Mapping[str, ObjectInfo]) -> Iterator[str]:
    for name, loss in (
        ("OpportunityContactRole", "who plays which role on a deal is unknown"),
        ("Contact", "contacts are unknown"),
        ("Event", "meetings are unknown"),
        ("EmailMessage", "mails are seen as logged tasks only, without their direction"),
    ):
        if name not in objects:
            yield f"our user does not see {name}: {loss}; grant read access where the org keeps it"
    if REASON_FIELD not in objects["Task"].fields:
        yield f"Task.{REASON_FIELD} does not exist or is hidden: closed tasks cannot say why; create it on Activity"


def _currency_gaps(objects: Mapping[str, ObjectInfo], corporate: str | None) -> Iterator[str]:
    """Report what hides the rates of an org with several currencies, and which amounts are unknown for it."""
    if not objects["Opportunity"].has("CurrencyIsoCode"):
        if "CurrencyType" in objects:
            yield "our user does not see Opportunity.CurrencyIsoCode: all amounts are unknown; grant read access to it"
        return
    named = f"amounts in other currencies than {corporate}" if corporate else "amounts in other currencies"
    grant = "grant it (View Setup and Configuration, and read access to the object)"
    hidden = _hidden(objects, "CurrencyType", ("IsoCode", "ConversionRate"))
    if hidden:
        yield f"our user does not see {hidden}: {named} are unknown where no dated rate applies; {grant}"
    # An org without dated rates shows no such object either, so only a field hidden of it is told.
    dated = _hidden(objects, "DatedConversionRate", ("IsoCode", "ConversionRate", "StartDate"))
    if dated and "DatedConversionRate" in objects:
        yield f"our user does not see {dated}: {named} are unknown where dated rates are used; {grant}"
    end = _hidden(objects, "DatedConversionRate", ("NextStartDate",))
    if end and "DatedConversionRate" in objects:
        yield f"our user does not see {end}: each dated rate counts until the next one begins; {grant}"
    if corporate is None and not objects.get("CurrencyType", ObjectInfo("")).has("IsCorporate"):
        yield (
            "our user sees neither Organization.DefaultCurrencyIsoCode nor CurrencyType.IsCorporate: which currency is "
            f"the org's own is unknown, and so are amounts without a rate; {grant}"
        )


def _hidden(objects: Mapping[str, ObjectInfo], sobject: str, fields: tuple[str, ...]) -> str:
    """Return the name of an object that is hidden, or of the fields of it that are; empty if all is seen."""
    if sobject not in objects:
        return sobject
    return " and ".join(f"{sobject}.{name}" for name in fields if not objects[sobject].has(name))


def _vanished(objects: Mapping[str, ObjectInfo], known: Capabilities | None) -> dict[str, list[str]]:
    """Return the fields, by object, that were read before and that our user sees no longer, mapped or not."""
    before: dict[str, list[str]] = json.loads(known.details) if known else {}
    known_fields = {
        name: fields for name, fields in before.items() if name in WANTED
    }  # a name may have been another CRM's
    missing = {
        name: [field for field in fields if not _is_seen(name, field, objects)] for name, fields in known_fields.items()
    }
    return {name: fields for name, fields in missing.items() if fields}


def _is_seen(name: str, field: str, objects: Mapping[str, ObjectInfo]) -> bool:
    """Whether a field, or one of an object that it leads to where we know that object, can be seen."""
    first, _, last = field.rpartition(".")
    holder = first or name
    return bool(first and holder not in objects) or (holder in objects and objects[holder].has(last))
