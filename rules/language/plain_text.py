"""Text of unknown origin, made fit for one line of a task, message or page."""

from __future__ import annotations

import unicodedata

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # parts of words and of emoji in several scripts


def one_line(text: str, limit: int) -> str:
    """Return *text* on one line, without control, direction or other invisible characters, cut to *limit*."""
    # Cut before the work: a text may be as long as a mail, and little of it is ever shown.
    flat = " ".join("".join(_visible(character) for character in text[: limit * 8]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category in {"Cf", "Cs"} and character not in _JOINERS:
        return ""
    return character
