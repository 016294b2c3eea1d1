"""The ledger is kept as long as a message can come again, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.hubspot.models import HubSpotNote, HubSpotTelling
from connectors.hubspot.writeback.forget import forget_told
from plugin.kernel.database import Database
from plugin.outbox.enqueue import Draft, enqueue
from tests.conftest import NOW


def telling(key: str, days: float) -> HubSpotTelling:
    at = NOW - timedelta(days=days)
    return HubSpotTelling(
        key=key, installation_id="i", contact_id="501", visit_id=key, form="none", state="told", at=at
    )


def note(visit_id: str, days: float) -> HubSpotNote:
    at = NOW - timedelta(days=days)
    return HubSpotNote(visit_id=visit_id, installation_id="i", contact_id="501", note_id="7", revision=1, at=at)


@pytest.fixture
def kept(database: Database) -> Iterator[list[str]]:
    with database.transaction() as session:
        session.add_all([telling("old", 98), telling("owed", 98), telling("young", 96)])
        session.add_all([note("old-visit", 188), note("young-visit", 186)])
        enqueue(session, [Draft("i", "owed", "link.opened", "contact:501", {})])
    done = [forget_told(database, event_days=90, clock=lambda: NOW) for _ in range(2)]
    assert done == [2, 0]
    with database.reading() as session:
        yield [*session.scalars(select(HubSpotTelling.key)), *session.scalars(select(HubSpotNote.visit_id))]


def test_what_can_come_again_is_remembered(kept: list[str]) -> None:
    assert sorted(kept) == ["owed", "young", "young-visit"]
