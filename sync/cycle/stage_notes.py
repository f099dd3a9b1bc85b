"""Notes on stages that no phase is mapped to, and on mapped stages that the CRM does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from rules.language.errors import nearest
from sync.config.standard_stages import with_standard
from sync.connection.context import Cycle

_SHOWN: Final = 8
"""Stages that one note lists."""

_Stage = tuple[str, str]  # pipeline and id


def stage_notes(cycle: Cycle) -> Iterator[str]:
    """Report both kinds: without its phase a deal is judged by few rules, and nothing else shows why."""
    labels = cycle.store.lookups.stages(cycle.conn)
    deals = cycle.store.lookups.open_deals_by_stage(cycle.conn)
    table = f"[connections.{cycle.connection.name}.phases]"
    without = {stage: count for stage, count in deals.items() if stage not in cycle.connection.phases}
    if without:
        counted = ", ".join(
            f"{labels.get(stage, stage[1])} ({count:,})" for stage, count in islice(without.items(), _SHOWN)
        )
        more = f" and {len(without) - _SHOWN:,} more" if len(without) > _SHOWN else ""
        yield (
            f"{sum(without.values()):,} open deals are in stages without a phase: {counted}{more}. "
            f"Rules that ask for the phase do not judge them; map the stages under {table}."
        )
    # Standard stages count without being mapped, and an org that renamed or removed them made no mistake.
    standard = with_standard(cycle.connection.kind, {})
    unknown = [stage for stage in cycle.connection.phases if labels and stage not in labels and stage not in standard]
    if unknown:
        named = "; ".join(_named(stage, labels) for stage in unknown[:_SHOWN])
        yield f"{table} maps stages that the CRM does not have: {named}."


def _named(stage: _Stage, labels: Mapping[_Stage, str]) -> str:
    """Return how the config names a stage, with the stage that was probably meant, by its id or its label."""
    pipeline, name = stage
    by_name = {known: known for in_pipeline, known in labels if in_pipeline == pipeline}
    by_name |= {label: known for (in_pipeline, known), label in labels.items() if in_pipeline == pipeline}
    if not by_name:
        return f"'{name}' in the pipeline '{pipeline}', which there is not"
    close = nearest(name, by_name)
    return f"'{name}'" + (f" (did you mean '{by_name[close]}'?)" if close else "")
