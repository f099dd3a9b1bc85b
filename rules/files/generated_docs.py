"""The reference of signals, made from the catalogue, so that it cannot fall behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rules.language.signal import Signal

_MADE_BY: Final = "<!-- Made by `dealwarden rules docs`; changes here are lost. -->"
_INTRODUCTION: Final = (
    "Every name that a condition or a template may use. A signal is unknown where its sources are not kept well "
    "enough, or where the CRM has no value. *Ages*: its value moves with the day alone. Mapped extras join as "
    "`x_<name>`."
)
_COLUMNS: Final = ("signal", "type", "meaning", "sources", "history", "ages")
_HISTORY: Final = {
    "full": "the CRM's history",
    "since_install": "recorded from the first pull on",
    "none": "",
}


def signals_page(catalogue: Mapping[str, Signal]) -> str:
    """Return the reference of all signals as Markdown."""
    rows = (
        (
            f"`{signal.name}`",
            f"{signal.type.value}, {signal.unit}" if signal.unit else signal.type.value,
            signal.meaning,
            _sources(signal),
            _HISTORY[signal.history],
            "yes" if signal.ages else "",
        )
        for signal in sorted(catalogue.values(), key=lambda signal: signal.name)
    )
    return "\n".join(["# Signals", "", _MADE_BY, "", _INTRODUCTION, "", *_table(_COLUMNS, rows), ""])


def _sources(signal: Signal) -> str:
    return (" or " if signal.any_source else ", ").join(f"`{source}`" for source in signal.sources)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
