"""Between properties and inputs: nothing typed is lost, nothing untouched is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from werkzeug.datastructures import MultiDict

from web.crm.forms import fields, kind_of, label, text_of, typed

value = st.text(max_size=40) | st.integers(-(10**9), 10**9) | st.booleans() | st.floats(-1e6, 1e6)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), value))
def test_a_form_sent_back_untouched_changes_nothing(properties: dict[str, Any]) -> None:
    # A browser sends line ends as CR LF, and so a lone CR can't come back as it was.
    properties = {name: one for name, one in properties.items() if "\r" not in str(one)}
    form = MultiDict((f"p.{one.name}", one.value.replace("\n", "\r\n")) for one in fields(properties))

    sent = typed(form, properties)

    assert sent.changes == {}
    assert sent.problems == {}


@pytest.mark.parametrize(
    ("name", "held", "kind"),
    [
        ("tier", "Gold", "text"),
        ("email", "ana@example.org", "email"),
        ("email", "not an address", "text"),
        ("points", 12, "number"),
        ("price", 2.5, "number"),
        ("newsletter", True, "flag"),
        ("member_since", "2019-04-02", "date"),
        ("member_since", "2019-13-02", "text"),
        ("notes", "a\nb", "long"),
        ("notes", "x" * 81, "long"),
    ],
)
def test_each_value_gets_the_input_it_needs(name: str, held: object, kind: str) -> None:
    assert kind_of(name, held) == kind


def test_a_name_reads_as_words() -> None:
    assert label("renewal_price") == "Renewal price"
    assert text_of(249.0) == "249"


def test_the_well_known_come_first_in_a_steady_order() -> None:
    shown = [field.name for field in fields({"zeta": 1, "tier": "", "alpha": 1, "first_name": "Ana"})]

    assert shown == ["first_name", "tier", "alpha", "zeta"]
