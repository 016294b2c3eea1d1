"""Values as the viewer's language writes them."""

from __future__ import annotations

import pytest

from plugin.fields.format import format_number, format_value, isolated
from tests.plugin.fields.test_read import make_field


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "12,480"),
        ("es", "12.480"),
        ("de", "12.480"),
        ("fr", "12\u202f480"),
        ("en-IN", "12,480"),
        ("klingon", "12,480"),
    ],
)
def test_a_number_is_grouped_as_the_language_does(language: str, expected: str) -> None:
    assert format_number(12480, language) == expected


def test_four_digits_stay_together_in_spain_and_part_in_mexico() -> None:
    assert format_number(1250, "es") == "1250"
    assert format_number(1250, "es-MX") == "1,250"


def test_money_has_all_its_decimals_or_none() -> None:
    assert format_number(49, "en", currency="EUR") == "€49"
    assert format_number(49.5, "en", currency="EUR") == "€49.50"
    assert format_number(49.5, "es", currency="EUR") == "49,50\xa0€"
    assert format_number(5000, "en", currency="JPY") == "¥5,000"


def test_decimals_can_be_fixed() -> None:
    assert format_number(3, "en", decimals=2) == "3.00"
    assert format_number(3.14159, "es", decimals=1) == "3,1"
    assert format_number(49.5, "en", currency="USD", decimals=0) == "$50"


def test_a_date_is_written_out() -> None:
    assert format_value(make_field("date"), "2026-11-21", "en") == "November 21, 2026"
    assert format_value(make_field("date"), "2026-11-21", "es") == "21 de noviembre de 2026"


def test_a_name_against_the_reading_direction_is_held_apart() -> None:
    assert isolated("عمر", "en") == "\u2068عمر\u2069"
    assert isolated("Ada", "ar") == "\u2068Ada\u2069"
    assert isolated("Ada", "en") == "Ada"
    assert isolated("عمر", "ar") == "عمر"
