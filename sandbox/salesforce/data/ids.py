"""Record ids: a three-character key prefix, twelve more characters, and a suffix that survives loss of case."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "Dw0"
"""The characters after the key prefix in every id that the org itself gives out."""


def case_suffix(id15: str) -> str:
    """Three characters that say which of the fifteen are capitals, five at a time."""
    chunks = (id15[0:5], id15[5:10], id15[10:15])
    return "".join(_SUFFIX[sum(1 << i for i, char in enumerate(chunk) if "A" <= char <= "Z")] for chunk in chunks)


def full_id(text: str) -> str | None:
    """The 18-character form of an id given with 15 or 18 characters, or None where it is not an id at all.

    An 18-character id is returned as it is: exports are anonymised with suffixes that do not fit.
    """
    if len(text) not in (15, 18) or not text.isascii() or not text.isalnum():
        return None
    # The API answers with 18 characters and accepts 15, which people copy from the address bar.
    return text if len(text) == 18 else text + case_suffix(text)


def make_id(prefix: str, number: int) -> str:
    """The id with this number; numbers sort as their ids do."""
    # Base 62 in the order of ASCII, so that ids sort as their numbers do: sweeps by id rely on it.
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    id15 = f"{prefix}{POD}{digits:0>9}"
    return id15 + case_suffix(id15)


def number_of(record_id: str) -> int:
    """The number that `make_id` was given, for an id that it made."""
    number = 0
    for char in record_id[6:15]:
        number = number * 62 + _DIGITS.index(char)
    return number
