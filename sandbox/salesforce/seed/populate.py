"""The made-up pipeline as a Salesforce org keeps it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed.activity_rows import activity_rows
from sandbox.salesforce.seed.deal_rows import deal_rows
from sandbox.salesforce.seed.provision import provision_playbook
from sandbox.salesforce.seed.row_values import Row, account_id, contact_id, stamp, user_id
from sandbox.salesforce.seed.stages import SEEDED_STAGES, stage_rows
from sandbox.story.model import Account, Contact, Owner
from sandbox.story.story import Story

_CHUNK = 1_000  # deals, or accounts, whose rows are held at once

_T = TypeVar("_T")


def populate(org: Org, *, deals: int, seed: int, now: datetime) -> None:
    """Fill *org* with *deals* open deals, closed ones on top, and all that belongs to them, as of *now*.

    The playbook's fields are added to the schema first, since the deals have answers for them; the product's own
    fields are left to :func:`provision.provision`.
    """
    story = Story(deals=deals, seed=seed, now=now)
    provision_playbook(org)
    org.load("OpportunityStage", stage_rows(SEEDED_STAGES, stamp(now)))
    if deals:
        org.load("User", (_user_row(owner, story) for owner in story.owners))
    for accounts in _chunks(story.accounts()):
        org.load("Account", (_account_row(account) for account in accounts))
        people = [contact for account in accounts for contact in story.contacts(account)]
        owners = {account.index: account.owner for account in accounts}
        org.load("Contact", (_contact_row(contact, owners[contact.account]) for contact in people))
    # In chunks, so that a pipeline of a million deals needs no more memory than one of a thousand.
    for chunk in _chunks(story.deals()):
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for deal in chunk:
            for sobject, row in deal_rows(deal, now):
                rows[sobject].append(row)
            for sobject, row in activity_rows(deal, story.owners[deal.owner], now):
                rows[sobject].append(row)
        for sobject, batch in rows.items():
            org.load(sobject, batch)
    org.settle()


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    source = iter(items)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _user_row(owner: Owner, story: Story) -> Row:
    created = stamp(story.now.replace(year=story.now.year - 5, hour=8, minute=0))
    return {
        "Id": user_id(owner.index),
        "Username": owner.email,
        "FirstName": owner.first_name,
        "LastName": owner.last_name,
        "Name": f"{owner.first_name} {owner.last_name}",
        "Email": owner.email,
        "Alias": f"{owner.first_name[:1]}{owner.last_name}"[:8].lower(),
        "CommunityNickname": f"{owner.first_name}.{owner.index}".lower(),
        "Title": "Sales Manager" if owner.is_manager else "Account Executive",
        "Department": "Sales",
        "Division": owner.team,
        "Country": owner.country,
        "IsActive": owner.active,
        "TimeZoneSidKey": owner.time_zone,
        "ManagerId": None if owner.manager is None else user_id(owner.manager),
        "UserType": "Standard",
        "CreatedDate": created,
        "LastModifiedDate": created,
        "SystemModstamp": created,
    }


def _account_row(account: Account) -> Row:
    created = stamp(account.created_at)
    owner = user_id(account.owner)
    return {
        "Id": account_id(account.index),
        "Name": account.name,
        "Industry": account.industry,
        "NumberOfEmployees": account.employees,
        "BillingCountry": account.country,
        "Website": f"https://{account.domain}",
        "ParentId": None if account.parent is None else account_id(account.parent),
        "Type": "Prospect",
        "OwnerId": owner,
        "CreatedById": owner,
        "CreatedDate": created,
        "LastModifiedById": owner,
        "LastModifiedDate": created,
        "SystemModstamp": created,
    }


def _contact_row(contact: Contact, owner_index: int) -> Row:
    created = stamp(contact.created_at)
    owner = user_id(owner_index)
    row: Row = {
        "Id": contact_id(contact.index),
        "AccountId": account_id(contact.account),
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "Name": f"{contact.first_name} {contact.last_name}",
        "Email": contact.email,
        "Title": contact.title,
        "OwnerId": owner,
        "CreatedById": owner,
        "CreatedDate": created,
        "LastModifiedById": owner,
        "LastModifiedDate": created,
        "SystemModstamp": created,
        "IsEmailBounced": contact.bounced_at is not None,
    }
    if contact.bounced_at is not None:
        row["EmailBouncedDate"] = row["LastModifiedDate"] = row["SystemModstamp"] = stamp(contact.bounced_at)
        row["EmailBouncedReason"] = "550 5.1.1 user unknown"
    return row
