"""Text as tables of words compare it: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_BLANKS: Final = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return text without case, accents and punctuation, its words parted by single blanks.

    One entry of a table then covers all spellings: "Não aplicável", "NAO-APLICAVEL" and "nao aplicavel".
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _BLANKS.sub(" ", "".join(letter for letter in decomposed if not unicodedata.combining(letter))).strip()


def listed(words: str) -> frozenset[str]:
    """Return the folded entries of a table that is written as text, parted by commas or lines."""
    return frozenset(entry for word in words.replace("\n", ",").split(",") if (entry := folded(word)))
