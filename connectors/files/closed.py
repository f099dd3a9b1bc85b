"""Whether a deal is closed and won where its export does not say so: from the stages file, else from a stage's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import polars as pl

from connectors.plain_text import folded, listed

_WON: Final = listed("""
    won, win, closedwon, signed, gewonnen, ganada, ganado, ganadas, gagne, gagnee, gagnes, gagnees, remportee, vinta
    vinto, chiusavinta, ganho, ganha, fechadoganho, vunnen, vunna, vunnet
""")
_LOST: Final = listed("""
    lost, loss, closedlost, verloren, perdida, perdido, perdidas, perdu, perdue, perdus, perdues, persa, perso
    chiusapersa, fechadoperdido, forlorad, forlorade, forlorat, forlust, disqualified, abandoned
""")
_CLOSED: Final = listed("""
    closed, geschlossen, abgeschlossen, cerrada, cerrado, ferme, fermee, clos, cloture, cloturee, chiusa, chiuso
    fechado, fechada, gesloten, afgesloten, stangd, stangda
""")
_NEGATED: Final = listed("not, nicht, no, non, nao, niet, inte, ej, never, be, verbal, verbally")
_WON_PARTS: Final = ("受注", "成約")
_LOST_PARTS: Final = ("失注", "不成立")

_OPEN: Final = listed("""
    prospecting, qualification, needsanalysis, valueproposition, iddecisionmakers, perceptionanalysis
    proposalpricequote, negotiationreview, proposal, negotiation, discovery, appointmentscheduled, qualifiedtobuy
    presentationscheduled, decisionmakerboughtin, contractsent
""")
"""Stages that both CRMs ship as open ones, by the letters of their names and ids."""


class Closed(NamedTuple):
    """What a stage says of its deals; None where it does not say."""

    is_closed: bool | None
    is_won: bool | None


_UNKNOWN: Final = Closed(None, None)
_Stages = Mapping[tuple[str | None, str], Closed]


def closed_by_name(stage: str | None) -> Closed:
    """Return what the name or id of a stage says, in the languages that CRMs ship their stages in."""
    if not stage:
        return _UNKNOWN
    words = set(folded(stage).split())
    letters = folded(stage).replace(" ", "")
    if any(part in stage for part in _WON_PARTS + _LOST_PARTS):
        return Closed(True, not any(part in stage for part in _LOST_PARTS))
    if letters in _OPEN:
        return Closed(False, False)
    if _NEGATED & words:
        return _UNKNOWN
    won, lost = _WON & {*words, letters}, _LOST & {*words, letters}
    if won or lost:
        # "Won/Lost" is a place for both, and says nothing of one deal.
        return Closed(True, None if won and lost else bool(won))
    return Closed(True, None) if _CLOSED & words else _UNKNOWN


def with_closedness(deals: pl.DataFrame, stages: pl.DataFrame | None) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Fill ``is_closed`` and ``is_won`` where they are null; also return the stages that leave them unknown.

    A deal's own flags come first, then its stage's row (named by id or label), then the stage's name.
    """
    known = {} if stages is None else dict(_stage_rows(stages))
    flags: list[Closed] = []
    unknown: dict[str, None] = {}
    for pipeline, stage, is_closed, is_won in deals.select("pipeline", "stage_id", "is_closed", "is_won").iter_rows():
        said = _said(known, pipeline, stage)
        own = True if is_closed is None and is_won else is_closed
        closed = said.is_closed if own is None else own
        derived = is_won is None and closed == said.is_closed and (closed or own is None)
        won = said.is_won if derived else is_won
        flags.append(Closed(closed, won))
        if closed is None:
            unknown[stage or "(none)"] = None
    filled = {
        name: pl.Series(name, [getattr(flag, name) for flag in flags], dtype=pl.Boolean) for name in Closed._fields
    }
    return deals.with_columns(**filled), tuple(unknown)


def _said(known: _Stages, pipeline: str | None, stage: str | None) -> Closed:
    if stage is None:
        return _UNKNOWN
    key = folded(stage)
    row = known.get((pipeline, key)) or known.get((None, key)) or _UNKNOWN
    return closed_by_name(stage) if row.is_closed is None else row


def _stage_rows(stages: pl.DataFrame) -> Iterator[tuple[tuple[str | None, str], Closed]]:
    """Yield what each stage says, by pipeline and name; without a pipeline for deals whose export names none."""
    columns = stages.select("pipeline", "stage_id", "label", "is_closed", "is_won", "probability")
    for pipeline, stage, label, is_closed, is_won, probability in columns.iter_rows():
        names = [name for name in (label, stage) if name]
        said = next((flags for flags in map(closed_by_name, names) if flags.is_closed is not None), _UNKNOWN)
        closed = is_closed if is_closed is not None else True if is_won else said.is_closed
        won = is_won
        if won is None and closed:
            # A closed stage of probability 100 is won and of 0 is lost in both CRMs.
            won = {0.0: False, 100.0: True}.get(probability, said.is_won)
        for name in names:
            yield (pipeline, folded(name)), Closed(closed, won)
            yield (None, folded(name)), Closed(closed, won)
