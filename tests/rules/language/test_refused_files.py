"""Every mistake in a rule file is told at its exact place, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rules.errors import RuleError
from rules.load import RuleFile, assemble, load
from rules.model import Signal

FAMILY = """[families.slip]
points = { warn = 4, high = 8 }
subject = "Look at {{ deal.name }}"
due = "3 business days"
[segments]
smb = "amount < 10"
"""
WHEN = (
    "title = 't'\nfamily = 'slip'\nwhen = 'amount > 1'\nseverity = 'high'\nevidence = 'e'\nadvice = 'a'\ndone = 'd'\n"
)
MEASURE = (
    "title = 't'\nfamily = 'slip'\nmeasure = 'amount'\nworse = 'lower'\nevidence = 'e'\nadvice = 'a'\ndone = 'd'\n"
)
SEVERITIES = "info, warn, high, critical"

REFUSED = [
    ("a = ", ["1:5: no valid TOML: Invalid value, at the end of the file"]),
    ("[rules.x\n", ["1:9: no valid TOML: Expected ']' at the end of a table declaration"]),
    ("a = 1 2", ["1:7: no valid TOML: Expected newline or end of document after a statement"]),
    ("#" * 1_000_001, ["1:1: a file of 1,000,001 characters, expected at most 1,000,000"]),
    (
        "[rule.x]\n",
        [
            "1:2: unknown table 'rule', expected one of pack, rules, families, segments, scope, gates; "
            "did you mean 'rules'?"
        ],
    ),
    ("rules = 5", ["1:9: the number 5, expected a table"]),
    ("[rules]\nx = 5", ["2:5: the number 5, expected a table"]),
    (f"[rules.Big_Id]\n{WHEN}", ["1:8: the rule id 'Big_Id', expected lower-case words joined by hyphens"]),
    (
        "[rules.x]\ntitle = 't'\nfamily = 'slip'",
        ["1:8: rule 'x' without when, severity, evidence, advice, done, expected every key that it needs"],
    ),
    (
        f"[rules.x]\n{WHEN}[rules.xy]\nfamily = 'slip'\nmeasure = 'amount'",
        [
            "9:8: rule 'xy' without title, worse, levels, evidence, advice, done, expected every key that it needs; "
            "did you mean 'x'?"
        ],
    ),
    (
        f"[rules.x]\n{WHEN}tittle = 'x'",
        [
            "9:1: unknown rule key 'tittle', expected one of title, family, mode, scope, about, applies, applies_also, "
            "when, severity, measure, worse, levels, target, for, keep_for, evidence, advice, done, ask, "
            "steward, reviewed, "
            "source, cases; "
            "did you mean 'title'?"
        ],
    ),
    (
        f"[rules.x]\n{WHEN}for = '2 weeks'\nkeep_for = 1\nmode = 'of'\nscope = 'won'",
        [
            "9:7: the text '2 weeks', expected a number of days such as '2 business days' or '3 days'",
            "10:12: the number 1, expected a number of days such as '2 business days' or '3 days'",
            "11:8: 'of' as mode, expected one of on, shadow, off; did you mean 'off'?",
            "12:9: 'won' as scope, expected one of open, closed",
        ],
    ),
    (
        f"[rules.x]\n{WHEN}applies_also = 'a'\nescalate = {{}}",
        [
            "9:17: unknown signal 'a', expected a known signal",
            "10:1: the rule key 'escalate', which is not yet supported, expected it to be left out",
        ],
    ),
    (
        f"[rules.x]\n{WHEN}family = 'x'".replace("family = 'slip'\n", "").replace("family = 'x'", "family = 'slipp'"),
        ["8:10: unknown family 'slipp', expected a family of some rule file; did you mean 'slip'?"],
    ),
    (
        f'[rules.x]\n{WHEN}applies = "\\u0061mount > 5 AND amuont > 1"',
        ["9:32: unknown signal 'amuont', expected a known signal; did you mean 'amount'?"],
    ),
    (
        f"[rules.x]\n{WHEN}applies = '''\namount > 5\n  AND amount > '5\n'''",
        ["11:16: text that does not end, expected a closing single quote (a quote inside text is written twice: '')"],
    ),
    (f"[rules.x]\n{WHEN}applies = 5", ["9:11: the number 5, expected a condition in quotes"]),
    (
        f"[rules.x]\n{WHEN}about = 'abscence'",
        ["9:9: 'abscence' as about, expected one of absence, recency; did you mean 'absence'?"],
    ),
    (
        f"[rules.x]\n{WHEN}reviewed = '2026-01-01'",
        ["9:12: the text '2026-01-01', expected a day without quotes, such as 2026-01-31"],
    ),
    (
        f"[rules.x]\n{WHEN}ask = 'Who is {{{{ chmpion }}}}?'",
        ["9:18: unknown signal 'chmpion', expected a known signal; did you mean 'has_champion'?"],
    ),
    (f"[rules.x]\n{WHEN}ask = ''", ["9:7: an empty text, expected text"]),
    (
        f"[rules.x]\n{WHEN}worse = 'lower'\ntarget = 3",
        [
            "9:1: worse in a rule that has when, expected either when and severity, or measure, worse and levels",
            "10:1: target in a rule that has when, expected either when and severity, or measure, worse and levels",
        ],
    ),
    (
        f"[rules.x]\n{MEASURE}levels = {{ warn = 1, high = 2 }}",
        ["9:1: high = 2 beside warn = 1, where lower is worse, expected high below warn"],
    ),
    (
        f"[rules.x]\n{MEASURE}[[rules.x.levels]]\nwhere = 'amount > 1'\nwarn = 2\n"
        "[[rules.x.levels]]\nhigh = 1\ncritical = 1",
        ["12:11: critical = 1 beside high = 1, where lower is worse, expected critical below high"],
    ),
    (
        f"[rules.x]\n{MEASURE}target = 1\nlevels = {{ warn = 3 }}",
        ["9:10: a target of 1 on the wrong side of warn = 3, expected a target not below the mildest threshold"],
    ),
    (
        f"[rules.x]\n{MEASURE}[[rules.x.levels]]\nwarn = 2\n[[rules.x.levels]]\nwarn = 1",
        ["11:11: levels that are never reached, expected the ones without where to stand last"],
    ),
    (
        f"[rules.x]\n{MEASURE}levels = {{ smbb = {{ warn = 1 }} }}",
        [f"9:12: unknown severity or segment 'smbb', expected one of {SEVERITIES}, smb; did you mean 'smb'?"],
    ),
    (
        f"[rules.x]\n{MEASURE}levels = {{ smb = {{}} }}",
        [f"9:12: levels without a threshold, expected at least one of {SEVERITIES}"],
    ),
    (f"[rules.x]\n{MEASURE}levels = {{}}", ["9:10: an empty table, expected a table of thresholds, or several"]),
    (
        f"[rules.x]\n{MEASURE}levels = {{ warn = true }}",
        [
            "9:19: true, expected a number from -1e+15 to 1e+15",
        ],
    ),
    (
        f"[rules.x]\n{MEASURE}levels.warn = 1".replace("'amount'", "'segment'"),
        ["4:12: the signal 'segment', which is no number, expected a signal to measure"],
    ),
    (
        f"[rules.x]\n{WHEN}".replace("'high'", "'hihg'"),
        [f"5:12: 'hihg' as severity, expected one of {SEVERITIES}; did you mean 'high'?"],
    ),
    (
        f"[rules.x]\n{WHEN}".replace("'high'", "[{ is = 'high' }, { where = 'amount > 5', is = 'warn' }]"),
        ["5:30: a severity that is never reached, expected the one without where to stand last"],
    ),
    (
        f"[rules.x]\n{WHEN}[[rules.x.cases]]\ngiven = {{ amout = 1, phase = 'x', has_champion = 1 }}\nexpect = 'fires'",
        [
            "10:11: unknown signal 'amout', expected a known signal; did you mean 'amount'?",
            "10:30: unknown phase 'x', expected one of discovery, qualification, evaluation, business_case, "
            "procurement, close, onboarding",
            "10:50: the number 1 for has_champion, expected a boolean",
            f"11:10: 'fires' as expect, expected one of clear, unknown, not applicable, {SEVERITIES}",
        ],
    ),
    (
        "[families.new]\ndue = '3 days'",
        [
            "1:11: family 'new' without points, subject, expected every key that it needs",
            "2:7: the text '3 days', expected a number of business days such as '3 business days'",
        ],
    ),
    (
        "[families.slip]\nto = 'manager'\npoints.high = 1",
        [
            "2:6: 'manager', which is not yet supported, expected deal_owner",
            "3:15: fewer points for high than for a lesser severity, expected at least 4",
        ],
    ),
    (
        "[families.slip]\nescalate = {}",
        ["2:1: the family key 'escalate', which is not yet supported, expected it to be left out"],
    ),
    (
        "[scope]\npipelines = []",
        ["2:13: an empty array, expected a list of texts"],
    ),
    ("[segments]\nx = \"segment = 'smb'\"", ["2:5: segment 'x' that depends on segment, expected other signals"]),
    (
        "[gates.minimum.evalution]\nmetrics = 1\n[gates.minimum.close]\nmetrics = 4\nchampoin = 1\n[gates]\ngrace = 3",
        [
            "1:16: unknown phase 'evalution', expected one of discovery, qualification, evaluation, business_case, "
            "procurement, close, onboarding; did you mean 'evaluation'?",
            "4:11: the number 4, expected a whole number from 0 to 3",
            "5:1: unknown element 'champoin', expected one of metrics, economic_buyer, decision_criteria, "
            "decision_process, paper_process, implicate_pain, champion, competition; did you mean 'champion'?",
            "7:9: the number 3, expected a number of business days such as '3 business days'",
        ],
    ),
]


@pytest.mark.parametrize(("text", "messages"), REFUSED, ids=[messages[0][:50] for _, messages in REFUSED])
def test_a_broken_file_is_refused_where_it_is_broken(
    text: str, messages: list[str], catalogue: Mapping[str, Signal]
) -> None:
    with pytest.raises(RuleError) as refusal:
        assemble([RuleFile("packs/f.toml", FAMILY)], [RuleFile("rules.d/o.toml", text)], catalogue=catalogue)

    assert str(refusal.value).split("\n") == [f"rules.d/o.toml:{message}" for message in messages]


def test_the_problems_of_all_files_are_told_at_once_and_in_order(catalogue: Mapping[str, Signal]) -> None:
    overlays = [
        RuleFile("rules.d/b.toml", "[scope]\nwhere = 'amuont > 1'\nwho = 1"),
        RuleFile("rules.d/a.toml", "= 5"),
        RuleFile("rules.d/c.toml", "rules = 5"),
    ]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert [str(problem.location) for problem in refusal.value.problems] == [
        *("rules.d/a.toml:1:1", "rules.d/b.toml:2:10", "rules.d/b.toml:3:1", "rules.d/c.toml:1:9"),
    ]


def test_a_file_that_cannot_be_read_does_not_make_others_look_wrong(catalogue: Mapping[str, Signal]) -> None:
    overlays = [RuleFile("rules.d/a.toml", "[families"), RuleFile("rules.d/b.toml", f"[rules.x]\n{WHEN}")]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert [problem.location.path for problem in refusal.value.problems] == ["rules.d/a.toml"]


def test_one_id_in_two_files_of_a_layer_is_refused(catalogue: Mapping[str, Signal]) -> None:
    overlays = [RuleFile(f"rules.d/{name}.toml", f"{FAMILY}[rules.x]\n{WHEN}") for name in "ab"]
    with pytest.raises(RuleError) as refusal:
        assemble([], overlays, catalogue=catalogue)

    assert str(refusal.value).split("\n") == [
        "rules.d/b.toml:1:11: the family 'slip' again, expected it once; it stands at rules.d/a.toml:1:11",
        "rules.d/b.toml:7:8: the rule 'x' again, expected it once; it stands at rules.d/a.toml:7:8",
    ]


def test_an_unknown_pack_is_named_where_the_config_names_it(catalogue: Mapping[str, Signal]) -> None:
    config = RuleFile("config.toml", '[rules]\npacks = ["cor"]\n')
    with pytest.raises(RuleError) as refusal:
        load(["cor"], config=config, catalogue=catalogue)

    assert str(refusal.value).startswith("config.toml:2:10: unknown pack 'cor', expected one of ")
    assert str(refusal.value).endswith("; did you mean 'core'?")
