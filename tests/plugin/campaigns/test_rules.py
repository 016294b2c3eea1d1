"""Rules as data, judged on a person and said in words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from plugin.campaigns.choose import choose, language_for
from plugin.campaigns.describe import describe
from plugin.campaigns.rules import fields_of, holds
from plugin.campaigns.storyboard import Rule
from plugin.fields.read import Profile, read_fields
from tests.plugin.campaigns.boards import GOLD, make_board

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
BOARD = make_board()


def profile(**values: Any) -> Profile:
    return read_fields(BOARD.fields, {f"contact.{name}": value for name, value in values.items()})


def rule(document: dict[str, Any]) -> Rule:
    return RULE.validate_python(document)


@pytest.mark.parametrize(
    ("document", "values", "expected"),
    [
        (GOLD, {"tier": "gold"}, True),
        (GOLD, {"tier": "Silver"}, False),
        ({"field": "tier", "op": "eq", "value": "New"}, {}, True),
        ({"field": "tier", "op": "ne", "value": "Gold"}, {}, True),
        ({"field": "tier", "op": "in", "value": ["Gold", "Silver"]}, {"tier": "Silver"}, True),
        ({"field": "tier", "op": "unknown"}, {}, True),
        ({"field": "tier", "op": "known"}, {"tier": "Gold"}, True),
        ({"field": "points", "op": "gte", "value": 1000}, {"points": "1000"}, True),
        ({"field": "points", "op": "gt", "value": 1000}, {"points": 1000}, False),
        ({"field": "points", "op": "lt", "value": 1000}, {}, False),
        ({"field": "points", "op": "ne", "value": 5}, {}, False),
        ({"not": {"field": "points", "op": "lt", "value": 1000}}, {}, True),
        ({"field": "since", "op": "lte", "value": "2020-01-01"}, {"member_since": "2019-12-31"}, True),
        ({"field": "since", "op": "gt", "value": "2020-01-01"}, {"member_since": "2019-12-31"}, False),
        ({"field": "subscribed", "op": "eq", "value": True}, {"subscribed": "true"}, True),
        ({"field": "subscribed", "op": "eq", "value": 1}, {"subscribed": True}, False),
        ({"all": [GOLD, {"field": "points", "op": "known"}]}, {"tier": "Gold"}, False),
        ({"any": [GOLD, {"field": "points", "op": "known"}]}, {"tier": "Gold"}, True),
        ({"field": "nobody", "op": "eq", "value": 1}, {}, False),
    ],
)
def test_a_rule_holds_or_not(document: dict[str, Any], values: dict[str, Any], expected: bool) -> None:
    assert holds(rule(document), profile(**values)) is expected


def test_a_rule_names_its_fields_once() -> None:
    assert fields_of(rule({"any": [GOLD, {"not": GOLD}, {"field": "points", "op": "known"}]})) == ("tier", "points")


def test_the_first_matching_choice_is_taken_and_optional_scenes_skipped() -> None:
    assert [chosen.choice.id for chosen in choose(BOARD, profile(tier="Gold"))] == ["hello", "gold"]
    assert [chosen.choice.id for chosen in choose(BOARD, profile(member_since="2012-05-01"))] == [
        "hello",
        "standard",
        "long",
    ]


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ("es", None, "es"),
        ("es-MX", None, "es"),
        ("ES_mx", None, "es"),
        ("Spanish", None, "es"),
        ("Español", None, "es"),
        ("fr", None, "en"),
        (None, None, "en"),
        ("es", "en", "en"),
        ("es", "fr", "es"),
        (["es"], None, "en"),
    ],
)
def test_the_language_is_the_nearest_one(held: object, asked: str | None, expected: str) -> None:
    assert language_for(BOARD, profile(language=held), asked) == expected


def test_a_rule_reads_as_a_clause() -> None:
    fields = {field.name: field for field in BOARD.fields}
    long = {
        "all": [GOLD, {"any": [{"field": "points", "op": "gte", "value": 1000}, {"field": "since", "op": "known"}]}]
    }

    assert describe(rule(long), fields, "en", "en") == (
        "Membership is Gold and (Points is at least 1,000 or Member since is known)"
    )
    assert describe(rule({"not": GOLD}), fields, "es", "en") == "no se cumple que Membresía es Gold"
    assert describe(rule({"field": "since", "op": "lt", "value": "2020-01-01"}), fields, "en", "en") == (
        "Member since is before January 1, 2020"
    )
