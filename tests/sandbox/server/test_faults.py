from __future__ import annotations

import pytest

from sandbox.server.faults import KINDS, FaultListError, Faults

QUERY = "/services/data/v64.0/query/"


def played(faults: Faults, path: str, kind: str) -> bool:
    return faults.strike(path).take(kind)


def test_a_fault_fires_at_its_nth_matching_request_and_once_only() -> None:
    faults = Faults()
    faults.replace([{"match": "*/query*", "nth": 2, "kind": "503"}])
    paths = [QUERY, "/services/oauth2/token", QUERY, QUERY]
    assert [played(faults, path, "503") for path in paths] == [False, False, True, False]


def test_counting_starts_when_the_list_is_posted() -> None:
    faults = Faults()
    faults.strike(QUERY)
    faults.replace([{"match": "*", "nth": 2, "kind": "503"}])
    assert [played(faults, QUERY, "503") for _ in range(2)] == [False, True]


def test_a_fault_that_nobody_takes_stays_due() -> None:
    faults = Faults()
    faults.replace([{"match": "*", "nth": 1, "kind": "short_page"}])
    faults.strike("/services/oauth2/token")
    assert not faults.listing()[0]["fired"]
    assert played(faults, QUERY, "short_page")


def test_a_glob_ignores_a_trailing_slash() -> None:
    faults = Faults()
    faults.replace([{"match": "/services/data/*/query", "nth": 1, "kind": "500"}])
    assert played(faults, QUERY, "500")


def test_of_two_due_faults_the_second_waits_for_the_next_request() -> None:
    faults = Faults()
    faults.replace([{"match": "*", "nth": 1, "kind": "500"}, {"match": "*", "nth": 1, "kind": "503"}])
    kinds = []
    for _ in range(2):
        strike = faults.strike(QUERY)
        kinds.append(strike.kind)
        strike.take(str(strike.kind))
    assert kinds == ["500", "503"]


def test_the_listing_says_what_fired_and_how_many_requests_were_seen() -> None:
    faults = Faults()
    faults.replace([{"match": "*", "nth": 1, "kind": "500"}, {"match": "/never", "nth": 1, "kind": "503"}])
    played(faults, QUERY, "500")
    assert [(f["kind"], f["fired"], f["seen"]) for f in faults.listing()] == [("500", True, 1), ("503", False, 0)]


def test_every_kind_is_accepted() -> None:
    faults = Faults()
    faults.replace([{"match": "*", "nth": 1, "kind": kind} for kind in KINDS])
    assert {f["kind"] for f in faults.listing()} == set(KINDS)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"kind": "500"}, "JSON array"),
        ([{"match": "*", "nth": 1, "kind": "5xx"}], "unknown kind '5xx'"),
        ([{"match": "*", "nth": 0, "kind": "500"}], "nth"),
        ([{"match": 7, "kind": "500"}], "match"),
        ([{"path": "*", "kind": "500"}], "unknown key 'path'"),
        (["500"], "fault 0"),
    ],
)
def test_a_bad_list_is_refused_and_changes_nothing(items: object, message: str) -> None:
    faults = Faults()
    faults.replace([{"match": "*", "nth": 1, "kind": "503"}])
    with pytest.raises(FaultListError, match=message):
        faults.replace(items)
    assert [f["kind"] for f in faults.listing()] == ["503"]
