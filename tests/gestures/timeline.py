"""All stories on one time line: one simulated CRM, one daemon's cycles, every story on deals of its own.

That keeps some sixty stories within seconds, and makes them as crowded as a real org.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from sandbox.serve import Options, Sandbox
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from tests.gestures.hands import Facts, Hands, HubSpotHands, SalesforceHands, Seen, day_of
from tests.gestures.story import START, Step, Story

RULES = Path(__file__).parent / "rules.toml"
CRMS = ("salesforce", "hubspot")
MUTED_UNTIL = {"salesforce": "Muted_Until__c", "hubspot": "muted_until"}
MORNING = time(8)
GONE = ("Ida Inactive", "Ian Inactive")


@dataclass
class Cast:
    """One story: its deals by their part in it, and its tasks in the order in which they appeared."""

    story: Story
    hands: Hands
    deals: dict[str, str] = field(default_factory=dict)
    tasks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Timeline:
    """Plays stories. *forget* loses the database before every cycle."""

    def __init__(self, box: Sandbox, crm: str, stories: Sequence[Story], *, forget: bool = False) -> None:
        self._box, self._crm, self._forget = box, crm, forget
        self._config = box.config_path
        self._hands: SalesforceHands | HubSpotHands = (
            SalesforceHands(box.org) if crm == "salesforce" else HubSpotHands(box.portal)
        )
        self.casts = {story.name: Cast(story, self._hands) for story in stories if story.plays_in(crm)}
        self._write_config()

    def play(self) -> None:
        self._set_the_scene()
        moments: dict[Any, list[tuple[Cast, Step]]] = defaultdict(list)
        for cast in self.casts.values():
            for step in cast.story.steps:
                moments[step.at].append((cast, step))
        for day in {at.date() for at in moments} - {START.date()}:
            moments.setdefault(datetime.combine(day, MORNING, START.tzinfo), [])  # the day's sweep, before anybody acts
        workspace = self._open()
        for at in sorted(moments):
            self._box.clock.set(at)
            changed = [self._act(cast, step) for cast, step in moments[at]]
            self._box.clock.set(at + timedelta(minutes=1))
            if any(changed) or self._forget:
                workspace.close()
                workspace = self._open()
            (report,) = workspace.sync().values()
            assert (report.error, report.incomplete_reason) == (None, None)
            self._look(moments[at])
        workspace.close()

    def _open(self) -> Workspace:
        if self._forget:
            for path in self._config.parent.glob("dealwarden.db*"):
                path.unlink()
        return Workspace.open(load_config(self._config), progress=SilentProgress())

    def _write_config(self) -> None:
        text = self._config.read_text()
        scope = "[scope]\nwhere = \"deal_name NOT LIKE '%out of scope%'\"\n\n[segments]"
        text = text.replace("[segments]", scope, 1)
        text = text.replace('overlay = "rules.d"', 'packs = []\noverlay = "rules.d"', 1)
        muted, fallback = MUTED_UNTIL[self._crm], self._hands.person_id("Fay Fallback")
        own = f'muted_until = "{muted}"\nfallback_owner = "{fallback}"\n'
        text = text.replace(f"[connections.{self._crm}]\n", f"[connections.{self._crm}]\n{own}", 1)
        self._config.write_text(text)
        self._write_rules("rules", RULES.read_text())

    def _write_rules(self, name: str, text: str) -> None:
        folder = self._config.parent / "rules.d"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(text)

    def _set_the_scene(self) -> None:
        self._box.clock.hold()
        self._box.clock.set(START - timedelta(days=2))
        self._hands.add_people()
        for cast in self.casts.values():
            for part, facts in cast.story.deals.items():
                name = cast.story.name if part == "deal" else f"{cast.story.name} ({part})"
                cast.deals[part] = cast.hands.add_deal(name, _dated(facts))
            if cast.story.rules is not None:
                self._write_rules(cast.story.name, cast.story.rules)
        for name in GONE:
            self._hands.retire(name)

    def _act(self, cast: Cast, step: Step) -> bool:
        """Do what people do in this step; say whether a rule file changed."""
        for part in ("deal", "other"):
            self._act_on_deal(cast, part, _dated(getattr(step, part)))
        if step.task:
            self._act_on_task(cast, _dated(step.task))
        if step.late:
            self._box.clock.advance(20)
            cast.hands.change_task(cast.tasks[-1], _dated(step.late), by_us=True)
        if step.leaves:
            cast.hands.retire(step.leaves)
        if step.rules is not None:
            self._write_rules(cast.story.name, step.rules)
        return step.rules is not None

    @staticmethod
    def _act_on_deal(cast: Cast, part: str, facts: dict[str, Any]) -> None:
        state, loser = facts.pop("is", None), facts.pop("takes_in", None)
        if state == "restored":
            cast.hands.restore_deal(cast.deals[part])
        if facts:
            cast.hands.change_deal(cast.deals[part], facts)
        if loser:
            cast.hands.merge_deals(cast.deals[part], cast.deals[loser])
        if state == "deleted":
            cast.hands.delete_deal(cast.deals[part])

    @staticmethod
    def _act_on_task(cast: Cast, facts: dict[str, Any]) -> None:
        task_id = cast.tasks[-1]
        target, hidden = facts.pop("moves_to", None), facts.pop("hidden", False)
        if facts.get("is") == "deleted":
            cast.hands.delete_task(task_id)
        elif facts:
            cast.hands.change_task(task_id, facts, by_us=False)
        if target is not None:
            cast.hands.move_task(task_id, None if target == "nothing" else cast.deals[target])
        if hidden:
            cast.hands.hide(task_id)

    def _look(self, steps: Sequence[tuple[Cast, Step]]) -> None:
        seen = {one.task_id: one for one in self._hands.tasks()}
        parts = {deal_id: cast for cast in self.casts.values() for deal_id in cast.deals.values()}
        known = {task_id for cast in self.casts.values() for task_id in cast.tasks}
        for one in sorted(seen.values(), key=lambda one: (one.created, one.deal_id or "", one.facts["subject"])):
            if one.task_id not in known and one.deal_id in parts:
                parts[one.deal_id].tasks.append(one.task_id)
        for cast, step in steps:
            there = [seen[task_id] for task_id in cast.tasks]
            wrong = list(differences(step.expect, there, cast))
            if step.score is not None and (score := cast.hands.score(cast.deals["deal"])) != step.score:
                wrong.append(f"the score is {score}, expected {step.score}")
            cast.wrong += [f"{step.at:%a %d %b %H:%M}: {text}" for text in wrong]


def differences(expected: Sequence[Facts], there: Sequence[Seen], cast: Cast) -> Iterator[str]:
    """Give what is not as expected of a story's tasks."""
    if len(expected) != len(there):
        told = ", ".join(f"{one.facts['is']} ({one.facts['reason'] or one.facts['subject']})" for one in there)
        yield f"expected {len(expected)} tasks, found {len(there)}: {told or 'none'}"
        return
    parts = {deal_id: part for part, deal_id in cast.deals.items()}
    for number, (wanted, one) in enumerate(zip(expected, there, strict=True), start=1):
        facts = {**one.facts, "on": parts.get(one.deal_id or "", "nothing"), "family": family_of(one.key, parts)}
        for name, value in _dated(wanted).items():
            if name == "says":
                missing = [text for text in ([value] if isinstance(value, str) else value) if text not in facts["body"]]
                if missing:
                    yield f"task {number}: its body does not say {missing}: {facts['body']!r}"
            elif facts[name] != value:
                yield f"task {number}: {name} is {facts[name]!r}, expected {value!r} ({facts['reason']})"


def family_of(key: str, deals: Iterable[str]) -> str | None:
    """Find the family in a key: twenty hex digits of a hash over deal and family, then a number."""
    for deal_id, family in product(deals, ("engagement", "hygiene")):
        digest = hashlib.sha256(f"{deal_id}\n{family}".encode()).hexdigest()
        if key.startswith(f"dw:{digest[:20]}-"):
            return family
    return None


def _dated(facts: Facts) -> dict[str, Any]:
    return {name: day_of(value, START.date()) for name, value in facts.items()}


def empty_crm(crm: str, folder: Path) -> Sandbox:
    return Sandbox(Options(crm=crm, deals=0, config_out=folder / "config.toml"))
