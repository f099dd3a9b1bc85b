"""Companies, contacts, owners, and what a contact is to a deal, as canonical rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from connectors.columns import Column, Reading, Record, Rows, count, frame, text
from connectors.hubspot.objects import Properties
from connectors.hubspot.rows.deals import extras, merged_ids
from connectors.hubspot.values import flag, properties
from connectors.role_names import canonical_role

_COMPANY: Final[Mapping[str, Column]] = {
    "account_id": ("hs_object_id", text),
    "name": ("name", text),
    "parent_id": ("hs_parent_company_id", text),
    "industry": ("industry", text),
    "employees": ("numberofemployees", count),
    "country": ("country", text),
    "owner_id": ("hubspot_owner_id", text),
}
_CONTACT: Final[Mapping[str, Column]] = {
    "contact_id": ("hs_object_id", text),
    "account_id": ("associatedcompanyid", text),
    "title": ("jobtitle", text),
}
_LEFT: Final = ("hs_job_change_detected_date", "hs_employment_change_detected_date")


@dataclass(frozen=True, slots=True)
class Participant:
    """A contact on a deal, with the labels that the association has."""

    deal_id: str
    contact_id: str
    labels: tuple[str, ...] = ()


def company_rows(records: Sequence[Record], paths: Mapping[str, str], known: Properties) -> Rows:
    """Convert company records, with the mapped extras of *paths*; those merged into them are gone."""
    companies = [properties(record) for record in records]
    reading = Reading("accounts", [company["hs_object_id"] for company in companies])
    values = reading.columns(companies, _COMPANY)
    values["extras"] = reading.extras(companies, extras(paths, known))
    gone = tuple(loser for company in companies for loser in merged_ids(company))
    return Rows({"accounts": frame("accounts", values, len(companies))}, {"accounts": gone}, tuple(reading.odd))


def contact_rows(records: Sequence[Record]) -> Rows:
    """Convert contact records; those merged into them are gone."""
    contacts = [properties(record) for record in records]
    values = Reading("contacts", [contact["hs_object_id"] for contact in contacts]).columns(contacts, _CONTACT)
    values["name"] = [_name(contact) for contact in contacts]
    values["reachable"] = [_reachable(contact) for contact in contacts]
    gone = tuple(loser for contact in contacts for loser in merged_ids(contact))
    return Rows({"contacts": frame("contacts", values, len(contacts))}, {"contacts": gone})


def buying_roles(records: Sequence[Record]) -> dict[str, str]:
    """Return each contact's own buying role by contact id; empty text where the contact has none."""
    return {str(record["id"]): str(record["properties"].get("hs_buying_role") or "") for record in records}


def role_rows(
    participants: Sequence[Participant], said: Mapping[str, str], own_names: Mapping[str, str]
) -> pl.DataFrame:
    """Return the roles of each contact on each deal: one row a role, so that nobody counts twice in the same role.

    A label of the association that names a role counts for the deal; only where none does, what the contact *said* of
    itself on all deals counts. *own_names* are the portal's own role names.
    """
    rows = {
        row[0]: row
        for participant in participants
        for row in _roles(participant, said.get(participant.contact_id, ""), own_names)
    }
    names = ("role_id", "deal_id", "contact_id", "role", "raw_role")
    return frame("roles", {name: [row[at] for row in rows.values()] for at, name in enumerate(names)}, len(rows))


def owner_frame(records: Sequence[Mapping[str, Any]], time_zone: str) -> pl.DataFrame:
    """Convert owners, archived ones (inactive) included; HubSpot keeps no zone of a person, so the portal's is used."""
    values: dict[str, list[Any]] = {
        "owner_id": [str(owner["id"]) for owner in records],
        "name": [
            _name({"firstname": owner.get("firstName"), "lastname": owner.get("lastName"), **owner})
            for owner in records
        ],
        "email": [owner.get("email") for owner in records],
        "active": [owner.get("archived") is not True for owner in records],
        "team": [_team(owner.get("teams") or ()) for owner in records],
        "time_zone": [time_zone] * len(records),
    }
    return frame("owners", values, len(records))


def _roles(
    participant: Participant, said: str, own_names: Mapping[str, str]
) -> Iterator[tuple[str, str, str, str | None, str | None]]:
    said_of_self = tuple(part for part in said.split(";") if part.strip())
    # hs_buying_role belongs to the contact, not to the deal, so a label of this deal comes first.
    for source in (participant.labels, said_of_self):
        named = [(role, raw) for raw in source if (role := canonical_role(raw, own_names)) != "other"]
        if named:
            break
    else:
        named = [("other", raw) for raw in participant.labels[:1]]
    for role, raw in named:
        yield (
            f"{participant.deal_id}:{participant.contact_id}:{role}",
            participant.deal_id,
            participant.contact_id,
            role,
            raw,
        )
    if not named:
        yield (
            f"{participant.deal_id}:{participant.contact_id}:",
            participant.deal_id,
            participant.contact_id,
            None,
            None,
        )


def _name(person: Mapping[str, Any]) -> str | None:
    full = " ".join(part for part in (person.get("firstname"), person.get("lastname")) if part)
    return full or text(person.get("email"))


def _reachable(contact: Record) -> bool:
    """Whether mail reaches a contact: no mailbox that is dead, nobody who left."""
    # hs_email_bounce counts marketing mails, so it says nothing of a mailbox.
    dead = bool(contact.get("hs_email_hard_bounce_reason_enum")) or flag(contact.get("hs_email_bad_address")) is True
    return not dead and not any(contact.get(name) for name in _LEFT)


def _team(teams: Sequence[Mapping[str, Any]]) -> str | None:
    primary = [team for team in teams if team.get("primary")] or list(teams)
    return text(primary[0].get("name")) if primary else None
