"""What every connector's reading must hold: everything once, then exactly what changed, whatever happens meanwhile."""

from __future__ import annotations

from typing import Final

from connectors.base import Connector
from connectors.contract.bench import Bench
from connectors.contract.mirror import Mirror

_SETTLED: Final = 7_200  # seconds after which nothing of the time before is read again
_SOON: Final = 60


class ReadingContract:
    """Checks of ``pull``; each takes a bench of its own."""

    def test_a_first_pull_equals_the_crm(self, bench: Bench) -> None:
        """Open and lately closed deals, roles, contacts, touches and links are all there, and nothing else is."""
        expect_equal(Mirror().pull(bench.connector()), bench)

    def test_a_contact_counts_once_in_each_role(self, bench: Bench) -> None:
        """However often the CRM lists a contact of a deal, there is one row for each role it has there."""
        contact, deal = bench.add_contact("Twice Named"), bench.truth().open_deals()[0]
        bench.add_role(deal, contact, "champion")
        bench.add_role(deal, contact, "procurement")
        mirror = Mirror().pull(bench.connector())
        roles = mirror.roles(bench.truth().open_deals())
        assert sorted(roles, key=str) == sorted(set(roles), key=str)
        assert {role for role in roles if role[1] == contact} == {
            (deal, contact, "champion"),
            (deal, contact, "procurement"),
        }

    def test_pages_smaller_than_the_data_lose_nothing(self, bench: Bench) -> None:
        """Every list is read to its end, those inside other answers too."""
        bench.small_pages(2)
        expect_equal(Mirror().pull(bench.connector()), bench)

    def test_deals_closed_long_ago_are_left_out(self, bench: Bench) -> None:
        """How far back closed deals and touches reach is the caller's to say."""
        connector = bench.connector()
        mirror = Mirror().pull(connector, closed_deals_since_days=200, touches_since_days=30)
        assert mirror.differences(bench.truth(), now=connector.now(), closed_days=200, touch_days=30) == []

    def test_every_source_says_up_to_when_it_was_read(self, bench: Bench) -> None:
        """After a whole pull no source is unfinished, and none claims the future."""
        connector = bench.connector()
        mirror = Mirror().pull(connector)
        assert mirror.cursors
        for source, cursor in mirror.cursors.items():
            assert cursor.complete_through is not None, f"{source} is unfinished"
            assert cursor.complete_through <= connector.now(), f"{source} claims the future"

    def test_a_quiet_pull_changes_nothing(self, bench: Bench) -> None:
        """What comes again in the overlap is what was there."""
        connector = bench.connector()
        mirror = Mirror().pull(connector)
        before = mirror.content()
        bench.later(_SOON)
        assert mirror.pull(connector).content() == before

    def test_what_people_changed_comes_with_the_next_pull(self, bench: Bench) -> None:
        """A changed deal, a new one, a new contact in a role, a role given and one taken, a call: all at once."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        truth = bench.truth()
        deal, other, third = truth.open_deals()[:3]
        bench.change_deal(deal, "Call the buyer on Monday")
        contact = bench.add_contact("Nora Newcomer")
        bench.add_role(deal, contact, "procurement")
        bench.add_call(other, contact)
        bench.add_role(bench.add_deal("A new one"), contact, "champion")
        taken = next(contact_id for on, contact_id, _ in sorted(truth.roles, key=str) if on == third)
        bench.drop_role(third, taken)
        bench.later(_SOON)
        expect_equal(mirror.pull(connector), bench)
        assert mirror.tables["deals"][deal]["next_step"] == "Call the buyer on Monday"
        assert taken not in {contact_id for _, contact_id, _ in mirror.roles([third])}

    def test_a_new_process_goes_on_from_the_stored_cursors(self, bench: Bench) -> None:
        """Nothing that the next pull needs is kept in memory alone."""
        mirror = settled_mirror(bench, bench.connector())
        deal = bench.truth().open_deals()[0]
        bench.change_deal(deal, "Seen by another process")
        bench.later(_SOON)
        expect_equal(mirror.pull(bench.connector()), bench)

    def test_a_role_taken_for_good_is_gone(self, bench: Bench) -> None:
        """A role that leaves no deleted row behind is missed all the same, by the next pull."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        deal = bench.truth().open_deals()[0]
        contact = next(contact_id for on, contact_id, _ in sorted(bench.truth().roles, key=str) if on == deal)
        bench.drop_role(deal, contact)
        bench.later(_SOON)
        assert contact not in {contact_id for _, contact_id, _ in mirror.pull(connector).roles([deal])}

    def test_a_deleted_deal_is_gone_with_its_roles(self, bench: Bench) -> None:
        """The next pull takes it away; a sweep agrees."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        deal = bench.truth().open_deals()[0]
        bench.delete("deals", deal)
        bench.later(_SOON)
        mirror.pull(connector)
        assert deal not in mirror.tables["deals"]
        assert mirror.roles([deal]) == []
        expect_equal(mirror.pull(connector, sweep=True), bench)

    def test_a_deleted_contact_is_gone(self, bench: Bench) -> None:
        """Its roles are those that the CRM still has, at once; its row goes with the next sweep at the latest."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        deal, contact, _ = min(bench.truth().roles, key=str)
        bench.delete("contacts", contact)
        bench.later(_SOON)
        mirror.pull(connector)
        kept = [role for role in bench.truth().roles if role[:2] == (deal, contact)]
        assert [role for role in mirror.roles([deal]) if role[1] == contact] == kept
        expect_equal(mirror.pull(connector, sweep=True), bench)

    def test_of_merged_contacts_the_winner_holds_the_roles(self, bench: Bench) -> None:
        """The loser is gone, and whoever it stood for is counted as the one who remains."""
        deal = bench.truth().open_deals()[0]
        winner, loser = bench.add_contact("Wanda Winner"), bench.add_contact("Lars Loser")
        bench.add_role(deal, loser, "champion")
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        kept = bench.merge("contacts", winner, loser)
        if kept is None:
            return
        bench.later(_SOON)
        mirror.pull(connector)
        assert {role for role in mirror.roles([deal]) if role[1] in {winner, loser, kept}} == {(deal, kept, "champion")}
        expect_equal(mirror, bench)

    def test_of_merged_deals_one_remains(self, bench: Bench) -> None:
        """A deal merged away leaves no row behind that would be judged."""
        connector = bench.connector()
        mirror = settled_mirror(bench, connector)
        winner, loser = bench.truth().open_deals()[:2]
        kept = bench.merge("deals", winner, loser)
        bench.later(_SOON)
        mirror.pull(connector)
        remaining = {winner, loser} if kept is None else {kept}
        assert {winner, loser, *remaining} & mirror.tables["deals"].keys() == remaining

    def test_a_sweep_agrees_with_the_pulls(self, bench: Bench) -> None:
        """Reading all ids again takes away only what is not there."""
        connector = bench.connector()
        mirror = Mirror().pull(connector)
        before = mirror.content()
        assert mirror.pull(connector, sweep=True).content() == before


def settled_mirror(bench: Bench, connector: Connector) -> Mirror:
    """Pull all, wait until nothing of it is read again, and pull once more."""
    mirror = Mirror().pull(connector)
    bench.later(_SETTLED)
    return mirror.pull(connector)


def expect_equal(mirror: Mirror, bench: Bench, what: str = "") -> None:
    """Hold the mirror against the CRM."""
    differences = mirror.differences(bench.truth(), now=bench.now())
    assert differences == [], what
