"""How packs, config and overlays become one rule set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from rules.files.load import RuleFile, assemble, load
from rules.files.shared_tables import segment_order
from rules.files.shipped import pack_names
from rules.language.signal import Signal
from rules.model import Severity
from rules.signals.catalogue import CATALOGUE

PACK = RuleFile(
    "packs/base.toml",
    """
[pack]
name = "base"
version = "1.0"

[segments]
enterprise = "amount >= 100_000"
smb = "amount < 100_000"

[scope]
where = "owner_team <> 'Partners'"

[gates]
grace = "2 business days"
[gates.minimum.evaluation]
metrics = 2
[gates.segments.smb.evaluation]
champion = 1
[gates.fresh_days]
champion = 14

[families.threading]
points = { warn = 8, critical = 18 }
subject = "Bring more people into {{ deal.name }}"
due = "3 business days"

[rules.single-threaded]
title = "Single-threaded"
family = "threading"
applies = "phase >= 'qualification'"
measure = "engaged_contacts"
worse = "lower"
target = 3
levels = { warn = 2, high = 1 }
evidence = "{{ engaged_contacts }} of {{ contacts }}"
advice = "Add {{ target - engaged_contacts }}."
done = "{{ target }} contacts"
reviewed = 2026-11-01
cases = [{ given = { engaged_contacts = 0, phase = "evaluation" }, expect = "high" }]

