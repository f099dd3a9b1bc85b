from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.files.load import RuleFile, assemble
from rules.model import RuleSet
from rules.signals.catalogue import CATALOGUE

PACK = """
[pack]
name = "base"
[segments]
smb = "amount < 10"
[families.slip]
points = { warn = 4, high = 8 }
subject = "Look at {{ deal.name }}"
due = "3 business days"
[families.review]
points = { warn = 0 }
subject = "What decided {{ deal.name }}?"
due = "9 business days"
[rules.late]
title = "Late"
family = "slip"
applies = "amount >= 5"
when = "close_in_days < 0"
severity = "high"
evidence = "Due on {{ close_date }}"
advice = "Move it."
done = "A date ahead"
[[rules.late.cases]]
given = { amount = 9, close_in_days = -1 }
expect = "high"
"""

Ruled = Callable[..., RuleSet]


@pytest.fixture(scope="session")
def ruled() -> Ruled:
    """Lay the operator's text over a small pack, and a config under it."""

    def make(overlay: str = "", *, config: str = "", connection: str = "", pack: str = PACK) -> RuleSet:
        return assemble(
            [RuleFile("packs/base.toml", pack)],
            [RuleFile("rules.d/ours.toml", overlay)],
            RuleFile("config.toml", config) if config else None,
            catalogue=CATALOGUE,
            connection=connection,
        )

    return make
