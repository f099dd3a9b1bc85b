"""What every connector's writing must hold: one outcome a record, nothing sent twice, no write read as a change."""

from __future__ import annotations

from typing import Any, Final

from connectors.contract.bench import Bench
from connectors.contract.mirror import Mirror
from connectors.errors import TransientError
from connectors.model import Outcome, Receipt, Write, WriteKind

_SOON: Final = 60


class WritingContract:
    """Checks of ``write_batch``, ``read_back`` and ``read_tasks``; each takes a bench of its own."""

    def test_a_created_task_reads_back_by_its_key(self, bench: Bench) -> None:
        """Key, deal, owner, subject, body and due day come back as they were meant; a key nobody wrote does not."""
        connector, (write,) = bench.connector(), creates(bench, 1)
        (receipt,) = connector.write_batch([write])
        (task,) = connector.read_back([write.values["key"], task_key(99)]).iter_rows(named=True)
        assert (receipt.outcome, receipt.remote_id) == (Outcome.DONE, task["task_id"])
        wanted = {name: write.values[name] for name in ("key", "deal_id", "owner_id", "subject", "body", "due")}
        assert {name: str(task[name]) for name in wanted} == wanted
        assert (task["is_open"], task["modified_by_us"], task["is_deleted"]) == (True, True, False)

    def test_reading_back_does_not_wait_for_an_index(self, bench: Bench) -> None:
        """A task is found by its key the moment after it was made, from the store and not from a search."""
        bench.lag_index(3_600)
        connector, (write,) = bench.connector(), creates(bench, 1)
        connector.write_batch([write])
        assert connector.read_back([write.values["key"]]).height == 1

    def test_a_key_that_stands_there_is_a_duplicate(self, bench: Bench) -> None:
        """The second create is recognised as a duplicate; its neighbours are done."""
        connector, writes = bench.connector(), creates(bench, 3)
        connector.write_batch(writes[1:2])
        receipts = connector.write_batch(writes)
        assert [receipt.outcome for receipt in receipts] == [Outcome.DONE, Outcome.DUPLICATE, Outcome.DONE]
        assert _made(bench, writes) == [1, 1, 1]

    def test_a_refused_record_does_not_harm_its_neighbours(self, bench: Bench) -> None:
        """A record that the CRM refuses is rejected alone, in the CRM's own words."""
        bench.refuse_subject("forbidden")
        connector, writes = bench.connector(), creates(bench, 5)
        writes[3] = Write("effect-3", writes[3].kind, {**writes[3].values, "subject": "a forbidden word"})
        receipts = connector.write_batch(writes)
        assert [receipt.effect_id for receipt in receipts] == [write.effect_id for write in writes]
        assert [receipt.outcome is Outcome.REJECTED for receipt in receipts] == [at == 3 for at in range(5)]
        assert receipts[3].message
        assert _made(bench, writes) == [1, 1, 1, 0, 1]

    def test_a_row_error_is_one_records_own(self, bench: Bench) -> None:
        """Where one row of a call fails, the receipts say which, and say the truth."""
        connector, writes = bench.connector(), creates(bench, 4)
        bench.fault("row_error", on="create")
        receipts = connector.write_batch(writes)
        assert bench.fault_fired()
        assert sorted(receipt.outcome for receipt in receipts) == [Outcome.DONE] * 3 + [Outcome.REJECTED]
        assert _made(bench, writes) == [int(receipt.outcome is Outcome.DONE) for receipt in receipts]

    def test_an_unknown_outcome_is_never_sent_again(self, bench: Bench) -> None:
        """After a lost answer one call was sent, every outcome is unknown, and reading back tells what is there."""
        connector = bench.connector()
        for at, kind in enumerate(bench.lost_answers):
            writes, before = creates(bench, 2, first=10 * at), bench.calls("write")
            bench.fault(kind, on="create")
            receipts = connector.write_batch(writes)
            assert bench.fault_fired(), kind
            assert {receipt.outcome for receipt in receipts} == {Outcome.UNKNOWN}, kind
            assert bench.calls("write") - before == 1, kind
            there = connector.read_back([write.values["key"] for write in writes])
            assert there.height == sum(_made(bench, writes)), kind

    def test_a_write_refused_for_coming_too_fast_is_done_once(self, bench: Bench) -> None:
        """It is sent again by the connector, or handed back with nothing done; either way it is made once."""
        connector, writes = bench.connector(), creates(bench, 2)
        bench.fault("429", on="create")
        try:
            receipts = connector.write_batch(writes)
        except TransientError:
            assert _made(bench, writes) == [0, 0]
            receipts = connector.write_batch(writes)
        assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
        assert _made(bench, writes) == [1, 1]

    def test_our_tasks_are_no_touches(self, bench: Bench) -> None:
        """A managed task, created and closed, is pulled as such and is no touch of the deal."""
        connector, writes = bench.connector(), creates(bench, 2)
        mirror = Mirror().pull(connector)
        before = mirror.content()
        receipts = connector.write_batch(writes)
        connector.write_batch([_change(receipts[0], WriteKind.CLOSE_TASK, reason="Resolved: the buyer was met.")])
        bench.later(_SOON)
        mirror.pull(connector)
        assert mirror.content()["touches"] == before["touches"]
        assert mirror.content()["touch_links"] == before["touch_links"]
        tasks = [mirror.tables["own_tasks"][receipt.remote_id] for receipt in receipts]
        assert [task["deal_id"] for task in tasks] == [write.values["deal_id"] for write in writes]
        assert [task["is_open"] for task in tasks] == [False, True]

    def test_our_writes_are_no_changes(self, bench: Bench) -> None:
        """Tasks and scores of ours move no column of any table but stamps, in a pull and in a sweep."""
        connector = bench.connector()
        mirror = Mirror().pull(connector)
        before = mirror.content()
        (task,) = connector.write_batch(creates(bench, 1))
        connector.write_batch([_change(task, WriteKind.UPDATE_TASK, body="Another why")])
        deal = bench.truth().open_deals()[0]
        values = {"score": 42.0, "band": "watch", "confidence": 80.0, "reasons": "a reason", "as_of": "2026-06-15"}
        connector.write_batch([Write("effect-score", WriteKind.WRITE_SCORE, values, deal)])
        bench.later(_SOON)
        mirror.pull(connector)
        assert _changed(before, mirror.content()) == []
        assert {name: mirror.tables["own_scores"][deal][name] for name in ("score", "band")} == {
            "score": 42.0,
            "band": "watch",
        }
        assert _changed(before, mirror.pull(connector, sweep=True).content()) == []

    def test_a_deleted_task_is_read_as_deleted(self, bench: Bench) -> None:
        """Deleted is proven, not guessed from absence; by key, by id, and in a sweep."""
        connector, (write,) = bench.connector(), creates(bench, 1)
        (receipt,) = connector.write_batch([write])
        mirror = Mirror().pull(connector)
        assert receipt.remote_id is not None
        bench.delete("own_tasks", receipt.remote_id)
        assert connector.read_tasks([receipt.remote_id])["is_deleted"].to_list() == [True]
        assert connector.read_back([write.values["key"]])["is_deleted"].to_list() == [True]
        mirror.pull(connector, sweep=True)
        assert mirror.tables["own_tasks"][receipt.remote_id]["is_deleted"] is True