[rules.date-past]
title = "Close date past"
family = "threading"
about = "recency"
when = "close_date < created_on"
severity = [{ where = "amount > 5", is = "critical" }, { is = "info" }]
evidence = "Close date {{ close_date }}"
advice = "Move it."
done = "A date ahead"
""",
)


def _overlay(text: str, path: str = "rules.d/ours.toml") -> RuleFile:
    return RuleFile(path, text)


def test_a_pack_becomes_rules_families_segments_scope_and_gates(catalogue: Mapping[str, Signal]) -> None:
    rules = assemble([PACK], catalogue=catalogue)

    threaded, past = rules.rules
    assert (threaded.id, threaded.pack, threaded.measure, threaded.worse, threaded.target) == (
        *("single-threaded", "base", "engaged_contacts", "lower"),
        3.0,
    )
    assert [dict(level.thresholds) for level in threaded.levels] == [{Severity.WARN: 2, Severity.HIGH: 1}]
    assert threaded.signals == {"engaged_contacts", "phase"}
    assert threaded.reviewed == date(2026, 11, 1)
    assert dict(threaded.cases[0].given) == {"engaged_contacts": 0, "phase": "evaluation"}
    assert str(threaded.location) == "packs/base.toml:27:8"
    assert [(case.where and case.where.text, case.severity) for case in past.severity] == [
        ("amount > 5", Severity.CRITICAL),
        (None, Severity.INFO),
    ]
    assert past.about == "recency"
    assert past.signals == {"close_date", "created_on", "amount"}
    assert [name for name, _ in rules.segments] == ["enterprise", "smb"]
    assert rules.scope is not None
    assert rules.gates.minimum == {"evaluation": {"metrics": 2}}
    assert rules.gates.segments == {"smb": {"evaluation": {"champion": 1}}}
    assert (rules.gates.grace, rules.gates.fresh_days) == (2, {"champion": 14})


def test_a_severity_without_points_has_those_of_the_next_lesser_one(catalogue: Mapping[str, Signal]) -> None:
    points = assemble([PACK], catalogue=catalogue).families["threading"].points

    assert points == {Severity.INFO: 0, Severity.WARN: 8, Severity.HIGH: 8, Severity.CRITICAL: 18}


def test_an_overlay_changes_single_keys_of_a_shipped_rule(catalogue: Mapping[str, Signal]) -> None:
    overlay = _overlay("[rules.single-threaded]\ntarget = 4\nlevels.warn = 3\n")
    rule = assemble([PACK], [overlay], catalogue=catalogue).rule("single-threaded")

    assert (rule.title, rule.target, rule.pack) == ("Single-threaded", 4, "base")
    assert [dict(level.thresholds) for level in rule.levels] == [{Severity.WARN: 3, Severity.HIGH: 1}]


def test_levels_for_a_segment_come_before_those_for_all_others(catalogue: Mapping[str, Signal]) -> None:
    overlay = _overlay("[rules.single-threaded]\nlevels.enterprise = { warn = 3 }\n")
    first, second = assemble([PACK], [overlay], catalogue=catalogue).rule("single-threaded").levels

    assert first.where is not None
    assert (first.where.text, dict(first.thresholds)) == ("segment = 'enterprise'", {Severity.WARN: 3})
    assert (second.where, dict(second.thresholds)) == (None, {Severity.WARN: 2, Severity.HIGH: 1})


def test_an_array_of_levels_replaces_the_shipped_ones(catalogue: Mapping[str, Signal]) -> None:
    table = "[[rules.single-threaded.levels]]\n"
    text = f"{table}where = \"segment = 'smb'\"\nhigh = 1\n{table}warn = 2\n"
    levels = assemble([PACK], [_overlay(text)], catalogue=catalogue).rule("single-threaded").levels

    assert [(level.where and level.where.text, dict(level.thresholds)) for level in levels] == [
        ("segment = 'smb'", {Severity.HIGH: 1}),
        (None, {Severity.WARN: 2}),
    ]


def test_the_config_lies_over_packs_and_under_overlays(catalogue: Mapping[str, Signal]) -> None:
    config = RuleFile(
        "config.toml",
        '[scope]\nwhere = "owner_team = \'East\'"\n[segments]\nsmb = "amount < 50_000"\n'
        "[families.threading]\ndue = \"5 business days\"\n[store]\nurl = 'x'\n[rules]\npacks = []\n",
    )
    overlay = _overlay('[segments]\nsmb = "amount < 7"\n')
    rules = assemble([PACK], [overlay], config, catalogue=catalogue)

    assert rules.scope is not None
    assert rules.scope.text == "owner_team = 'East'"
    assert [(name, condition.text) for name, condition in rules.segments] == [
        ("enterprise", "amount >= 100_000"),
        ("smb", "amount < 7"),
    ]
    assert rules.families["threading"].due == 5
    assert [rule.id for rule in rules.rules] == ["single-threaded", "date-past"]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeff# saved by an editor that marks its files\r\n"])
def test_an_empty_overlay_changes_nothing(text: str, catalogue: Mapping[str, Signal]) -> None:
    plain = assemble([PACK], catalogue=catalogue)

    assert assemble([PACK], [_overlay(text)], catalogue=catalogue) == plain


@pytest.mark.parametrize(
    ("lower", "upper", "order"),
    [
        ("ems", "m", "ems"),
        ("ems", "sme", "sme"),
        ("ems", "xems", "xems"),
        ("ems", "x", "xems"),
        ("ems", "exm", "exms"),
        ("ems", "mx", "emxs"),
        ("ems", "xym", "exyms"),
        ("", "ab", "ab"),
    ],
)
def test_segments_keep_an_order_in_which_the_first_match_wins(lower: str, upper: str, order: str) -> None:
    assert "".join(segment_order(lower, upper)) == order


@pytest.mark.parametrize(
    "overlay",
    [
        "[rules.single-threaded]\ntarget = 4",
        "[rules.single-threaded]\nlevels.warn = 2.5",
        "[rules.single-threaded]\napplies = \"phase >= 'evaluation'\"",
        "[rules.date-past]\nseverity = 'high'",
        "[rules.date-past]\nabout = 'absence'",
        "[rules.single-threaded]\ndone = 'x'",
        "[families.threading.points]\nwarn = 9",
        "[segments]\nsmb = 'amount < 9'",
        "[scope]\nwhere = 'amount < 9'",
        "[gates.minimum.evaluation]\nmetrics = 1",
        "[gates.segments.smb.evaluation]\nmetrics = 1",
        "[gates]\ngrace = '1 business day'",
    ],
)
def test_the_fingerprint_changes_with_every_judgement_that_could_change(
    overlay: str, catalogue: Mapping[str, Signal]
) -> None:
    plain = assemble([PACK], catalogue=catalogue)

    assert assemble([PACK], [_overlay(overlay)], catalogue=catalogue).fingerprint != plain.fingerprint


def test_the_fingerprint_does_not_change_with_words_for_the_operator(catalogue: Mapping[str, Signal]) -> None:
    overlay = _overlay(
        "[rules.date-past]\ntitle = 'Other'\nsteward = 'me'\nsource = 'x'\ncases = []\nreviewed = 2026-12-01"
    )
    plain = assemble([PACK], catalogue=catalogue)

    assert assemble([PACK], [overlay], catalogue=catalogue).fingerprint == plain.fingerprint


def test_every_shipped_pack_loads() -> None:
    rules = load(pack_names(), catalogue=CATALOGUE)

    assert {"meddpicc-gate", "single-threaded", "close-date-past"} <= {rule.id for rule in rules.rules}
