"""From a tap on 'Stop and erase' to the CRM's own record: by the worker, within the minute that the page promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from unittest.mock import patch

import pytest
from sqlalchemy import update

from connectors.registry import Connectors
from connectors.salesforce.sandbox import Sandbox
from plugin.campaigns.models import Campaign
from plugin.engagement.attention import consent
from plugin.engagement.choose import decline
from plugin.engagement.models import Visit
from plugin.kernel.database import Database
from plugin.kernel.pace import Pace
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.recipients.models import Recipient
from tests.conftest import NOW, HeldClock
from tests.connectors.hubspot.writeback.stage import staged
from tests.connectors.salesforce.world import World
from tests.plugin.engagement.attention.pages import NOTICE, make_attentive, second, told, watched
from web import worker
from web.services import Services

MINUTE = timedelta(seconds=60)


@dataclass
class Crm:
    """A sandbox of either CRM, as one contact's record shows it."""

    installation_id: str
    settings: Settings
    contact_id: str
    record: Callable[[], str]
    """All that stands there of the visit."""
    shows: str
    fail_once: Callable[[], None]


def a_hubspot(stack: ExitStack, database: Database, vault: Vault) -> Crm:
    # The test's clock stands still, and in the past of what setting up has spent.
    stack.enter_context(patch.object(Pace, "take", lambda *_, **__: None))
    stage = stack.enter_context(staged(database, vault))
    ana = stage.contact()
    return Crm(
        stage.installation_id,
        stage.settings,
        ana,
        lambda: " ".join(stage.notes(ana)),
        "Facing the screen 80 %",
        lambda: stage.sandbox.faults.add("503", times=1, path="*notes/batch/update"),
    )


def a_salesforce(stack: ExitStack, database: Database, vault: Vault) -> Crm:
    world = World(stack.enter_context(Sandbox()), database, vault)
    ana = world.add("Contact", LastName="N")
    return Crm(
        world.installation_id,
        world.settings,
        ana,
        lambda: str([{name: row.get(name) for name in SHOWN} for row in world.rows("Video_Engagement__c")]),
        "'Facing_Screen_Percent__c': 80",
        lambda: world.sandbox.faults.add("503", times=1, path="*composite/sobjects*"),
    )


SHOWN = ("Facing_Screen_Percent__c", "Coverage_Seconds__c", "Consent__c", "Link_Id__c")


@pytest.fixture(params=[a_hubspot, a_salesforce], ids=["hubspot", "salesforce"])
def crm(request: pytest.FixtureRequest, database: Database, vault: Vault) -> Iterator[Crm]:
    with ExitStack() as stack:
        yield request.param(stack, database, vault)


@pytest.mark.parametrize("stop", [consent.withdraw, decline], ids=["the camera", "being measured"])
def test_within_a_minute_of_the_tap_nothing_of_it_stands_in_the_crm(
    crm: Crm, database: Database, vault: Vault, clock: HeldClock, stop: Callable[..., object]
) -> None:
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        visit = session.get_one(Visit, visit_id)
        person = session.get_one(Recipient, visit.recipient_id)
        session.execute(update(Campaign).values(installation_id=crm.installation_id))
        person.installation_id, person.external_id = crm.installation_id, crm.contact_id
        visit.consent = "given"
    watched(database, vault, visit_id)
    told(database, vault, visit_id, [second(at, 0.8) for at in range(20)])
    clock.now = NOW + timedelta(seconds=120)
    work(crm, database, vault, clock)
    assert crm.shows in crm.record()

    tapped_at = clock.now
    crm.fail_once()
    with database.transaction() as session:
        stop(session, visit_id, NOTICE, vault=vault, clock=clock)
    while crm.shows in crm.record() and clock.now <= tapped_at + MINUTE:
        work(crm, database, vault, clock)
        clock.now += timedelta(seconds=5)

    assert clock.now <= tapped_at + MINUTE
    assert re.search(r"20(\.0)?\b", crm.record())
    assert "acing_Screen_Percent__c': 80" not in crm.record()
    assert "Facing the screen" not in crm.record()


def work(crm: Crm, database: Database, vault: Vault, clock: HeldClock) -> None:
    """What a worker does until there is nothing to do just now: settle and deliver."""
    connectors = Connectors(database, vault=vault, settings=crm.settings, clock=clock)
    steps = worker.steps_of(Services(crm.settings, database, vault, connectors, clock))
    worker.run(steps[:2], Event(), until_idle=True)
