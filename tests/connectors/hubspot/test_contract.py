"""HubSpot keeps the contract every connector keeps, in every form its timeline has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.sandbox import write
from connectors.hubspot.writeback.calls import Times
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from tests.connectors.contract import Bench, ConnectorContract
from tests.connectors.hubspot.writeback.stage import Stage, staged

# A busy machine is no failure: what a delivery puts off for want of time isn't what the contract is about.
PATIENT = Times(budget_s=150, timeout_s=60, patience_s=60, lag_s=0.0, again_s=0.01)
_NAMES = {"first_name": "firstname", "email": "email"}


class HubSpotBench(Bench):
    first_name = "contact.firstname"
    told_of_a_summary = ("visit.summarised",)

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.installation_id = stage.installation_id
        stage.times = PATIENT
        self.connector = stage.crm()

    def add_contact(self, **properties: Any) -> str:
        return self.stage.contact(**{_NAMES[name]: value for name, value in properties.items()})

    def delete_contact(self, contact_id: str) -> None:
        account = self.stage.account
        write.archive(account, account.contacts, account.contact(contact_id))

    def told(self, contact_id: str) -> list[str]:
        return [kind for kind, _ in self.stage.events(contact_id)]

    def summary(self, contact_id: str) -> dict[str, Any] | None:
        (note,) = self.stage.notes(contact_id)
        found = re.search(r"Watched (\d+) of", note)
        assert found is not None
        return {"coverage_s": float(found[1])}

    def facing(self, contact_id: str) -> str | None:
        (note,) = self.stage.notes(contact_id)
        found = re.search(r"(\d+) % of what played", note)
        assert found or "Facing" not in note
        return found[1] if found else None

    @contextmanager
    def stalled(self) -> Iterator[bool]:
        self.stage.sandbox.faults.add("slow", slow_ms=1_000)
        yield True
        self.stage.sandbox.faults.clear()


@pytest.fixture(params=["custom_events", "app_events"])
def form(request: pytest.FixtureRequest) -> Timeline:
    found: Timeline = request.param
    return found


class TestHubSpot(ConnectorContract):
    @pytest.fixture
    def bench(self, database: Database, vault: Vault, form: Timeline) -> Iterator[Bench]:
        with staged(database, vault, form) as stage:
            yield HubSpotBench(stage)