def task_key(number: int) -> str:
    """Return a key of the product's form."""
    return f"dw:{number:020x}"


def creates(bench: Bench, count: int, *, first: int = 0) -> list[Write]:
    """Return creates of tasks on open deals, each with a key of its own."""
    truth = bench.truth()
    return [
        Write(
            f"effect-{number}",
            WriteKind.CREATE_TASK,
            {
                "key": task_key(number),
                "deal_id": deal,
                "owner_id": truth.deals[deal]["owner_id"],
                "subject": "[Deal check] Meet the economic buyer",
                "body": "Why: nobody spoke to her <yet> & time is short\n\nDo: ask the champion",
                "due": "2026-06-19",
                "priority": "high",
            },
        )
        for number, deal in enumerate(truth.open_deals()[:count], start=first)
    ]


def _change(made: Receipt, kind: WriteKind, **values: Any) -> Write:
    return Write("effect-change", kind, values, made.remote_id)


def _made(bench: Bench, writes: list[Write]) -> list[int]:
    return [bench.tasks_with(write.values["key"]) for write in writes]


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for every row that changed."""
    return [
        f"{table} {key}: {before[table].get(key)} became {after[table].get(key)}"
        for table in before
        for key in before[table].keys() | after[table].keys()
        if before[table].get(key) != after[table].get(key)
    ]
