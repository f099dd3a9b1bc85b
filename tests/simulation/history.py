"""One history: a seed, one CRM, and everything that happens to it until it has come to rest."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from connectors.retry import ATTEMPTS
from sandbox.server.wire import Request
from sync.model.cycle_report import ConnectionReport
from tests.simulation.clock import VirtualClock
from tests.simulation.crash import Crash
from tests.simulation.crms import open_crm
from tests.simulation.doubts import KEY, Doubts
from tests.simulation.likeness import unlike
from tests.simulation.mishaps import draw
from tests.simulation.oracle import Oracle, ViolationError
from tests.simulation.people import People
from tests.simulation.product import ONE_A_DEAL, Product, repeatable
from tests.simulation.records import MARKS
from tests.simulation.rulebook import EDITIONS
from tests.simulation.wire import Wire

_OPEN: Final = "SELECT key, state FROM effects WHERE state IN ('planned', 'sending', 'unknown')"
_OVERLAP_S: Final = 900  # what is seen later than this after it was done, a sweep finds


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a history ended: what happened in it, a digest of everything that passed, and the promise it broke."""

    seed: int
    crm: str
    digest: str
    counts: Counter[str]
    cycles: int
    violation: str | None = None
    story: tuple[str, ...] = ()
    store: str = "sqlite"

    def __str__(self) -> str:
        """Word the promise that was broken, and how to see it broken again."""
        replay = f"python -m tests.simulation --crm {self.crm} --store {self.store} --seeds {self.seed}"
        return f"BROKEN: {self.violation}\nreplay: {replay}"


