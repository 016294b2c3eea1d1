"""What a CRM holds, read strictly."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from plugin.fields.models import Field
from plugin.fields.read import TEXT_LIMIT, Missing, read_fields, read_value, visible

GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["{{x}}", "{{first_name}}", "Hi {", "1e999", "\ud800", "٣", "²", "10" * 4_000, 10**4_000])
    | st.binary(max_size=4)
    | st.decimals()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def make_field(type_: str = "text", **given_: Any) -> Field:
    extra = {"choice": {"choices": ("Gold", "Silver")}, "money": {"currency": "EUR"}}.get(type_, {})
    base = {"name": "it", "source": "contact.it", "type": type_, "label": "It", "purpose": "To test"}
    return Field.model_validate(base | extra | given_)


@pytest.mark.parametrize(
    ("type_", "raw", "expected"),
    [
        ("text", "  Ada \n Lovelace ", "Ada Lovelace"),
        ("text", "A\u202eda\u0007", "Ada"),
        ("text", "Zoe\u0308", "Zoë"),
        ("text", 365, "365"),
        ("text", "Null", "Null"),
        ("text", "Test", "Test"),
        ("text", "李", "李"),
        ("text", "👩\u200d🚀", "👩\u200d🚀"),
        ("number", "1250", 1250),
        ("number", "1250.50", 1250.5),
        ("number", "-7", -7),
        ("number", "0.012345678901234568", 0.012345678901234568),
        ("number", 3.0, 3),
        ("number", Decimal("2.5"), 2.5),
        ("money", "49.00", 49),
        ("date", "2026-11-21", "2026-11-21"),
        ("date", "2026-11-21T23:30:00Z", "2026-11-21"),
        ("date", "2026-11-21T10:42:00.123Z", "2026-11-21"),
        ("date", "1795219200000", "2026-11-21"),
        ("date", 1795219200000, "2026-11-21"),
        ("date", date(2026, 11, 21), "2026-11-21"),
        ("date", datetime(2026, 11, 21, 9), "2026-11-21"),  # noqa: DTZ001 - a CRM may hand one over
        ("boolean", "TRUE", True),
        ("boolean", False, False),
        ("choice", "gOLD", "Gold"),
    ],
)
def test_a_value_is_read_as_its_type(type_: str, raw: object, expected: object) -> None:
    read = read_value(make_field(type_), raw)

    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("type_", "raw", "why"),
    [
        ("text", None, Missing.ABSENT),
        ("text", " \u200b\u3164 ", Missing.BLANK),
        ("text", "...", Missing.BLANK),
        ("text", ",", Missing.BLANK),
        ("text", "{{first_name}}", Missing.PLACEHOLDER),
        ("text", "Hi {FirstName}", Missing.PLACEHOLDER),
        ("text", "[First Name]", Missing.PLACEHOLDER),
        ("text", "*|FNAME|*", Missing.PLACEHOLDER),
        ("text", "%%first_name%%", Missing.PLACEHOLDER),
        ("text", "<name>", Missing.PLACEHOLDER),
        ("text", "N/A", Missing.PLACEHOLDER),
        ("text", "null", Missing.PLACEHOLDER),
        ("text", "test", Missing.PLACEHOLDER),
        ("text", "First Name", Missing.PLACEHOLDER),
        ("text", True, Missing.WRONG_TYPE),
        ("text", ["Ada"], Missing.WRONG_TYPE),
        ("number", "1,250", Missing.WRONG_TYPE),
        ("number", "1.250,5", Missing.WRONG_TYPE),
        ("number", "1e3", Missing.WRONG_TYPE),
        ("number", "٣", Missing.WRONG_TYPE),
        ("number", True, Missing.WRONG_TYPE),
        ("number", float("nan"), Missing.WRONG_TYPE),
        ("number", float("inf"), Missing.WRONG_TYPE),
        ("number", 10**400, Missing.WRONG_TYPE),
        ("date", "21.11.2026", Missing.WRONG_TYPE),
        ("date", "2026-02-30", Missing.WRONG_TYPE),
        ("date", "0001-01-01", Missing.WRONG_TYPE),
        ("boolean", "yes", Missing.WRONG_TYPE),
        ("boolean", 1, Missing.WRONG_TYPE),
        ("choice", "Bronze", Missing.NOT_A_CHOICE),
    ],
)
def test_what_can_not_be_used_is_missing_with_the_reason(type_: str, raw: object, why: Missing) -> None:
    assert read_value(make_field(type_), raw) is why


def test_a_fallback_stands_in_and_says_so() -> None:
    profile = read_fields([make_field(fallback="friend")], {"contact.it": "{{it}}"})

    assert profile.value("it") == "friend"
    assert not profile.known("it")
    assert profile.held["it"].used_fallback


def test_a_fallback_of_another_type_is_none_at_all() -> None:
    profile = read_fields([make_field("number", fallback="many")], {})

    assert profile.value("it") is None
    assert not profile.held["it"].used_fallback


def test_a_verified_field_is_hidden_from_whoever_only_holds_the_link() -> None:
    field = make_field("money", tier="verified", fallback=0)

    profile = read_fields([field], {"contact.it": 5000})

    assert profile.value("it") == 0
    assert profile.held["it"].missing is Missing.HIDDEN
    assert read_fields([field], {"contact.it": 5000}, seen_at="verified").value("it") == 5000
    assert visible([field]) == ()


def test_long_text_is_cut() -> None:
    assert read_value(make_field(), "a" * 10_000) == "a" * (TEXT_LIMIT - 1) + "…"


@settings(deadline=None)
@given(st.sampled_from(["text", "number", "money", "date", "choice", "boolean"]), GARBAGE)
def test_nothing_in_a_record_raises_and_what_is_read_reads_the_same_again(type_: str, raw: object) -> None:
    field = make_field(type_)

    read = read_value(field, raw)

    if not isinstance(read, Missing):
        assert read_value(field, read) == read
        assert "{" not in str(read)
        str(read).encode()


@pytest.mark.parametrize("type_", ["text", "number", "money", "date", "choice", "boolean"])
def test_a_number_too_long_to_print_is_missing(type_: str) -> None:
    assert isinstance(read_value(make_field(type_), 10**5_000), Missing)
