"""``status``: past cycles, as the database knows them. Imports nothing heavy, so that it answers at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rules.language.plain_text import one_line
from sync.config.config_file import mapped_stages
from sync.config.standard_stages import with_standard
from sync.config.store_url import store_url
from sync.errors import CRM_FAILED, FINE
from sync.model.not_judged import NotJudged, cause_lines
from sync.store.status import read_status

_LONGEST = 100_000
_FATES = ("acted", "dismissed", "expired", "moot", "put_off", "open")


def status(config: Path, *, as_json: bool) -> int:
    """Show each connection's verdicts and last runs, and end with the exit code of a CRM failure where one fails.

    Of the config it reads the store's place, and of each connection its name and the stages that it maps; a connection
    that the config no longer names fails nothing.
    """
    known, mapped = read_status(store_url(config)), mapped_stages(config)
    for name, connection in known["connections"].items():
        connection["unmapped_stages"] = _unmapped(connection, mapped.get(name))
    if as_json:
        sys.stdout.write(json.dumps(known, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(known)) + "\n")
    failing = (name in mapped and connection["failing"] for name, connection in known["connections"].items())
    return CRM_FAILED if any(failing) else FINE


def _unmapped(connection: Mapping[str, Any], mapped: Collection[tuple[str, str]] | None) -> dict[str, int]:
    """Count the open deals in stages without a phase, by the stage's label; none of a connection not configured."""
    if mapped is None:
        return {}
    known = with_standard(connection["kind"], dict.fromkeys(mapped, ""))
    without = [stage for stage in connection["stages"] if (stage["pipeline"], stage["stage_id"]) not in known]
    return {label: sum(stage["deals"] for stage in without if stage["label"] == label) for label in _labels(without)}


def _labels(stages: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return dict.fromkeys(stage["label"] for stage in stages)


def _lines(known: Mapping[str, Any]) -> Iterator[str]:
    yield f"database {known['database']}"
    if not known["connections"]:
        yield "no connection was read yet; read with: dealwarden sync"
    for name, connection in known["connections"].items():
        yield ""
        if connection["org_id"] is None:
            yield f"{name}: {connection['kind']}, never reached"
        else:
            yield f"{name}: {connection['kind']} {connection['org_name']} ({connection['org_id']})"
        yield from _health(connection)
        if connection["org_id"] is not None:
            yield from _judged(connection)
        yield from _waiting(name, connection)
        if connection["unmapped_stages"]:
            yield f"  no phase  {one_line(_counts(connection['unmapped_stages']), _LONGEST)}; map them under phases"
        if connection["unmapped_roles"]:
            yield f"  no role   {one_line(_counts(connection['unmapped_roles']), _LONGEST)}; map them under roles"
        for note in connection["notes"]:
            yield f"  note      {one_line(note, _LONGEST)}"
        for run in connection["runs"]:
            yield f"  {run['started_at'][:19]}  {run['command']:<8} {run['run_id']}  {_outcome(run)}"


def _health(connection: Mapping[str, Any]) -> Iterator[str]:
    failing = connection["failing"]
    if failing is None:
        return
    cycles = f", {failing['cycles']:,} cycles" if failing["cycles"] else ""
    reason = one_line(failing["reason"] or "no reason is known", _LONGEST)
    yield f"  failing   since {failing['since'][:16]} UTC{cycles}: {reason}"
    if connection["last_good"]:
        yield f"  last good {connection['last_good'][:16]} UTC"


def _judged(connection: Mapping[str, Any]) -> Iterator[str]:
    day = f", last for {connection['judged_day']}" if connection["judged_day"] else ""
    yield f"  judged    {connection['judged']:,} deals{day}"
    yield f"  scores    {_counts(connection['scores'])}"
    yield f"  findings  {_counts(connection['findings'])}"
    if connection["shadow"]:
        yield f"  in shadow {_counts(connection['shadow'])}"
    if connection["suppressed"]:
        yield f"  suppressed {_counts(connection['suppressed'])}"
    for rule, what in connection["noise"].items():
        yield f"  noise     {_noise(rule, what)}"
    if connection["calls"]:
        yield f"  CRM calls {_counts(connection['calls'])} in the last cycle"
    for cause in cause_lines({rule: NotJudged(**why) for rule, why in connection["not_judged"].items()}):
        yield f"  not judged {one_line(cause, _LONGEST)}"


def _waiting(name: str, connection: Mapping[str, Any]) -> Iterator[str]:
    """Yield what waits for a person, and what the CRM did not accept or not answer for."""
    if connection["open_effects"]:
        yield f"  in flight {_counts(connection['open_effects'])}"
    if connection["observing"]:
        why = one_line(connection["observing"], _LONGEST)
        yield f"  observing since {why}; to let it write again: dealwarden resume {name} --by NAME"
    for held in connection["held"]:
        yield from _held_lines(held)
    for message, count in connection["rejected"].items():
        yield f"  refused   {count:,} x {one_line(message, _LONGEST)}"


def _noise(rule: str, what: Mapping[str, Any]) -> str:
    counts = {word.replace("_", " "): what[word] for word in _FATES if what[word]}
    words = "; ".join(one_line(reason, _LONGEST) for reason in what["reasons"])
    advice = f", {what['share']:.0%} dismissed or expired: tune the rule" if what["too_noisy"] else ""
    return f"{rule}: {_counts(counts)}{advice}{f'; people said: {words}' if words else ''}"


def _held_lines(held: Mapping[str, Any]) -> Iterator[str]:
    counts = _counts(held["kinds"])
    if held["state"] == "rejected":
        yield f"  rejected  {held['plan_id']} by {one_line(held['decided_by'], _LONGEST)}: {counts}"
        return
    yield f"  held      {held['plan_id']} since {held['since'][:16]}, until {held['expires_at'][:16]}: {counts}"
    for why in held["why"]:
        yield f"            {one_line(why, _LONGEST)}"
    yield f"            by rule: {one_line(_counts(held['by_rule']), _LONGEST)}"
    yield f"            by rep: {one_line(_counts(held['by_rep']), _LONGEST)}"


def _outcome(run: Mapping[str, Any]) -> str:
    if run["error"]:
        return f"{'incomplete' if run['incomplete'] else 'failed'}: {one_line(run['error'], _LONGEST)}"
    if run["ended_at"] is None:
        return "running"
    return "incomplete" if run["incomplete"] else "done"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
