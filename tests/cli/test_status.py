from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STATUS = {
    "database": "/var/lib/dealwarden.db",
    "connections": {
        "acme": {
            "kind": "salesforce",
            "org_id": "00D000000000001AAA",
            "org_name": "Acme",
            "failing": None,
            "last_good": "2026-06-15T09:00:04+00:00",
            "judged_day": "2026-06-15",
            "judged_complete": True,
            "judged": 1200,
            "scores": {"healthy": 1000, "severe": 200},
            "findings": {"single-threaded": 40},
            "shadow": {"champion-missing": 7},
            "suppressed": {"open_per_owner": 12},
            "noise": {
                "deal-quiet": {
                    "acted": 6,
                    "dismissed": 5,
                    "expired": 1,
                    "moot": 0,
                    "put_off": 0,
                    "open": 2,
                    "share": 0.5,
                    "too_noisy": True,
                    "reasons": ["notrisk: they are on leave"],
                }
            },
            "open_effects": {"unknown": 2},
            "rejected": {"No such user": 3},
            "observing": None,
            "held": [
                {
                    "plan_id": "plan-1",
                    "state": "waiting",
                    "since": "2026-06-15T09:00:00+00:00",
                    "expires_at": "2026-06-18T09:00:00+00:00",
                    "decided_by": None,
                    "why": ["4,980 new tasks in one cycle, where new_tasks_per_cycle allows 200"],
                    "kinds": {"create": 4980},
                    "by_rule": {"single-threaded": 4980},
                    "by_rep": {"Ada Lindqvist": 4980},
                }
            ],
            "audit": [],
            "not_judged": {"champion-missing": {"source": "roles", "coverage": 0.02, "floor": 0.3}},
            "calls": {"read": 12},
            "notes": ["2 deals are in stages without a phase"],
            "stages": [{"pipeline": "default", "stage_id": "Odd", "label": "Odd stage", "deals": 7}],
            "unmapped_roles": {"Gatekeeper": 12, "Board member": 3},
            "runs": [
                {
                    "run_id": "run-1",
                    "command": "sync",
                    "started_at": "2026-06-15T09:00:00+00:00",
                    "ended_at": "2026-06-15T09:00:04+00:00",
                    "incomplete": False,
                    "error": None,
                }
            ],
        }
    },
}


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Answer for a database, and note which file was asked for."""
    asked: list[Path] = []

    def read(database: Path) -> dict[str, Any]:
        asked.append(database)
        return STATUS

    monkeypatch.setattr("sync.commands.status.read_status", read)
    return asked


def test_status_reads_the_database_that_the_config_names(
    stored: list[Path], dealwarden: Callable[..., Any], folder: Path
) -> None:
    (folder / "config.toml").write_text('[store]\nurl = "sqlite:///state/deals.db"\n')

    (acme,) = dealwarden("status", "--json").document["connections"].values()
    assert {**acme, "unmapped_stages": None} == {**STATUS["connections"]["acme"], "unmapped_stages": None}
    assert [str(url) for url in stored] == [f"sqlite:///{folder / 'state' / 'deals.db'}"]


def test_status_says_what_an_operator_must_see(stored: list[Path], dealwarden: Callable[..., Any]) -> None:
    lines = dealwarden("status").out.splitlines()

    assert "  in flight unknown 2" in lines
    assert "  held      plan-1 since 2026-06-15T09:00, until 2026-06-18T09:00: create 4,980" in lines
    assert "            by rep: Ada Lindqvist 4,980" in lines
    assert (
        "  noise     deal-quiet: acted 6, dismissed 5, expired 1, open 2, 50% dismissed or expired: tune the rule; "
        "people said: notrisk: they are on leave"
    ) in lines
    assert "  refused   3 x No such user" in lines
    assert "  no phase  Odd stage 7; map them under phases" in lines
    assert "  not judged roles off: only 2 % of deals have it (30 % needed): champion-missing" in lines
    assert "  no role   Gatekeeper 12, Board member 3; map them under roles" in lines
    assert "  note      2 deals are in stages without a phase" in lines
    assert "  2026-06-15T09:00:00  sync     run-1  done" in lines


FAILING = {"since": "2026-06-15T22:00:00+00:00", "cycles": 60, "reason": "https://acme.example does not answer"}


@pytest.fixture
def failing(stored: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer for a database whose connection acme fails."""
    acme = STATUS["connections"]["acme"] | {"failing": FAILING}
    monkeypatch.setattr("sync.commands.status.read_status", lambda _: STATUS | {"connections": {"acme": acme}})


@pytest.mark.usefixtures("failing")
def test_status_fails_where_a_connection_does_and_says_since_when(dealwarden: Callable[..., Any]) -> None:
    ended = dealwarden("status")

    assert ended.code == 4
    assert "  failing   since 2026-06-15T22:00 UTC, 60 cycles: https://acme.example does not answer" in ended.out
    assert "  last good 2026-06-15T09:00 UTC" in ended.out


@pytest.mark.usefixtures("failing")
def test_status_with_json_fails_too_and_prints_its_document(dealwarden: Callable[..., Any]) -> None:
    ended = dealwarden("status", "--json")

    assert (ended.code, ended.document["connections"]["acme"]["failing"]) == (4, FAILING)


@pytest.mark.usefixtures("failing")
def test_a_connection_that_the_config_no_longer_names_fails_nothing(
    dealwarden: Callable[..., Any], folder: Path
) -> None:
    (folder / "config.toml").write_text("")

    assert dealwarden("status").code == 0


def test_a_stage_that_the_config_maps_is_not_listed(
    stored: list[Path], dealwarden: Callable[..., Any], folder: Path
) -> None:
    with (folder / "config.toml").open("a") as config:
        config.write('[connections.acme.phases]\nOdd = "discovery"\n')

    assert dealwarden("status", "--json").document["connections"]["acme"]["unmapped_stages"] == {}


def test_status_before_the_first_cycle_ends_with_2(dealwarden: Callable[..., Any]) -> None:
    ended = dealwarden("status")

    assert ended.code == 2
    assert "there is no database yet" in ended.err
