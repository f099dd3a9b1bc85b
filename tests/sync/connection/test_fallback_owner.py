"""Whom the configuration means by its fallback owner."""

from __future__ import annotations

import pytest

from sync.connection.fallback_owner import Person, resolve
from sync.errors import FallbackOwnerError

FAY = Person("005000000000001AAA", "Fay Fallback", "fay@example.com", active=True)
CASED = Person("00500000000000aAAG", "Ann Aardvark", "ann@example.com", active=None)
GONE = Person("005000000000002AAA", "Fay Falback", "old@example.com", active=False)
TWIN = Person("005000000000003AAA", "Sam Same", "sam@example.com", active=True)
OTHER_TWIN = Person("005000000000004AAA", "Sam Same", "same@example.com", active=True)
PEOPLE = (FAY, CASED, GONE, TWIN, OTHER_TWIN)


@pytest.mark.parametrize(
    "wanted",
    ["005000000000001AAA", "005000000000001", "005000000000001aaa", "FAY@example.com", "fay  fallback"],
)
def test_a_person_is_found_by_id_mail_or_name(wanted: str) -> None:
    assert resolve(wanted, PEOPLE) == FAY.owner_id


def test_in_fifteen_characters_case_counts() -> None:
    assert resolve("00500000000000a", PEOPLE) == CASED.owner_id
    with pytest.raises(FallbackOwnerError):
        resolve("00500000000000A", PEOPLE)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Fay Fallbck", "is no user of this CRM; did you mean Fay Fallback (005000000000001AAA)?"),
        ("005000000000002", "is Fay Falback (005000000000002AAA), who is not active; did you mean Fay Fallback"),
        ("old@example.com", "who is not active; did you mean Fay Fallback (005000000000001AAA)?"),
        ("Sam Same", "is the name of 2 people: Sam Same (005000000000003AAA), Sam Same (005000000000004AAA)"),
    ],
)
def test_whoever_is_not_one_active_user_is_refused_with_whom_it_may_mean(wanted: str, said: str) -> None:
    with pytest.raises(FallbackOwnerError) as refused:
        resolve(wanted, PEOPLE)
    assert said in str(refused.value)


def test_without_people_to_compare_with_nothing_is_refused() -> None:
    assert (resolve("anybody", ()), resolve(None, PEOPLE)) == ("anybody", None)
