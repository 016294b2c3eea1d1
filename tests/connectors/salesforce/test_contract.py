"""Salesforce keeps the contract every connector keeps: what happened stands on the record as tasks, one row a visit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.connectors.contract import Bench, ConnectorContract
from tests.connectors.salesforce.world import World

_NAMES = {"first_name": "FirstName", "email": "Email"}
_KINDS = {"Opened": "link.opened", "Watched": "video.quartile_reached", "Pressed": "cta.clicked"}
"""By the first word of the task that the package's flow makes of it."""


class SalesforceBench(Bench):
    first_name = "contact.FirstName"
    middle = "video.quartile_reached"
    once_a_visit = True
    told_of_a_summary = ("link.opened",)
    unknown = "was deleted in Salesforce"
    nobody = "003000000000000AAA"

    def __init__(self, world: World) -> None:
        self.world = world
        self.installation_id = world.installation_id
        self.connector = world.crm()

    def add_contact(self, **properties: Any) -> str:
        return self.world.add("Contact", LastName="N", **{_NAMES[name]: value for name, value in properties.items()})

    def delete_contact(self, contact_id: str) -> None:
        self.world.delete("Contact", contact_id)

    def told(self, contact_id: str) -> list[str]:
        tasks = sorted(self.world.rows("Task", WhoId=contact_id), key=lambda task: task["Id"])
        return [_KINDS[task["Subject"].split()[0]] for task in tasks]

    def summary(self, contact_id: str) -> dict[str, Any] | None:
        (row,) = self.world.rows("Video_Engagement__c", Contact__c=contact_id)
        return {"coverage_s": row["Coverage_Seconds__c"]}

    def facing(self, contact_id: str) -> str | None:
        (row,) = self.world.rows("Video_Engagement__c", Contact__c=contact_id)
        share = row.get("Facing_Screen_Percent__c")
        return None if share is None else f"{share:.0f}"

    @contextmanager
    def stalled(self) -> Iterator[bool]:
        self.world.sandbox.faults.add("slow", slow_ms=1_000)
        yield True
        self.world.sandbox.faults.clear()


class TestSalesforce(ConnectorContract):
    @pytest.fixture
    def bench(self, world: World) -> Bench:
        return SalesforceBench(world)
