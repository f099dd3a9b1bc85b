from __future__ import annotations

from typing import Any

import pytest

SOQL = "SELECT Id FROM Task ORDER BY Id"


@pytest.fixture
def tasks(caller: Any) -> list[str]:
    """450 tasks, so that a query has pages: the ids in order."""
    caller.sandbox.org.load("Task", ({"Subject": f"Task {number}"} for number in range(450)))
    return sorted(row["Id"] for row in caller.control("tables/Task"))


def pages(caller: Any, size: int = 200) -> list[dict[str, Any]]:
    answers = [caller.query(SOQL, headers={"Sforce-Query-Options": f"batchSize={size}"})]
    while not answers[-1]["done"]:
        answers.append(caller.get(answers[-1]["nextRecordsUrl"]).json())
    return answers


def ids(answers: list[dict[str, Any]]) -> list[str]:
    return [record["Id"] for page in answers for record in page["records"]]


def test_pages_hold_every_row_once_and_all_name_the_total(caller: Any, tasks: list[str]) -> None:
    answers = pages(caller)
    assert ids(answers) == tasks
    assert {page["totalSize"] for page in answers} == {len(tasks)}
    assert "nextRecordsUrl" not in answers[-1]


def test_a_locator_has_eighteen_characters_and_an_offset(caller: Any, tasks: list[str]) -> None:
    locator = pages(caller)[0]["nextRecordsUrl"].rpartition("/")[2]
    assert (len(locator.partition("-")[0]), locator.partition("-")[2]) == (18, "200")


def test_the_batch_size_is_kept_between_200_and_2000(caller: Any, tasks: list[str]) -> None:
    assert len(pages(caller, 10)[0]["records"]) == 200
    assert len(pages(caller, 50_000)[0]["records"]) == len(tasks)


def test_short_pages_may_be_less_than_asked(caller: Any, tasks: list[str]) -> None:
    caller.control("quirks", {"short_pages": 37})
    answers = pages(caller)
    assert len(answers[0]["records"]) == 37
    assert ids(answers) == tasks


def test_a_locator_ends_after_two_days(caller: Any, tasks: list[str]) -> None:
    following = pages(caller)[0]["nextRecordsUrl"]
    caller.control("clock", {"advance_s": 2 * 86_400 + 60})
    reply = caller.get(following)
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_foreign_locator_is_refused(caller: Any) -> None:
    assert caller.get("/query/0r8000000000001AAA-2000").json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize("kind", ["duplicate_page", "repeated_after"])
def test_a_page_that_comes_twice_loses_nothing(caller: Any, tasks: list[str], kind: str) -> None:
    caller.fault(kind, match="*/query/*", nth=1)
    answers = ids(pages(caller))
    assert len(answers) > len(tasks)
    assert sorted(set(answers)) == tasks
    assert caller.fired() == [True]


def test_a_short_page_fault_loses_nothing(caller: Any, tasks: list[str]) -> None:
    caller.fault("short_page")
    answers = pages(caller)
    assert len(answers[0]["records"]) == 100
    assert ids(answers) == tasks


def test_an_expired_locator_stays_expired(caller: Any, tasks: list[str]) -> None:
    following = pages(caller)[0]["nextRecordsUrl"]
    caller.fault("locator_expired")
    assert [caller.get(following).json()[0]["errorCode"] for _ in range(2)] == ["INVALID_QUERY_LOCATOR"] * 2


def test_deleted_rows_are_read_through_query_all_only(caller: Any, tasks: list[str]) -> None:
    assert caller.call("DELETE", f"/sobjects/Task/{tasks[0]}").status_code == 204
    live = caller.query("SELECT COUNT() FROM Task")["totalSize"]
    everything = caller.get("/queryAll", params={"q": "SELECT COUNT() FROM Task"}).json()["totalSize"]
    assert (live, everything) == (len(tasks) - 1, len(tasks))
