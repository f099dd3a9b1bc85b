"""The made-up pipeline as a HubSpot portal keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sandbox.hubspot.portal.moments import stamp
from sandbox.hubspot.portal.objects import ACTIVE, ENGAGEMENTS
from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed.activity_rows import activities
from sandbox.hubspot.seed.deal_rows import contact_wide_role, deal_history, deal_links, deal_row
from sandbox.hubspot.seed.provision import provision_playbook
from sandbox.hubspot.seed.row_values import LinkRow, Links, Row, owner_id, record_id, user_id
from sandbox.hubspot.seed.seeded_stages import SEEDED_PIPELINE
from sandbox.story.model import Account, Contact, Deal
from sandbox.story.model import Owner as Person
from sandbox.story.story import Story

_CHUNK = 1_000  # deals, or accounts, whose records are held at once

_INDUSTRIES = {
    "Banking": "BANKING",
    "Biotechnology": "BIOTECHNOLOGY",
    "Energy": "OIL_ENERGY",
    "Healthcare": "HOSPITAL_HEALTH_CARE",
    "Insurance": "INSURANCE",
    "Manufacturing": "MACHINERY",
    "Media": "MEDIA_PRODUCTION",
    "Retail": "RETAIL",
    "Technology": "COMPUTER_SOFTWARE",
    "Telecommunications": "TELECOMMUNICATIONS",
    "Transportation": "TRANSPORTATION_TRUCKING_RAILROAD",
}
"""The portal's words for the story's industries."""

_T = TypeVar("_T")


def populate(portal: Portal, *, deals: int, seed: int, now: datetime) -> None:
    """Fill *portal* with *deals* open deals, closed ones on top, and all that belongs to them, as of *now*.

    It is the story that `salesforce.populate` loads. The playbook's properties, the stages and the labels for roles
    are made first; the product's own properties are left to :func:`provision.provision`.
    """
    story = Story(deals=deals, seed=seed, now=now)
    provision_playbook(portal)
    portal.schema.set_pipelines(SEEDED_PIPELINE)
    links = known_links(portal)
    if deals:
        for person in story.owners:
            portal.schema.set_owner(_owner(person, story))
    for accounts in _chunks(story.accounts()):
        _load_accounts(portal, story, accounts, links)
    # In chunks, so that a pipeline of a million deals needs no more memory than one of a thousand.
    for chunk in _chunks(story.deals()):
        _load_deals(portal, story, chunk, links)
    portal.settle()


def known_links(portal: Portal) -> Links:
    """Return the association types that the portal has, by objects and label."""
    pairs = [("deals", "companies"), ("deals", "contacts"), ("contacts", "companies")]
    pairs += [(kind, active) for kind in ENGAGEMENTS for active in ACTIVE]
    return Links({pair: {known.label: known for known in portal.labels(*pair)} for pair in pairs})


def _load_accounts(portal: Portal, story: Story, accounts: Sequence[Account], links: Links) -> None:
    portal.load("companies", (_company_row(account) for account in accounts))
    people = [(contact, account) for account in accounts for contact in story.contacts(account)]
    portal.load("contacts", (_contact_row(contact, account) for contact, account in people))
    portal.load_links(
        link
        for contact, account in people
        for link in links.between(
            ("contacts", record_id("contacts", contact.index)),
            ("companies", record_id("companies", account.index)),
            "Primary",
        )
    )


def _load_deals(portal: Portal, story: Story, deals: Sequence[Deal], links: Links) -> None:
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    joined: list[LinkRow] = []
    for deal in deals:
        rows["deals"].append(deal_row(deal, story.now))
        joined += deal_links(deal, links)
        for activity in activities(deal, story.owners[deal.owner], links, story.now):
            rows[activity.object_type].append(activity.row)
            joined += activity.links
    for object_type, batch in rows.items():
        portal.load(object_type, batch)
    portal.load_links(joined)
    portal.load_history("deals", (entry for deal in deals for entry in deal_history(deal)))


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    source = iter(items)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _owner(person: Person, story: Story) -> Owner:
    return Owner(
        id=owner_id(person.index),
        user_id=user_id(person.index),
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        created=stamp(story.now.replace(year=story.now.year - 5, hour=8, minute=0)),
        team=person.team,
        archived=not person.active,
    )


def _company_row(account: Account) -> Row:
    created = stamp(account.created_at)
    return {
        "hs_object_id": str(record_id("companies", account.index)),
        "name": account.name,
        "domain": account.domain,
        "website": f"https://{account.domain}",
        "industry": _INDUSTRIES[account.industry],
        "numberofemployees": str(account.employees),
        "country": account.country,
        "hs_parent_company_id": None if account.parent is None else str(record_id("companies", account.parent)),
        "hubspot_owner_id": owner_id(account.owner),
        "createdate": created,
        "hs_lastmodifieddate": created,
        "hs_updated_by_user_id": user_id(account.owner),
    }


def _contact_row(contact: Contact, account: Account) -> Row:
    wide = contact_wide_role(contact.index)
    return {
        "hs_object_id": str(record_id("contacts", contact.index)),
        "email": contact.email,
        "firstname": contact.first_name,
        "lastname": contact.last_name,
        "jobtitle": contact.title,
        "company": account.name,
        "hs_buying_role": wide[1] if wide else None,
        "hubspot_owner_id": owner_id(account.owner),
        "createdate": stamp(contact.created_at),
        "lastmodifieddate": stamp(contact.bounced_at or contact.created_at),
        "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER" if contact.bounced_at else None,
        "hs_updated_by_user_id": user_id(account.owner),
    }
