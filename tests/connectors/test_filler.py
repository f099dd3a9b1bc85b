"""What fills a field without saying anything."""

from __future__ import annotations

import pytest

from connectors.filler import is_filler, visible_text


@pytest.mark.parametrize(
    "text",
    [
        "TBD",
        "tbd.",
        "n/a",
        "N.A.",
        "-",
        "??",
        "xxx",
        "xxxxxxxxxxxx",
        "Unknown",
        "yes",
        "Strong champion!",
        "none yet",
        "To be defined",
        "TBD - ask John next week",
        "asap",
        "ok",
        "IT",
        "<p>TBD</p>",
        "&nbsp;-&nbsp;",
        "a definir",
        "Não",
        "pendiente",
        "noch offen",
        "No champion identified",
        "Kein Sponsor benannt",
        "Pas de décideur connu",
        "À DÉFINIR",
        "da definire",
        "未定",
        "nog te bepalen",
        "ej fastställt",
        "läuft",
        "." * 80,
    ],
)
def test_words_that_say_nothing_are_filler(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cut invoice handling from 9 to 3 days",
        "CFO signs above 50k",
        "Test environment must run on premises",
        "No budget before April, CFO decides then",
        "40% fewer tickets",
        "No lock-in",
        "Kein SAP",
        "No decision before the board meets in April",
        "Unknown Pleasures GmbH signs",
        "Salesforce",
        "预算由首席财务官批准",
        "预算",
        "Yes: Maria Olsen introduced us to the CFO",
    ],
)
def test_words_that_say_something_are_not_filler(text: str) -> None:
    assert not is_filler(text)


def test_an_empty_text_is_empty_and_not_filler() -> None:
    assert not is_filler("")
    assert not is_filler("<p>&nbsp;</p>")


def test_markup_is_not_text() -> None:
    assert visible_text("<p>Saves <b>2&nbsp;FTE</b></p>") == "Saves 2 FTE"
