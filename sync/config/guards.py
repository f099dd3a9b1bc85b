"""The sections of a config file that say from where on a person is asked, and who goes first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sync.config.types import Limit, Section

_Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class Pilot(Section):
    """Deals of a connection that go further than the rest."""

    where: str = Field(min_length=1, description="a condition; a deal of which it is unknown is not in the pilot")
    mode: Literal["score", "enforce"] = Field(default="enforce", description="further than the connection's mode")


class Guards(Section):
    """What a plan may do at most before a person is asked; 0 is no limit."""

    new_tasks_per_cycle: Limit = Field(default=200, description="new tasks of a cycle")
    new_tasks_per_day: Limit = Field(default=500, description="new tasks of a day, those that a person approved aside")
    share_of_deals: _Share = Field(
        default=0.5, description="share of the deals in scope that get a new task in a cycle"
    )
    share_closed: _Share = Field(default=0.5, description="share of open managed tasks that a cycle closes")
    share_scored: _Share = Field(default=0.5, description="share of the scores in the CRM that a cycle replaces")
    rewrites_per_day: Limit = Field(
        default=200, description="open tasks of a day whose text of an earlier version is written anew, worst first"
    )
