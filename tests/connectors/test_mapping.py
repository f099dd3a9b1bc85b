"""What the value of a mapped field says of an element."""

from __future__ import annotations

import pytest

from connectors.mapping import highest_level_shown, level_of_value, lowest_step, type_mismatch


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("0 - Unknown", 0),
        ("2 - Confirmed", 2),
        ("3: documented", 3),
        ("7", 3),
        ("Not started", 0),
        ("Identified", 1),
        ("Validated", 2),
        ("Complete", 3),
        ("N/A", 0),
        ("Yes", 1),
        ("Acme Corp", 1),
        ("10%", 1),
        ("2-3 competitors", 1),
        (None, 0),
    ],
)
def test_a_picklist_value_tells_its_level_by_digit_or_word(value: str | None, level: int) -> None:
    assert level_of_value(value, "picklist", {}) == level


def test_a_number_of_thousands_of_digits_is_beyond_every_level() -> None:
    assert level_of_value("9" * 5_000, "picklist", {}) == 3
    assert lowest_step(["1" * 5_000, "002"], {}) == 2


def test_the_configured_level_of_a_value_wins() -> None:
    assert level_of_value("Green", "picklist", {"Green": 3}) == 3
    assert level_of_value("0 - Unknown", "picklist", {"0 - Unknown": 1}) == 1


@pytest.mark.parametrize(("value", "level"), [(-1.0, 0), (0.0, 0), (1.0, 1), (2.6, 2), (9.0, 3)])
def test_a_number_is_held_between_0_and_3(value: float, level: int) -> None:
    assert level_of_value(value, "number", {}) == level


def test_a_checkbox_shows_1() -> None:
    assert level_of_value(True, "checkbox", {}) == 1
    assert level_of_value(False, "checkbox", {}) == 0


def test_filler_in_a_text_shows_nothing() -> None:
    assert level_of_value("tbd", "text", {}) == 0
    assert level_of_value("Two weeks faster close", "text", {}) == 1


def test_a_field_vouches_for_as_much_as_its_best_value() -> None:
    assert highest_level_shown("picklist", ("0 - Unknown", "1 - Identified", "2 - Confirmed"), {}) == 2
    assert highest_level_shown("picklist", ("Acme", "Globex"), {}) == 1
    assert highest_level_shown("picklist", (), {"Green": 3}) == 3
    assert highest_level_shown("number", (), {}) == 3
    assert highest_level_shown("checkbox", (), {}) == 1


@pytest.mark.parametrize(
    "value",
    [
        "Low Confidence",
        "To Be Determined",
        "--None--",
        "No Champion Identified",
        "N.A.",
        "—",
        "?",
        "1 - Unknown",
        "2. Not identified",
        "Not Started",
        "Unbekannt",
        "Noch nicht bekannt",
        "Kein Champion benannt",
        "k.A.",
        "Por determinar",
        "Sin champion identificado",
        "À définir",
        "Aucun décideur identifié",
        "Non renseigné",
        "Da definire",
        "Nessun champion",
        "未定",
        "特になし",
        "チャンピオン未特定",
        "Nog te bepalen",
        "n.v.t.",
        "Geen",
        "Não definido",
        "Sem campeão",
        "Ej fastställt",
        "Ingen beslutsfattare",
        "Okänd; n/a",
        "Unknown / TBD",
        "Not Engaged",
        "Not yet validated",
        "Nicht bestätigt",
        "(none)",
        "-- Select --",
        "0%",
        "Level 0",
        "Level 1 - Unknown",
        "未確認",
        "n.d.",
        "Ska fastställas",
        "Very low",
        "低",
    ],
)
def test_a_picklist_value_that_says_nothing_shows_0(value: str) -> None:
    assert level_of_value(value, "picklist", {}) == 0


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("Identifiziert", 1),
        ("En cours", 1),
        ("Confermato", 2),
        ("Bevestigd", 2),
        ("Documenté", 3),
        ("完了", 3),
        ("Klar", 3),
    ],
)
def test_a_picklist_value_tells_its_level_in_other_languages(value: str, level: int) -> None:
    assert level_of_value(value, "picklist", {}) == level


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("1 - Unknown", "2 - Identified", "3 - Confirmed", "4 - Proven"), 1),
        (("1", "2", "3"), 1),
        (("0 - None", "1 - Some"), 0),
        (("--None--", "1 - Identified", "2 - Confirmed"), 0),
        (("5 - Low", "7 - High"), 5),
        (("3 competitors",), 0),
        ((), 0),
    ],
)
def test_a_scale_begins_with_its_lowest_step(choices: tuple[str, ...], step: int) -> None:
    assert lowest_step(choices, {}) == step


def test_the_lowest_step_of_a_scale_is_0_and_the_others_count_from_it() -> None:
    choices = ("1 - Weak", "2 - Fair", "3 - Good", "4 - Excellent")
    levels = [level_of_value(choice, "picklist", {}, lowest_step(choices, {})) for choice in choices]

    assert levels == [0, 1, 2, 3]
    assert highest_level_shown("picklist", choices, {}) == 3


@pytest.mark.parametrize(
    ("wanted", "kind", "said"),
    [
        ("date", "checkbox", "is a checkbox and is mapped as a date"),
        ("number", "date", "is a date and is mapped as a number"),
        ("checkbox", "picklist", "is a picklist and is mapped as a checkbox"),
        ("date", "date", None),
        ("date", "text", None),
        ("number", "other", None),
        ("text", "checkbox", None),
    ],
)
def test_a_field_of_another_type_is_told_with_both(wanted: str, kind: str, said: str | None) -> None:
    assert type_mismatch(wanted, kind) == said  # type: ignore[arg-type]
