"""Commands as a person runs them, against the simulated CRM."""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.serve import Options, Sandbox
from sync.app.rule_files import load_default_rules
from sync.cli import main


def _events(log: Iterable[str]) -> Iterator[str]:
    return (json.loads(line)["event"] for line in log)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(Options(deals=8, config_out=tmp_path / "config.toml")) as running:
        yield running


@pytest.fixture(scope="module")
def demo() -> tuple[int, str]:
    """How the demo of a small pipeline ends, and what it shows."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        code = main(["demo", "--once", "--deals", "16"])
    return code, shown.getvalue()


def test_the_demo_shows_risks_tasks_calls_and_a_second_cycle_that_plans_nothing(demo: tuple[int, str]) -> None:
    code, shown = demo
    first, _, second = shown.partition("Second cycle")
    assert code == 0
    assert "riskiest of 16 scored deals" in first
    assert "Tasks created:" in first
    assert "CRM calls auth 1" in first
    assert "nothing to do" not in first
    assert "nothing to do" in second


# a pack that is in shadow, or has events alone, need not show anything
PACKS_ON = sorted({rule.pack for rule in load_default_rules(Path("nowhere")).active().rules if rule.about != "event"})


@pytest.mark.parametrize("pack", PACKS_ON)
def test_the_demo_shows_a_finding_of_every_pack_that_is_on_with_a_deal_that_has_it(
    demo: tuple[int, str], pack: str
) -> None:
    assert re.search(rf"^{pack}  +\S.*  +[1-9]\d*  +[1-9]\d*  +\S", demo[1], re.MULTILINE)


def test_the_demo_names_a_healthy_deal_of_which_everything_is_known(demo: tuple[int, str]) -> None:
    healthy = demo[1].partition("Nothing to find on ")[2].partition("Tasks created")[0]
    verdicts = r"^  Salesforce 0, HubSpot 0, healthy: .*\w, .*\w\n      100 % of the rules"
    assert re.search(verdicts, healthy, re.MULTILINE)


def test_the_demo_in_json_is_one_document_of_two_cycles(capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--once", "--deals", "8", "--json"])

    first, second = json.loads(capsys.readouterr().out)["cycles"]
    assert first["connections"]["salesforce"]["applied"]["scores"] == 8
    assert {item for report in second["connections"].values() for item in report["plan"].values()} == {0}


def test_the_daemon_runs_a_cycle_at_once_and_stops_cleanly_on_sigterm(box: Sandbox) -> None:
    script = "import sys; from sync.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", script, "run", "--config", str(box.config_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        too_late = threading.Timer(120, daemon.kill)
        too_late.start()
        first = next(name for name in _events(daemon.stderr) if name.startswith("cycle."))
        daemon.send_signal(signal.SIGTERM)
        events = list(_events(daemon.stderr))
        too_late.cancel()

        assert daemon.wait() == 0
    assert first == "cycle.ended"
    assert events[-1] == "daemon.stopped"
    assert len([row for row in box.org.table("Opportunity") if row["Deal_Risk_Score__c"] is not None]) == 8


def test_a_wrong_secret_is_one_clear_message_and_writes_nothing(
    box: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    (box.config_path.parent / "client_secret").write_text("wrong")

    code = main(["sync", "--config", str(box.config_path)])

    ended = capsys.readouterr()
    messages = [line for line in ended.err.splitlines() if line.startswith("dealwarden: ")]
    assert code == 4
    assert len(messages) == 1
    assert "check the connection's credentials" in messages[0]
    assert "Traceback" not in ended.err
    assert [row for row in box.org.table("Task") if row.get("Dealwarden_Key__c")] == []


@pytest.fixture
def explained(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """What explain says of every open deal whose name no other has, by that name."""
    main(["sync", "--config", str(box.config_path), "--json"])
    count = Counter(row["Name"] for row in box.org.table("Opportunity"))
    open_deals = (row["Name"] for row in box.org.table("Opportunity") if not row["IsClosed"])
    names = [name for name in open_deals if count[name] == 1]  # a name of several deals is asked about
    capsys.readouterr()
    documents = {}
    for name in names:
        assert main(["explain", name, "--config", str(box.config_path), "--json"]) == 0
        documents[name] = json.loads(capsys.readouterr().out)
    return documents


def test_explain_finds_a_deal_by_its_name(explained: dict[str, dict[str, Any]]) -> None:
    assert [item["deal_name"] for item in explained.values()] == list(explained)


def test_explain_says_of_every_rule_why_it_fires_or_why_not(explained: dict[str, dict[str, Any]]) -> None:
    rules = [rule for deal in explained.values() for rule in deal["rules"]]
    verdicts = [(rule["rule_id"], rule["verdict"], rule["text"]) for rule in rules]
    assert {verdict for _, verdict, _ in verdicts} > {"clear", "unknown", "not applicable", "high"}
    assert [item for item in verdicts if not item[2]] == []
    clear = {text for rule, verdict, text in verdicts if (rule, verdict) == ("close-date-past", "clear")}
    assert all(text.startswith("not close_in_days < 0: close_in_days ") for text in clear)
    unknown = {text for _, verdict, text in verdicts if verdict == "unknown"}
    causes = (
        r"not known: .+|.+ is not mapped|.+ cannot be read|.+ too few deals .+|.+ off: .+|the owner logs too few .+"
    )
    assert [text for text in unknown if not re.fullmatch(causes, text)] == []


def test_the_reasons_of_a_deal_add_up_to_its_score(explained: dict[str, dict[str, Any]]) -> None:
    sums = [(sum(reason["points"] for reason in deal["reasons"]), deal["score"]) for deal in explained.values()]
    assert [added for added, _ in sums] == [score for _, score in sums]
    assert max(score for _, score in sums) > 0


def test_what_would_help_most_names_a_rule_that_adds_points_and_a_lower_score(
    explained: dict[str, dict[str, Any]],
) -> None:
    for deal in explained.values():
        adding = {reason["rule_id"] for reason in deal["reasons"] if reason["points"]}
        if deal["counterfactual"] is None:  # another finding of the same family is as bad
            assert not adding or len(deal["reasons"]) > 1
            continue
        told = re.search(r"\((\S+)\): ([\d.]+) -> ([\d.]+)$", deal["counterfactual"])
        assert told is not None
        assert told[1] in adding
        assert float(told[3]) < float(told[2]) == deal["score"]


@pytest.fixture
def namesakes(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Two deals of the name Twice, read; their ids."""
    ids = [row["Id"] for row in box.org.table("Opportunity") if not row["IsClosed"]][:2]
    for deal_id in ids:
        box.org.update("Opportunity", deal_id, {"Name": "Twice"}, by=box.org.table("User")[0]["Id"])
    main(["plan", "--config", str(box.config_path), "--json"])
    capsys.readouterr()
    return ids


def test_a_name_of_two_deals_lists_both_with_id_connection_and_link(
    box: Sandbox, namesakes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["explain", "Twice", "--config", str(box.config_path)])
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert (code, shown.out) == (2, "")
    assert [f"{box.salesforce_url}/lightning/r/Opportunity/{deal_id}/view" in shown.err for deal_id in namesakes] == [
        True,
        True,
    ]
    assert [line.split(": ")[0].strip() for line in lines[-2:]] == [f"{deal_id} in salesforce" for deal_id in namesakes]


def test_an_id_means_its_deal_whatever_the_name(
    box: Sandbox, namesakes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for deal_id in (namesakes[1], namesakes[1][:15]):
        assert main(["explain", deal_id, "--config", str(box.config_path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["deal_id"] == namesakes[1]
