"""`segue db`: forgetting what is old, and saying how much that was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from plugin.engagement.models import Event, Visit
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import settings
from tests.plugin.engagement.visits import count_rows, make_visit, span, tell
from web.cli import cli


@pytest.fixture
def here(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database the command finds by its settings."""
    monkeypatch.setenv("SEGUE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEGUE_EVENT_DAYS", "30")
    settings.cache_clear()
    yield database
    settings.cache_clear()


def test_prune_says_what_it_deleted(here: Database, vault: Vault) -> None:
    with here.transaction() as session:
        old, fresh = make_visit(session, vault).id, make_visit(session, vault).id
    tell(here, vault, old, [span(0, 5), span(5, 9)])
    tell(here, vault, fresh, [span(0, 5)])
    with here.transaction() as session:
        session.execute(update(Visit).values(started_at=utcnow()))
        session.execute(update(Visit).where(Visit.id == old).values(started_at=utcnow() - timedelta(days=100)))

    result = CliRunner().invoke(cli, ["db", "prune"])

    gone = "2 events, 0 deliveries, 0 snapshots, 0 sums, 0 proofs of consent, attention of 0 visits"
    assert result.output == f"deleted {gone}\n"
    with here.reading() as session:
        assert count_rows(session, Event) == 1
