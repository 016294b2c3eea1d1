"""Ids and names: 15 characters become 18, nothing else gets into a query."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from connectors.salesforce.api.soql import soql
from connectors.salesforce.names import is_field, long_id
from plugin.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("short", "long"),
    # The first is Salesforce's own example of the algorithm, the others are checked by hand.
    [
        ("00Dd0000000dtDq", "00Dd0000000dtDqEAI"),
        ("000000000000000", "000000000000000AAA"),
        ("A" * 15, "A" * 15 + "555"),
    ],
)
def test_an_id_of_15_characters_has_one_of_18(short: str, long: str) -> None:
    assert long_id(short) == long
    assert long_id(long) == long


@given(st.text(max_size=30))
def test_what_is_no_id_is_refused(text: str) -> None:
    try:
        found = long_id(text)
    except BadInput:
        return
    assert len(found) == 18
    assert found.isascii()
    assert found.isalnum()


@pytest.mark.parametrize("name", ["FirstName", "Tier__c", "My_Field__c", "X"])
def test_names_of_fields(name: str) -> None:
    assert is_field(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "Id FROM User", "Account.Name", "x'", "COUNT()", "a,b", "a__b__c", "1st", "ü", "a" * 81, "x\n"]
)
def test_what_is_no_name_never_reaches_a_query(name: str) -> None:
    assert not is_field(name)


def test_a_value_stays_a_value() -> None:
    query = soql("SELECT Id FROM Contact WHERE LastName = {name}", name="O'Brien' OR Name != '\\")

    assert query == "SELECT Id FROM Contact WHERE LastName = 'O\\'Brien\\' OR Name != \\'\\\\'"
