"""The countries whose holidays the `holidays` package knows, their parts, and the names that people give to countries.

Both that package and the names of `babel` are loaded only where a country is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from connectors.plain_text import folded

_LANGUAGES: Final = "en de es fr it ja nl pt sv zh ko da fi nb pl cs sk hu ro bg el tr ru uk hr he ar".split()  # noqa: SIM905
"""Languages whose names of countries are known; English first, since most CRMs write it."""

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "AE": "UAE, U.A.E., Emirates, EAU, VAE",
    "BO": "Bolivia, Plurinational State of",
    "BN": "Brunei Darussalam",
    "CD": "DRC, DR Congo, Congo, the Democratic Republic of the|Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast",
    "CN": "PRC, People's Republic of China, Mainland China",
    "CV": "Cape Verde",
    "CZ": """Czech Republic, República Checa, Repubblica Ceca, République tchèque, Tschechische Republik
        Tsjechische Republiek""",
    "GB": """UK, U.K., Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Großbritannien
        Grande-Bretagne, Gran Bretaña, Gran Bretagna, Grã-Bretanha, Groot-Brittannië, Storbritannien
        United Kingdom of Great Britain and Northern Ireland""",
    "HK": "Hong Kong SAR",
    "IE": "Republic of Ireland, Eire",
    "KP": "Democratic People's Republic of Korea",
    "KR": "Korea, Republic of Korea, Korea South, Korea Republic of, ROK",
    "LA": "Lao People's Democratic Republic",
    "MK": "Macedonia, FYROM",
    "MM": "Burma",
    "NL": "Holland, The Netherlands",
    "PS": "Palestine, State of Palestine",
    "RU": "Russian Federation",
    "SK": "Slovak Republic",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland",
    "TL": "East Timor",
    "TR": "Turkey, Turkiye",
    "TW": "Taiwan, Province of China, Chinese Taipei",
    "US": """USA, U.S.A., U.S., America, United States of America, EEUU, EE.UU., Estados Unidos de América
        Stati Uniti d'America, États-Unis d'Amérique, Vereinigte Staaten von Amerika, Verenigde Staten van Amerika""",
    "VA": "Holy See, Vatican",
    "VN": "Viet Nam",
}
"""Names in use that neither package lists; of Salesforce's own list those that ISO 3166 writes in another way."""


@cache
def countries() -> Sequence[str]:
    """Return the code of every country whose holidays are known, in alphabetical order."""
    return sorted(_parts_by_country())


def parts(country: str) -> Sequence[str]:
    """Return the codes of a country's parts that have holidays of their own."""
    return _parts_by_country()[country]


@cache
def code_of(country: str) -> str | None:
    """Return the code of a country whose holidays are known, by its code or its name, however it is written.

    Names are read in some thirty languages, in ISO's inverted form ("Korea, Republic of") and without additions in
    brackets. None if the country, or its holidays, are not known.
    """
    code = next((code for name in _forms(country) if (code := _code(name))), None)
    return code if code in countries() else None


def _forms(country: str) -> Iterator[str]:
    """Yield the forms of a name, as it is first: turned round, without brackets, without what kind of state it is."""
    yield country
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", country)
    yield bare
    name, comma, kind = bare.partition(",")
    if comma:
        yield f"{kind} {name}"
        # "Tanzania, United Republic of" is one country; of "Korea, Republic of" there are two, known by name.
        yield name
    yield re.sub(r"(?i)^\s*the\s+", "", bare)
    yield re.sub(r"(?i)^\s*(?:the\s+)?(?:\w+\s+)?(?:republic|kingdom|state|commonwealth)\s+of\s+(?:the\s+)?", "", bare)


def _code(name: str) -> str | None:
    letters = _letters(name)
    return _registered().get(letters) or _english().get(letters) or _translated().get(letters) if letters else None


@cache
def _registered() -> Mapping[str, str]:
    """Return the codes and names of the `holidays` package, and the other names in use."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # see above

    codes: dict[str, str] = {}
    for name, (_, *listed) in COUNTRIES.items():
        codes |= {_letters(text): str(listed[0]) for text in (name, *listed)}
    for code, names in _OTHER_NAMES.items():
        codes |= {
            _letters(name): code for name in re.split(r",(?! (?:the|Province|Plurinational|State) )|\||\n", names)
        }
    return codes


@cache
def _english() -> Mapping[str, str]:
    return _named_in(_LANGUAGES[:1])


@cache
def _translated() -> Mapping[str, str]:
    return _named_in(_LANGUAGES[1:])


def _named_in(languages: Sequence[str]) -> Mapping[str, str]:
    """Return the codes by their names in some languages; a name of two countries is left out."""
    from babel import Locale  # noqa: PLC0415  # see above

    codes: dict[str, set[str]] = {}
    for language in languages:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(_letters(name), set()).add(code)
    return {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}


def _letters(text: str) -> str:
    """Return the letters of a name without accents, "&" as "and"."""
    return folded(text.replace("&", " and ")).replace(" ", "")


@cache
def _parts_by_country() -> dict[str, list[str]]:
    from holidays import list_supported_countries  # noqa: PLC0415  # see above

    return list_supported_countries(include_aliases=False)
