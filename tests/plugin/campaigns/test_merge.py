"""`{{field}}` in marketers' text."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from plugin.campaigns.merge import MERGED_LIMIT, fields_in, has_stray_braces, merge


def test_fields_are_replaced_by_what_is_said_of_them() -> None:
    assert merge("Hi {{name}}, {{ points }} points", {"name": "Ada", "points": "12"}.get) == "Hi Ada, 12 points"


def test_a_text_without_a_value_is_no_text() -> None:
    assert merge("Hi {{name}},", {}.get) is None
    assert merge("Hi {{name}},", {"name": ""}.get) is None


def test_values_are_not_looked_at_again() -> None:
    assert merge("Hi {{name}}", {"name": "{{secret}}", "secret": "42"}.get) is None


def test_names_are_listed_and_other_braces_noticed() -> None:
    assert fields_in("{{a}} and {{ b }} and {{a}}") == ("a", "b")
    assert has_stray_braces("Hi {{First Name}}")
    assert has_stray_braces("Hi {first_name}")
    assert has_stray_braces("{{{a}}}")
    assert not has_stray_braces("Hi {{first_name}}")


@settings(deadline=None)
@given(st.text(st.sampled_from("{}ab _")), st.text(st.sampled_from("{}ab _"), max_size=6))
def test_a_merged_text_never_shows_double_braces(text: str, value: str) -> None:
    merged = merge(text, lambda _: value)

    assert merged is None or "{{" not in merged


def test_a_merged_text_is_capped() -> None:
    merged = merge("{{a}}" * 80, lambda _: "x" * 200)

    assert merged is not None
    assert len(merged) == MERGED_LIMIT
