from __future__ import annotations

from datetime import date

import pytest

from rules.language.words import ENGLISH
from sync.model import task_text
from sync.model.answers import Answer, answer_in
from tests.sync.builders import TODAY, view


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("#snooze 30d", 30),
        ("#Snooze 2 weeks", 14),
        ("#snooze", 14),
        ("#snooze: 5 days please", 5),
        ("#snooze 9999d", 366),
    ],
)
def test_a_snooze_names_its_days(text: str, days: int) -> None:
    answer = answer_in(text)
    assert answer is not None
    assert (answer.kind, answer.days) == ("snooze", days)


def test_not_a_risk_keeps_the_person_s_own_words() -> None:
    assert answer_in("#notrisk they buy through a partner") == Answer("notrisk", "they buy through a partner")


def test_an_answer_may_be_anywhere_in_the_body() -> None:
    assert answer_in(None, "Why\n- something\n\n#wrongdata amount is annual") == Answer("wrongdata", "amount is annual")


def test_the_answer_field_counts_before_the_body() -> None:
    assert answer_in("#notrisk", "#snooze 3d") == Answer("notrisk", "")


def test_our_own_text_is_no_answer() -> None:
    deal = view()
    assert (
        answer_in("", task_text.body(deal.findings["slip"], deal.values, ENGLISH, key="dw:0-1", written=TODAY)) is None
    )


def test_what_a_field_of_the_deal_says_is_no_answer() -> None:
    values = {**view().values, "deal": {"name": "Globex #snooze 30d #not-risk"}}
    text = task_text.body(view().findings["slip"], values, ENGLISH, key="dw:0-1", written=TODAY)
    assert "Globex # snooze 30d # not-risk is worth" in text
    assert answer_in("", text) is None


def test_ordinary_words_are_no_answer() -> None:
    assert answer_in("please do not snooze this; ticket#snooze and #snoozed are not meant") is None


def test_a_snooze_closes_with_the_day_on_which_it_ends() -> None:
    assert Answer("snooze", "", 30).reason(date(2026, 6, 15)) == "Snoozed until 2026-07-15, as answered."
