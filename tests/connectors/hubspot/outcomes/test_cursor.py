"""How far a walk has come survives being kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.hubspot.outcomes.changed import Cursor, cursor_from

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_cursor_comes_back_as_it_was_kept():
    cursor = Cursor(BEGIN, "77", BEGIN - timedelta(hours=1))

    assert cursor_from(cursor.as_json(), BEGIN) == cursor
    assert cursor_from({}, BEGIN) == Cursor(BEGIN)
    assert cursor_from({"at": "nonsense"}, BEGIN) == Cursor(BEGIN)
