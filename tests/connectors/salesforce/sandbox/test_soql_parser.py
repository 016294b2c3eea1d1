"""The SOQL parser by itself: what is written is read back, whatever it holds; what isn't SOQL is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings, strategies as st

from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.soql.parse import parse, parse_condition
from connectors.salesforce.sandbox.soql.spans import days
from connectors.salesforce.sandbox.soql.tree import (
    Among,
    Compare,
    Condition,
    Count,
    Joined,
    Not,
    Order,
    Path,
    Query,
    Value,
    condition_text,
    text_of,
)

NAMES = st.sampled_from(["Id", "Name", "Account", "Contact__r", "Session_Key__c", "Nothing", "Liked", "x9"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: Path(tuple(names)))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.one_of(
    TEXT.map(lambda text: Value("text", text)),
    st.integers(-(10**9), 10**9).map(lambda number: Value("number", number)),
    st.booleans().map(lambda flag: Value("boolean", flag)),
    st.just(Value("null", None)),
    st.dates().map(lambda day: Value("date", day)),
    st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(4000, 1, 1)).map(  # noqa: DTZ001
        lambda at: Value("datetime", at.replace(microsecond=0, tzinfo=UTC))
    ),
    st.sampled_from(["TODAY", "LAST_WEEK", "LAST_N_DAYS:7"]).map(lambda span: Value("span", span)),
)
SIGNS = st.sampled_from(["a", "Ö", "'", '"', "%", "_", "\\%", "\\_", "\\\\", "\n"])
PATTERNS = st.lists(SIGNS, max_size=8).map("".join)
LEAVES = st.one_of(
    st.builds(Compare, PATHS, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), PLAIN),
    st.builds(lambda path, text: Compare(path, "LIKE", Value("pattern", text)), PATHS, PATTERNS),
    st.builds(
        Among, PATHS, st.sampled_from(["IN", "NOT IN", "INCLUDES"]), st.lists(PLAIN, min_size=1, max_size=3).map(tuple)
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        parts.map(Not),
        st.builds(Joined, st.sampled_from(["AND", "OR"]), st.lists(parts, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
ORDERS = st.lists(st.builds(Order, PATHS, st.booleans(), st.booleans()), max_size=2).map(tuple)
SIMPLE = st.builds(
    Query,
    st.lists(PATHS, min_size=1, max_size=3).map(tuple),
    NAMES,
    st.none() | CONDITIONS,
    st.just(()),
    ORDERS,
    st.none() | st.integers(0, 5000),
    st.integers(0, 2000),
)
ITEMS = st.one_of(
    PATHS, SIMPLE, st.builds(Count, st.sampled_from(["MAX", "SUM", "COUNT"]), PATHS, st.sampled_from(["", "total"]))
)
QUERIES = st.builds(
    lambda query, select, group: Query(
        tuple(select), query.source, query.where, tuple(group), query.order, query.limit, query.offset
    ),
    SIMPLE,
    st.lists(ITEMS, min_size=1, max_size=2),
    st.lists(PATHS, max_size=2),
)


@settings(max_examples=60)
@given(QUERIES)
def test_a_query_written_and_read_is_the_same(query: Query) -> None:
    assert parse(text_of(query)) == query


@given(CONDITIONS)
def test_a_condition_written_and_read_is_the_same(condition: Condition) -> None:
    assert parse_condition(condition_text(condition)) == condition


@given(TEXT)
def test_text_between_quotes_is_never_more_than_text(text: str) -> None:
    found = parse(text_of(Query((Path(("Id",)),), "Contact", Compare(Path(("Name",)), "=", Value("text", text)))))

    assert isinstance(found.where, Compare)
    assert found.where.value.value == text


@given(st.text(st.sampled_from("SELECT Id FROM Contact WHERE ='()\\%_,:<>!.5Tn\n"), max_size=60))
def test_anything_else_is_refused_and_nothing_breaks(text: str) -> None:
    try:
        parsed = parse(text)
    except Problem:
        return

    assert parse(text_of(parsed)) == parsed


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"'a\'b'", "a'b"),
        (r"'a\\b'", "a\\b"),
        (r"'\n\r\t\b\f\"'", '\n\r\t\b\f"'),
        (r"'\u00e9\\u00e9'", "é\\u00e9"),
        (r"'100\%'", "100%"),
        ("'a''", None),
        ("'a\\'", None),
        (r"'\x'", None),
    ],
)
def test_escapes(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(Problem):
            parse_condition(f"Name = {written}")
        return

    found = parse_condition(f"Name = {written}")

    assert isinstance(found, Compare)
    assert found.value.value == meant


def test_a_complaint_points_to_line_and_column() -> None:
    with pytest.raises(Problem, match="ERROR at Row:2:Column:7\nunexpected token: '<'"):
        parse("SELECT Id\nFROM A< B")


def test_depth_has_an_end() -> None:
    with pytest.raises(Problem):
        parse_condition("(" * 500 + "Id = null" + ")" * 500)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("TODAY", date(2026, 11, 28), date(2026, 11, 28)),
        ("YESTERDAY", date(2026, 11, 27), date(2026, 11, 27)),
        ("THIS_WEEK", date(2026, 11, 22), date(2026, 11, 28)),
        ("NEXT_WEEK", date(2026, 11, 29), date(2026, 12, 5)),
        ("NEXT_MONTH", date(2026, 12, 1), date(2026, 12, 31)),
        ("LAST_YEAR", date(2025, 1, 1), date(2025, 12, 31)),
        ("LAST_N_DAYS:2", date(2026, 11, 26), date(2026, 11, 28)),
        ("NEXT_N_DAYS:2", date(2026, 11, 29), date(2026, 11, 30)),
        ("N_DAYS_AGO:1", date(2026, 11, 27), date(2026, 11, 27)),
        ("LAST_90_DAYS", date(2026, 8, 30), date(2026, 11, 28)),
    ],
)
def test_spans_of_days(span: str, first: date, last: date) -> None:
    assert days(span, date(2026, 11, 28)) == (first, last)
