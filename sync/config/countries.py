"""The countries whose holidays the `holidays` package knows, and their parts; it is loaded only where one is named."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache


@cache
def countries() -> Sequence[str]:
    """Return the code of every country whose holidays are known, in alphabetical order."""
    return sorted(_parts_by_country())


def parts(country: str) -> Sequence[str]:
    """Return the codes of a country's parts that have holidays of their own."""
    return _parts_by_country()[country]


@cache
def code_of(country: str) -> str | None:
    """Return the code of a country by its code or English name, however it is written; None if it is not known."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # see above

    wanted = _letters(country)
    for name, (_, *codes) in COUNTRIES.items():
        if wanted == _letters(name) or wanted in map(_letters, codes):
            return str(codes[0])
    return None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@cache
def _parts_by_country() -> dict[str, list[str]]:
    from holidays import list_supported_countries  # noqa: PLC0415  # see above

    return list_supported_countries(include_aliases=False)
