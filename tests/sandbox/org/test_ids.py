from __future__ import annotations

import pytest

from sandbox.salesforce.data.ids import case_suffix, full_id, make_id, number_of


@pytest.mark.parametrize(
    ("id15", "suffix"),
    # ids of recorded responses of real orgs
    [("0012300000bVTq1", "AAG"), ("0035500001H9cak", "AAB"), ("0015500001QdQWa", "AAN")],
)
def test_the_suffix_says_which_characters_are_capitals(id15: str, suffix: str) -> None:
    assert case_suffix(id15) == suffix


def test_a_short_id_is_completed() -> None:
    assert full_id("0012300000bVTq1") == "0012300000bVTq1AAG"


def test_a_long_id_stays_as_it_is_even_with_a_foreign_suffix() -> None:
    assert full_id("0012300000bVTq1ZZZ") == "0012300000bVTq1ZZZ"


@pytest.mark.parametrize("text", ["", "001", "0012300000bVTq1AAGX", "0012300000bVT-1AAG"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert full_id(text) is None


def test_ids_sort_as_their_numbers_and_give_them_back() -> None:
    numbers = [1, 61, 62, 4000, 10**9]
    made = [make_id("006", number) for number in numbers]
    assert made == sorted(made)
    assert [number_of(record_id) for record_id in made] == numbers
