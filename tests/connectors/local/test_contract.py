"""The embedded CRM keeps the contract every connector keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from connectors.local import contacts
from connectors.local.connector import LocalCrm
from connectors.local.models import Activity, Engagement
from plugin.engagement.words import attention
from plugin.kernel.database import Database
from tests.connectors.contract import Bench, ConnectorContract
from tests.make import make_installation


class LocalBench(Bench):
    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as session:
            self.installation_id = make_installation(session).id
        self.connector = LocalCrm(database, self.installation_id)

    def add_contact(self, **properties: Any) -> str:
        with self._database.transaction() as session:
            return contacts.create(session, self.installation_id, properties).id

    def delete_contact(self, contact_id: str) -> None:
        with self._database.transaction() as session:
            contacts.delete(session, contact_id)

    def told(self, contact_id: str) -> list[str]:
        with self._database.reading() as session:
            query = select(Activity.kind).where(Activity.contact_id == contact_id).order_by(Activity.occurred_at)
            return list(session.scalars(query))

    def summary(self, contact_id: str) -> dict[str, Any] | None:
        with self._database.reading() as session:
            return session.scalar(select(Engagement.payload).where(Engagement.contact_id == contact_id))

    def facing(self, contact_id: str) -> str | None:
        with self._database.reading() as session:
            payload = session.scalars(select(Engagement.payload).where(Engagement.contact_id == contact_id)).one()
        found = re.search(r"(\d+) % of what played", attention(payload))
        return found[1] if found else None

    @contextmanager
    def stalled(self) -> Iterator[bool]:
        with self._database.transaction() as session:
            postgres = self._database.engine.dialect.name == "postgresql"
            if postgres:
                session.execute(text("LOCK TABLE crm_contact IN ACCESS EXCLUSIVE MODE"))
            yield postgres


class TestLocalCrm(ConnectorContract):
    @pytest.fixture
    def bench(self, database: Database) -> Bench:
        return LocalBench(database)

    def test_another_accounts_contact_is_gone_and_unknown(self, bench: Bench, database: Database) -> None:
        elsewhere = LocalBench(database)
        theirs = elsewhere.add_contact(first_name="Theirs")

        assert bench.connector.deliver([]) == []
        with pytest.raises(Exception, match="no longer has"):
            bench.connector.read(self.ref(bench, theirs), ["contact.first_name"], timeout_s=1)
