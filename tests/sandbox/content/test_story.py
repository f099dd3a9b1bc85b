"""The neutral pipeline: deterministic, streamed, and realistic enough for every core rule to be judged."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from sandbox.story.model import BuyingRole, Deal, Element, Phase, Touch, Trouble
from sandbox.story.story import Story

NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(deals=1_000, seed=1, now=NOW)


@pytest.fixture(scope="module")
def deals(story: Story) -> list[Deal]:
    return list(story.deals())


@pytest.fixture(scope="module")
def pipeline(deals: list[Deal]) -> list[Deal]:
    return [deal for deal in deals if deal.outcome == "open"]


def share(deals: list[Deal], holds: object) -> float:
    return sum(map(holds, deals)) / len(deals)  # type: ignore[arg-type, call-overload]


def is_two_way(touch: Touch) -> bool:
    answered = touch.kind == "meeting" or (touch.inbound if touch.kind == "email" else touch.connected)
    return touch.at <= NOW and answered


def engaged(deal: Deal) -> set[int]:
    recent = (t for t in deal.touches if is_two_way(t) and t.at > NOW - timedelta(days=30))
    return {contact for touch in recent for contact in touch.attendees}


def days_quiet(deal: Deal, contact: int) -> float:
    moments = [touch.at for touch in deal.touches if is_two_way(touch) and contact in touch.attendees]
    return (NOW - max(moments)).total_seconds() / 86_400 if moments else float("inf")


def test_the_same_size_and_seed_tell_the_same_story(story: Story, deals: list[Deal]) -> None:
    again = Story(deals=1_000, seed=1, now=NOW)
    assert list(islice(again.deals(), 50)) == deals[:50]
    assert again.owners == story.owners
    assert list(islice(again.accounts(), 20)) == list(islice(story.accounts(), 20))


def test_another_seed_tells_another_story(deals: list[Deal]) -> None:
    other = Story(deals=1_000, seed=2, now=NOW)
    assert [deal.name for deal in islice(other.deals(), 20)] != [deal.name for deal in deals[:20]]


def test_a_deal_told_alone_is_the_deal_told_in_turn(story: Story, deals: list[Deal]) -> None:
    assert story.deal(777) == deals[777]


def test_a_million_deals_start_to_stream_at_once() -> None:
    first = next(Story(deals=1_000_000, seed=1, now=NOW).deals())
    assert first.index == 0


def test_closed_deals_come_on_top_of_the_open_ones(deals: list[Deal]) -> None:
    outcomes = Counter(deal.outcome for deal in deals)
    assert outcomes["open"] == 1_000
    assert outcomes["won"] + outcomes["lost"] == 400
    assert min(outcomes["won"], outcomes["lost"]) > 100


def test_no_deals_make_an_empty_story() -> None:
    story = Story(deals=0, seed=1, now=NOW)
    assert (list(story.deals()), list(story.accounts()), story.owners) == ([], [], ())


def test_the_smallest_pipeline_can_be_told() -> None:
    assert len(list(Story(deals=1, seed=5, now=NOW).deals())) == 1


def test_a_negative_number_of_deals_is_refused() -> None:
    with pytest.raises(ValueError, match="0 deals or more"):
        Story(deals=-1, seed=1, now=NOW)


def test_every_open_phase_is_populated(pipeline: list[Deal]) -> None:
    assert set(Counter(deal.current_step.phase for deal in pipeline)) == set(Phase)


def test_every_trouble_occurs(pipeline: list[Deal]) -> None:
    assert {trouble for deal in pipeline for trouble in deal.troubles} == set(Trouble)


def test_about_a_third_of_the_open_deals_is_healthy(pipeline: list[Deal]) -> None:
    assert 0.27 < share(pipeline, lambda deal: not deal.troubles) < 0.42


def test_enough_evidence_is_kept_for_rules_about_absence(pipeline: list[Deal]) -> None:
    since = NOW - timedelta(days=90)
    assert share(pipeline, lambda deal: bool(deal.roles)) > 0.6
    assert share(pipeline, lambda deal: deal.contact_in(BuyingRole.CHAMPION) is not None) > 0.45
    assert share(pipeline, lambda deal: deal.contact_in(BuyingRole.ECONOMIC_BUYER) is not None) > 0.45
    assert share(pipeline, lambda deal: any(since < touch.at <= NOW for touch in deal.touches)) > 0.75


@pytest.mark.parametrize("element", list(Element))
def test_each_element_is_answered_on_most_deals_and_dodged_on_some(pipeline: list[Deal], element: Element) -> None:
    texts = [deal.answers[element].text for deal in pipeline]
    assert sum(text is not None and len(text) >= 50 for text in texts) > 0.5 * len(texts)
    assert any(text is None for text in texts)
    assert any(text is not None and len(text) < 20 for text in texts)


def test_some_close_dates_have_passed(pipeline: list[Deal]) -> None:
    assert 0.05 < share(pipeline, lambda deal: deal.current_step.close_date < NOW.date()) < 0.12


def test_some_owners_have_left(story: Story, pipeline: list[Deal]) -> None:
    assert 0.02 < share(pipeline, lambda deal: not story.owners[deal.owner].active) < 0.06


def test_owners_work_in_several_zones_under_active_managers(story: Story) -> None:
    assert len({owner.time_zone for owner in story.owners}) >= 6
    for owner in story.owners:
        assert owner.is_manager == (owner.manager is None)
        assert owner.manager is None or story.owners[owner.manager].active


def test_about_a_quarter_of_the_qualified_deals_hangs_on_one_contact(pipeline: list[Deal]) -> None:
    qualified = [deal for deal in pipeline if deal.current_step.phase.rank >= Phase.QUALIFICATION.rank]
    assert 0.18 < share(qualified, lambda deal: len(engaged(deal)) <= 1) < 0.35


def test_about_a_quarter_of_the_champions_is_missing_or_quiet(pipeline: list[Deal]) -> None:
    def lacks_champion(deal: Deal) -> bool:
        champion = deal.contact_in(BuyingRole.CHAMPION)
        return champion is None or days_quiet(deal, champion) > 7

    assert 0.18 < share(pipeline, lacks_champion) < 0.36


def test_a_healthy_deal_has_a_champion_who_spoke_this_week(pipeline: list[Deal]) -> None:
    for deal in (deal for deal in pipeline if not deal.troubles):
        champion = deal.contact_in(BuyingRole.CHAMPION)
        assert champion is not None
        assert days_quiet(deal, champion) < 7


def test_a_healthy_deal_closes_in_the_future_and_says_what_comes_next(pipeline: list[Deal]) -> None:
    for deal in (deal for deal in pipeline if not deal.troubles):
        assert deal.current_step.close_date > NOW.date()
        assert deal.next_step
        assert all(answer.text and len(answer.text) >= 50 for answer in deal.answers.values())


def test_steps_lead_forward_in_time_to_where_the_deal_stands(deals: list[Deal]) -> None:
    for deal in deals:
        assert all(before.at <= after.at for before, after in pairwise(deal.steps))
        assert deal.created_at <= deal.stage_entered_at <= deal.current_step.at <= NOW
        assert deal.current_step.outcome == deal.outcome


def test_pushed_deals_moved_their_close_date_at_least_twice(pipeline: list[Deal]) -> None:
    pushed = [deal for deal in pipeline if Trouble.PUSHED in deal.troubles]
    assert pushed
    for deal in pushed:
        assert sum(before.close_date < after.close_date for before, after in pairwise(deal.steps)) >= 2


def test_nothing_but_booked_meetings_lies_in_the_future(deals: list[Deal]) -> None:
    for deal in deals:
        for touch in deal.touches:
            assert touch.at < NOW or (touch.kind == "meeting" and deal.outcome == "open")
            assert touch.at > deal.created_at


def test_nothing_happened_within_the_last_hour(deals: list[Deal]) -> None:
    latest = NOW - timedelta(hours=1)
    for deal in deals:
        assert deal.current_step.at <= latest
        assert all(touch.at <= latest or touch.at > NOW for touch in deal.touches)
        assert all(to_do.created_at <= latest for to_do in deal.to_dos)
        assert all(to_do.completed_at is None or to_do.completed_at <= latest for to_do in deal.to_dos)


def test_touches_come_in_every_kind_and_direction(pipeline: list[Deal]) -> None:
    kinds = Counter((t.kind, t.inbound, t.connected) for deal in pipeline for t in deal.touches)
    assert {("meeting", False, True), ("email", True, True), ("email", False, True), ("call", False, False)} <= set(
        kinds
    )
    assert any(len(touch.attendees) > 1 for deal in pipeline for touch in deal.touches)
    assert any(not touch.linked for deal in pipeline for touch in deal.touches)


def test_people_keep_open_and_closed_tasks_of_their_own(pipeline: list[Deal]) -> None:
    done = Counter(to_do.completed_at is not None for deal in pipeline for to_do in deal.to_dos)
    assert min(done[True], done[False]) > 100


def test_renewals_and_partners_occur(pipeline: list[Deal]) -> None:
    assert any(deal.deal_type == "Renewal" for deal in pipeline)
    assert any(deal.partner for deal in pipeline)


def test_all_mail_stays_under_the_reserved_domain(story: Story, deals: list[Deal]) -> None:
    addresses = [owner.email for owner in story.owners] + [person.email for deal in deals for person in deal.people]
    assert all(address.endswith(".example.com") for address in addresses)


def test_contacts_of_a_deal_work_at_its_account(deals: list[Deal]) -> None:
    for deal in deals:
        people = {person.index for person in deal.people}
        assert {role.contact for role in deal.roles} <= people
        assert {contact for touch in deal.touches for contact in touch.attendees} <= people