@dataclass
class History:
    """Plays one seed. Everything in it is drawn from the seed, so that the same seed is the same history."""

    seed: int
    crm_name: str
    store: str = "sqlite"
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed}:{self.crm_name}")
        self.clock = VirtualClock()
        self.crash = Crash()
        self.crm = open_crm(self.crm_name, self.clock)
        self.wire = Wire(self.crm.gateway, self.clock, random.Random(self.seed + 1), self.crash)
        self.product = Product(self.crm, self.clock, self.wire, self.crash, self.store)
        self.oracle = Oracle(self.crm, self.clock.now, EDITIONS["first"])
        self.people = People(self.crm, self.clock, self.oracle, self.dice)
        self.counts: Counter[str] = Counter()
        self.cycles = 0
        self.began = self.clock.now()  # when the newest cycle did
        self.gestures = self.dice.random() < 0.7
        self.doubts = Doubts()
        self.skewed = False  # an answer was dated wrongly
        self.unasked: object = None  # the process that does not know yet of fields that it may see by now
        self.late_s = 0  # how long after it was done a change of people's may be seen
        self.wire.seen, self.wire.ended = self._before_write, self.doubts.answered

    def play(self) -> Outcome:
        """Play the history to its end."""
        violation = None
        try:
            self.people.settle_in(self.dice.randint(3, 6))
            self.oracle.look()
            self._habits()
            if self.dice.random() < 0.5:
                self._cycle_in_peace()  # so that there are tasks that people can do something to
            for _ in range(self.dice.choice((1, 1, 1, 1, 2, 2, 3))):
                self._step()
            self._come_to_rest()
        except ViolationError as error:
            violation = str(error)
        finally:
            self.product.close()
        self.counts.update({f"act: {name}": count for name, count in self.people.acts.items()})
        self.counts.update({f"crash: {name}": count for name, count in self.crash.seen.items()})
        digest = self.wire.trace.hexdigest()
        story = tuple(self.story)
        return Outcome(self.seed, self.crm_name, digest, self.counts, self.cycles, violation, story, self.store)

    def _habits(self) -> None:
        """Give the CRM some of the habits that CRMs have."""
        drawn: dict[str, Any] = {}
        if self.dice.random() < 0.3:
            drawn["short_pages"] = self.dice.choice((1, 2))
        if self.dice.random() < 0.3:
            drawn["late_commit_s"] = self.dice.choice((5, 60, 590))
            self.gestures = False  # a gesture counts from when it can be seen
        if self.crm_name == "hubspot" and self.dice.random() < 0.3:
            drawn["search_lag_s"] = self.dice.choice((10, 120, 900))
        self.crm.quirks(drawn)
        self.late_s = drawn.get("late_commit_s", 0) + drawn.get("search_lag_s", 0)
        if self.dice.random() < 0.9:
            self.crm.narrow()  # what we see more of is empty in these CRMs, and costs a page each
            self.counts["habit: our user sees little"] += 1
        if self.dice.random() < 0.25:
            self.oracle.capped = True
            self.product.setting = replace(self.product.setting, caps=ONE_A_DEAL)
            self.counts["habit: one open task a deal"] += 1
        self._tell(f"habits {drawn} {self.oracle.capped=}")
        self.counts.update({f"habit: {name}": 1 for name in drawn})

    def _step(self) -> None:
        for _ in range(self.dice.choice((0, 1, 2, 3, 4))):
            self._people_act()
        self.clock.advance(self.dice.choice((0, 2, 30, 3000)))  # the last is more than a reading looks back
        if self.dice.random() < 0.35:
            self._operate()
        self._disturb()
        self._cycle()
        self._calm()
        pause = self.dice.choice((60, 600, 1800, 7200, 40_000, 86_400, 3 * 86_400))
        self._tell(f"{pause} s pass")
        self.clock.advance(pause)
        if self.oracle.patience:  # a write that landed meanwhile was decided on by what was so before the pause
            self.oracle.check_news(self.began)

    def _people_act(self) -> None:
        before = self.people.acts.copy()
        if self.gestures and self.dice.random() < 0.5:
            self.people.answer()
        else:
            self.people.work()
        self._tell(f"people: {', '.join((self.people.acts - before).keys()) or 'nothing'}")

    def _operate(self) -> None:
        """Let the operator do something."""
        match self.dice.choice(("rules", "rules", "restart", "rename", "mode", "hide", "restore", "lose", "clock")):
            case "rules":
                edition = self.dice.choice(list(EDITIONS.values()))
                self.oracle.edition = edition
                self._configure("rules", edition=edition.name)
            case "restart":
                self._done("restart")
                self.product.end()
            case "rename":
                self._configure("rename", name=self.dice.choice(("crm", "acme")))
            case "mode":
                self._configure("mode", mode=self.dice.choice(("observe", "score", "enforce")))
            case "hide":
                self._hide(frozenset(self.dice.sample(MARKS, self.dice.randint(0, 2))))
            case "restore":
                if self.product.restore():
                    self._forget()
                    self._done("restore an older database")
                else:
                    self.product.back_up()
                    self._done("back up the database")
            case "lose":
                self.product.lose()
                self._forget()
                self._done("lose the database")
            case "clock":
                self.clock.host_ahead = timedelta(minutes=self.dice.choice((-10, 10, -100_000, 100_000)))
                self._done("set the host's clock wrong")

    def _forget(self) -> None:
        self.oracle.forgotten = True
        if self.late_s:
            self.oracle.unlisted |= self.oracle.tasks.keys()
        self.doubts.forget()

    def _done(self, what: str) -> None:
        self.counts[f"operator: {what}"] += 1
        self._tell(f"operator: {what}")

    def _configure(self, what: str, **changes: Any) -> None:
        self.product.configure(replace(self.product.setting, **changes))
        self._done(what)
        self._tell(f"  {changes}")
        self.oracle.look()

    def _hide(self, marks: frozenset[str]) -> None:
        if self.crm_name == "salesforce" and self.oracle.hidden - marks:
            self.unasked = self.product.living  # a process asks once which fields there are
        self.crm.hide(marks)
        self.oracle.hidden = marks
        self.oracle.look()
        self._done("hide fields" if marks else "show all fields")
        self._tell(f"  hidden {sorted(marks)}")

    def _disturb(self) -> None:
        """Put what will go wrong in the next cycle in its place."""
        faults = draw(self.dice, self.crm, first=self.cycles == 0)
        self.crm.quirks({"delay_s": self.dice.choice((5.0, 400.0, 1500.0))})
        self.crm.gateway.faults.replace(faults)
        if self.dice.random() < 0.3:
            writing = self.dice.random() < 0.6
            moment = self.dice.randint(1, 25 if writing else 40)
            self.crash.arm(moment, writing=writing)
            self._tell(f"death at moment {moment}, {writing=}")
        if len(faults) < ATTEMPTS and self.dice.random() < 0.4:  # people who act excuse a copy that differs
            chance = self.dice.choice((0.1, 0.3))
            self.wire.between = lambda: self._interrupt(chance)
        self._tell(f"faults {[(one['kind'], one['nth']) for one in faults]}")

    def _interrupt(self, chance: float) -> None:
        if self.dice.random() < chance:
            self.counts["people act in the middle of a cycle"] += 1
            self._people_act()

    def _calm(self) -> None:
        for fault in self.crm.gateway.faults.listing():
            if fault["fired"]:
                self.counts[f"fault: {fault['kind']}"] += 1
                self._tell(f"  fired: {fault['kind']}")
                self.skewed |= fault["kind"].startswith("clock_skew")
                if fault["kind"] == "delay_then_apply":
                    self.oracle.patience = timedelta(hours=1)
        self.crm.gateway.faults.replace([])
        self.crash.arm(None)
        self.wire.between = lambda: None

    def _cycle(self) -> ConnectionReport | None:
        self.began, alone = self.clock.now(), self.counts["people act in the middle of a cycle"]
        self.cycles += 1
        if self.dice.random() < 0.1:
            self.product.run("plan")
            self.oracle.look()
            self.oracle.check(self.began)
            report = self.product.apply()
        else:
            report = self.product.run()
        self._tell(f"cycle: {_told(report)}")
        self.wire.trace.update(_told(report).encode())
        self.oracle.look()
        self.oracle.check(self.began)
        self._check_ledger()
        if not self.late_s and alone == self.counts["people act in the middle of a cycle"]:
            self._check_copy(report)
        return report

    def _check_copy(self, report: ConnectionReport | None) -> None:
        """Check that what the product says it has read it has read."""
        unasked = self.unasked is not None and self.unasked is self.product.living
        if report is None or report.error or report.incomplete or unasked:
            return
        wrong = list(unlike(self.crm, self.product, self.oracle.hidden))
        if wrong:
            raise ViolationError("; ".join(wrong))

    def _before_write(self, request: Request) -> None:
        """Check that what is about to be written stands in the ledger as being sent."""
        for key in KEY.findall(request.body.decode()):
            sending = self.product.ledger(f"SELECT state FROM effects WHERE key = '{key}' ORDER BY seq DESC")
            if sending[:1] != [("sending",)] and b"_reason" not in request.body.lower():
                raise ViolationError(f"{key} is written while its ledger says {sending[:1]}")
        if unasked := self.doubts.again(request):
            raise ViolationError(f"{unasked} are sent again, and nobody asked what became of them")

    def _check_ledger(self) -> None:
        there = {task.id: task.key for task in self.oracle.tasks.values()}
        made = self.product.ledger("SELECT remote_id, key FROM effects WHERE kind = 'create_task' AND state = 'done'")
        for task_id, key in made:
            if there.get(task_id) != key:
                raise ViolationError(f"the ledger says that task {task_id} was made as {key}; the CRM has no such task")

    def _come_to_rest(self) -> None:
        """Let everything that was put off happen, disturb nothing any more, and see that all comes right."""
        self.clock.host_ahead = timedelta()
        self._hide(frozenset())
        self.crm.quirks({"short_pages": 0, "late_commit_s": 0, "search_lag_s": 0})
        self.product.configure(replace(self.product.setting, mode="enforce"))
        if 0 < self.late_s < _OVERLAP_S and not self.skewed and self.dice.random() < 0.7:
            self.clock.advance(self.late_s + 5)
            self._cycle_in_peace()  # what was late is seen now, by the overlap and not by a sweep
        self._settle()
        hidden = self.product.ledger("SELECT key FROM effects WHERE code = 'HIDDEN_DUPLICATE'")
        if hidden:
            raise ViolationError(f"creates were given up as hidden, and the CRM hides nothing: {hidden}")
        refused = self.product.ledger("SELECT key FROM effects WHERE state = 'rejected' AND key IS NOT NULL")
        self.oracle.settled(frozenset(key for (key,) in refused))

    def _settle(self) -> None:
        """Let cycles run in peace until one finds nothing to do: the first sweeps, the last allowed one must be it."""
        for hours in (29, 1, 0.5) if self.oracle.capped else (29, 0.5):  # what a close made room for comes next
            self.clock.advance(hours * 3600)
            self.oracle.look()
            report = self._cycle_in_peace()
            plan = report.plan
            quiet = (plan.create, plan.update, plan.close, plan.scores) == (0, 0, 0, 0)
            left = self.product.ledger(_OPEN)
            if quiet and not left:
                break
        if not quiet:
            raise ViolationError(f"a quiet cycle plans something: {plan} {report.changes}")
        if left:
            raise ViolationError(f"effects were left open: {left}")

    def _cycle_in_peace(self) -> ConnectionReport:
        report = self._sync_once()
        if report is None or report.error or report.incomplete:
            raise ViolationError(f"an undisturbed cycle ended badly: {_told(report)}")
        return report

    def _sync_once(self) -> ConnectionReport | None:
        began = self.clock.now()
        self.cycles += 1
        report = self.product.run()
        self._tell(f"quiet cycle: {_told(report)}")
        self.wire.trace.update(_told(report).encode())
        self.oracle.look()
        self.oracle.check(began)
        self._check_ledger()
        self._check_copy(report)
        return report

    def _tell(self, what: str) -> None:
        self.story.append(f"{self.clock.now():%d %H:%M:%S} {what}")


def _told(report: ConnectionReport | None) -> str:
    if report is None:
        return "killed, or nothing to do"
    told = {"plan": str(report.plan), "applied": str(report.applied), "calls": report.calls}
    return json.dumps({**told, "error": report.error, "incomplete": report.incomplete_reason}, sort_keys=True)


def play(seed: int, crm: str, store: str = "sqlite") -> Outcome:
    """Play the history of a seed."""
    with repeatable(seed):
        return History(seed, crm, store).play()
