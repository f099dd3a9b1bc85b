"""Who is on which deal: the associations of every open deal in each pull, since they change without a stamp."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from connectors.hubspot.associations import ASSOCIATIONS, Association, associated
from connectors.hubspot.objects import WANTED
from connectors.hubspot.pull.deals import Deals
from connectors.hubspot.pull.passes import Pass, passes
from connectors.hubspot.pull.reach import Owed, Reach
from connectors.hubspot.reading import BATCH, Wanted, batch_read, parts, search
from connectors.hubspot.rows.people import Participant, buying_roles, contact_rows, role_rows
from connectors.model import Cursor, Page

CONTACTS = "contacts"
PARTICIPANTS = "associations"
BUYING_ROLES = "buying_roles"
_SIGNATURE = "1"


class People:
    """Reads contacts and their roles on the open deals that *deals* found."""

    def __init__(self, reach: Reach, deals: Deals) -> None:
        self._reach = reach
        self._deals = deals
        self._again = reach.request.sweep or CONTACTS not in reach.request.cursors
        known = set() if self._again else reach.known("contacts") or set()
        self._contacts = Owed(BATCH, known)
        self._stored = _stored(reach.request.cursors.get(BUYING_ROLES))
        self._said = {} if self._again else dict(self._stored)
        self._on_deals: set[str] = set()

    def pages(self) -> Iterator[Page]:
        """Yield changed contacts, then who is on which deal, reading contacts that were not known so far."""
        reach = self._reach
        todo = list(passes(CONTACTS, _SIGNATURE, reach.request.cursors, reach.now))
        first = next((window for window in todo if window.since is None), None)
        for window in todo:
            if window.since is not None:
                yield from self._changes(window)
        yield from self._participants()
        if self._said != self._stored:
            yield Page(BUYING_ROLES, cursor=Cursor(BUYING_ROLES, json.dumps(self._said), reach.transport.asked_at()))
        if self._again:
            yield Page(CONTACTS, present={"contacts": frozenset(self._on_deals)})
        if first is not None:
            yield Page(CONTACTS, cursor=first.done())
            yield Page(CONTACTS, cursor=first.late())

    def _changes(self, window: Pass) -> Iterator[Page]:
        """Read changed contacts; contacts on none of the deals we read are not kept."""
        for records in search(
            self._reach.transport, "contacts", window.filters("contacts"), WANTED["contacts"], window.last
        ):
            on_deals = [record for record in records if str(record["id"]) in self._contacts.known]
            yield from self._took(on_deals)
            yield Page(window.source, cursor=window.at(str(records[-1]["id"])))
        yield Page(window.source, cursor=window.done())

    def _participants(self) -> Iterator[Page]:
        """Read the associations chunk by chunk; a chunk waits until all its contacts are read."""
        reach, checked = self._reach, _empty_before(self._reach.request.cursors.get(PARTICIPANTS))
        began = reach.now
        waiting: list[dict[str, list[Participant]]] = []
        empty: list[str] = []
        for chunk in parts(sorted(self._deals.open_ids), ASSOCIATIONS):
            linked = associated(reach.transport, "deals", "contacts", chunk)
            # A deleted deal answers like one without contacts, so those are asked for by id once.
            bare = [deal for deal in chunk if not linked[deal]]
            gone = self._vanished([deal for deal in bare if deal not in checked])
            if gone:
                yield Page(PARTICIPANTS, gone={"deals": tuple(sorted(gone))})
            empty += [deal for deal in bare if deal not in gone]
            people = {deal: self._people(deal, links) for deal, links in linked.items() if deal not in gone}
            self._contacts.want(person.contact_id for there in people.values() for person in there)
            waiting.append(people)
            yield from self._took_due()
            if not self._contacts.waiting:
                yield from self._roles(waiting)
            else:
                yield from self._roles(waiting[:-1])
                waiting = waiting[-1:]
                continue
            waiting = []
        yield from self._took_due(everything=True)
        yield from self._roles(waiting)
        yield Page(PARTICIPANTS, cursor=Cursor(PARTICIPANTS, json.dumps({"empty": empty}), began))

    def _people(self, deal: str, linked: Sequence[Association]) -> list[Participant]:
        """Merge what HubSpot says of one contact: it lists it once for each type and label."""
        labels: dict[str, dict[str, None]] = {}
        for link in linked:
            mine = labels.setdefault(link.to_id, {})
            for type_id, label in link.types:
                # v4 answers carry the label, other versions only the type's number.
                if name := label or self._reach.probe.labels.get(type_id):
                    mine[name] = None
        self._on_deals.update(labels)
        return [Participant(deal, contact, tuple(names)) for contact, names in labels.items()]

    def _vanished(self, deals: Sequence[str]) -> set[str]:
        """Find out which deals that have no contacts are there at all."""
        unsure = [] if self._deals.all_seen else [deal for deal in deals if deal not in self._deals.seen]
        there = batch_read(self._reach.transport, "deals", unsure, Wanted(("dealname",)))
        return set(unsure) - {str(record["id"]) for record in there}

    def _roles(self, chunks: Sequence[Mapping[str, Sequence[Participant]]]) -> Iterator[Page]:
        for people in chunks:
            everyone = [person for there in people.values() for person in there]
            roles = role_rows(everyone, self._said, self._reach.mapping.roles)
            yield Page(PARTICIPANTS, {"roles": roles}, whole={"roles": ("deal_id", frozenset(people))})

    def _took_due(self, *, everything: bool = False) -> Iterator[Page]:
        ids = self._contacts.due(everything=everything)
        if ids:
            yield from self._took(batch_read(self._reach.transport, "contacts", ids, Wanted(WANTED["contacts"])))

    def _took(self, records: Sequence[Mapping[str, object]]) -> Iterator[Page]:
        if not records:
            return
        for contact, said in buying_roles(records).items():
            if said:
                self._said[contact] = said
            else:
                self._said.pop(contact, None)
        rows = contact_rows(records)
        yield Page(CONTACTS, rows.tables, rows.gone)


def _stored(cursor: Cursor | None) -> dict[str, str]:
    """Read back what contacts said of their buying role, which only those who said something are kept of."""
    return dict(json.loads(cursor.position)) if cursor else {}


def _empty_before(cursor: Cursor | None) -> frozenset[str]:
    """Read back which deals were found without contacts, and are known to exist."""
    return frozenset(json.loads(cursor.position)["empty"]) if cursor else frozenset()
