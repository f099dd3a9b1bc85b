"""What the value of a mapped field says of an element."""

from __future__ import annotations

import pytest

from connectors.mapping import highest_level_shown, level_of_value


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
