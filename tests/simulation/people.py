"""What people do in a history: they work on deals, and they take, change, refuse and throw away our tasks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.simulation.clock import VirtualClock
from tests.simulation.crms import SimulatedCrm
from tests.simulation.oracle import Oracle, same

HEAT = ("ok", "ok", "warm", "high", "high", "critical", None)
GAP = ("ok", "wide", "wide", None)
CREW = ("fine", "thin", "none", None)
DAYS = (-30, -10, -1, 0, 1, 20, 40)


class People:
    """Everyone who works in the CRM; each act is noted with the oracle, and counted."""

    def __init__(self, crm: SimulatedCrm, clock: VirtualClock, oracle: Oracle, dice: random.Random) -> None:
        self._crm, self._clock, self._oracle, self._dice = crm, clock, oracle, dice
        self.acts: Counter[str] = Counter()
        self._anchor = ""
        self._number = 0
        self._ours: dict[tuple[str, str], str | None] = {}  # what stood in a task's field before people typed there

    def settle_in(self, deals: int) -> None:
        """Make the deals that are there from the beginning; the first one is fine and stays so."""
        calm = {"heat": "ok", "gap": "ok", "crew": "fine"}
        self._anchor = self._add({**calm, "close_date": self._clock.now().date() + timedelta(days=200)})
        for _ in range(deals - 1):
            self._add(self._marks())

    def work(self) -> None:
        """Do one thing to a deal."""
        acts: list[tuple[int, Callable[[], str]]] = [
            (8, self._mark), (4, self._move_close_date), (2, self._end), (1, self._rename), (2, self._hand_over),
            (1, self._renew), (1, self._mute), (1, self._new),
            (1, self._bin_deal),
        ]  # fmt: skip
        self._do(acts)

    def answer(self) -> None:
        """Do one thing to a task of ours, if there is one."""
        acts: list[tuple[int, Callable[[], str]]] = [
            (4, self._type), (4, self._complete), (2, self._bin_task), (3, self._say), (1, self._reopen),
            (1, self._restore),
        ]  # fmt: skip
        self._do(acts)

    def _do(self, acts: list[tuple[int, Callable[[], str]]]) -> None:
        (act,) = self._dice.choices([act for _, act in acts], [weight for weight, _ in acts])
        done = act()
        if done:
            self.acts[done] += 1
        self._oracle.look()

    def _marks(self) -> dict[str, Any]:
        days = self._dice.choice((-20, -3, 5, 30, 60))
        return {
            "heat": self._dice.choice(HEAT), "gap": self._dice.choice(GAP), "crew": self._dice.choice(CREW),
            "close_date": self._clock.now().date() + timedelta(days=days),
        }  # fmt: skip

    def _add(self, fields: dict[str, Any]) -> str:
        self._number += 1
        given = {name: value for name, value in fields.items() if value is not None}
        rest = {"name": f"Deal {self._number}", "state": "open", "kind": "New Business"}
        return self._crm.add_deal({**rest, "owner": self._dice.choice(self._crm.owners), **given})

    def _new(self) -> str:
        self._add(self._marks())
        return "add a deal"

    def _some_deal(self, *, states: tuple[str, ...] = ("open",)) -> str | None:
        there = [d.id for d in self._crm.deals().values() if d.state in states and d.id != self._anchor]
        return self._dice.choice(there) if there else None

    def _edit(self, what: str, fields: dict[str, Any], *, states: tuple[str, ...] = ("open",)) -> str:
        deal = self._some_deal(states=states)
        if deal is None:
            return ""
        self._crm.edit_deal(deal, fields)
        return what

    def _mark(self) -> str:
        name, values = self._dice.choice((("heat", HEAT), ("gap", GAP), ("crew", CREW)))
        value = self._dice.choice(values)
        return self._edit("empty a field" if value is None else "change a field", {name: value})

    def _move_close_date(self) -> str:
        day = self._clock.now().date() + timedelta(days=self._dice.choice(DAYS))
        return self._edit("move a close date", {"close_date": day})

    def _end(self) -> str:
        state = self._dice.choice(("won", "lost", "open"))
        return self._edit(f"set a deal {state}", {"state": state}, states=("open", "won", "lost"))

    def _rename(self) -> str:
        self._number += 1
        return self._edit("rename a deal", {"name": f"Deal {self._number}"})

    def _hand_over(self) -> str:
        return self._edit("hand a deal over", {"owner": self._dice.choice(self._crm.owners)})

    def _renew(self) -> str:
        return self._edit("move a deal in or out of scope", {"kind": self._dice.choice(("Renewal", "New Business"))})

    def _mute(self) -> str:
        day = self._clock.now().date() + timedelta(days=self._dice.choice((-1, 1, 4)))
        return self._edit("mute a deal", {"muted_until": day})

    def _bin_deal(self) -> str:
        deal = self._some_deal()
        if deal is None or self._dice.random() < 0.5:
            return ""
        self._crm.delete_deal(deal)
        return "delete a deal"

    def _some_task(self, *, is_open: bool = True, is_deleted: bool = False) -> str | None:
        deals = {deal.id for deal in self._crm.deals().values() if deal.state != "deleted"}
        there = [
            task.id
            for task in self._crm.tasks()
            if (task.is_open, task.is_deleted) == (is_open, is_deleted)
            and (reason := self._oracle.reason_of(task)) is not None
            and reason[0] in deals
        ]
        return self._dice.choice(there) if there else None

    def _type(self) -> str:
        task = self._some_task()
        if task is None:
            return ""
        name = self._dice.choice(("subject", "body", "priority", "due", "owner"))
        self._number += 1
        value: str = {
            "subject": f"My own words {self._number}",
            "body": f"Called them on the {self._number}th.\nThey will be back.",
            "priority": self._dice.choice(
                ("Low", "Normal", "High") if self._crm.name == "salesforce" else ("low", "high")
            ),
            "due": str(self._clock.now().date() + timedelta(days=self._dice.randint(1, 30))),
            "owner": self._dice.choice(self._crm.owners),
        }[name]
        (now,) = (one.fields[name] for one in self._crm.tasks() if one.id == task)
        if same(name, now, value):
            return ""  # whoever types what stands there says nothing, and nobody can tell
        self._crm.edit_task(task, {name: value})
        typed = self._oracle.typed.setdefault(task, {})
        if name == "body" and "body" in typed and "answer" not in typed:  # what was answered there is gone
            self._oracle.ended.pop(task, None)
        ours = now if name not in typed else self._ours.get((task, name))
        if name in typed and same(name, ours, value):
            typed.pop(name)  # who types what was ours before gives it back
        else:
            typed[name], self._ours[task, name] = value, ours
        return f"type a task's {name}"

    def _complete(self) -> str:
        task = self._some_task()
        if task is None:
            return ""
        self._crm.edit_task(task, {"state": "completed"})
        self._oracle.typed.setdefault(task, {})["state"] = "completed"
        _, said = self._oracle.ended.get(
            task, (None, "completed")
        )  # an answer says for how long, whoever ends the task
        self._oracle.ended[task] = (self._clock.now(), said)
        return "complete a task"

    def _bin_task(self) -> str:
        task = self._some_task()
        if task is None:
            return ""
        self._crm.delete_task(task)
        self._oracle.ended[task] = (self._clock.now(), "deleted")
        return "delete a task"

    def _say(self) -> str:
        task = self._some_task()
        if task is None or task in self._oracle.answered:
            return ""
        words = self._dice.choice(("#snooze 2d", "#notrisk agreed with the board", "#wrongdata the date is old"))
        name = self._dice.choice(("answer", "body"))
        self._crm.edit_task(task, {name: words})
        self._oracle.typed.setdefault(task, {})[name] = words
        self._oracle.answered[task] = words
        self._answered(task)
        return f"answer in a task's {name}"

    def _answered(self, task: str) -> None:
        words = self._oracle.answered[task]
        self._oracle.ended[task] = (self._clock.now(), "snoozed" if "snooze" in words else "answered")

    def _reopen(self) -> str:
        task = self._some_task(is_open=False)
        if task is None:
            return ""
        self._crm.edit_task(task, {"state": "open"})
        self._oracle.typed.setdefault(task, {})["state"] = "open"
        self._brought_back(task)
        return "reopen a task"

    def _restore(self) -> str:
        task = self._some_task(is_open=False, is_deleted=True)
        if task is None:
            return ""
        self._crm.restore_task(task)
        self._brought_back(task)
        return "restore a task"

    def _brought_back(self, task: str) -> None:
        self._oracle.ended.pop(task, None)
        if self._oracle.answered.get(task) in self._oracle.typed.get(task, {}).values():  # an answer stands in it still
            self._answered(task)
        self._oracle.brought_back.add(task)
