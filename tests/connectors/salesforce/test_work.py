"""What a worker does for Salesforce beside delivering: when it is due, once, and no trouble stops the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from connectors.registry import Connectors
from connectors.salesforce.accounts.connect import disconnect
from connectors.salesforce.models import SalesforceVisit
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.outcomes.chores import LATEST, forget_rows
from connectors.salesforce.work import POLL_EVERY, SalesforceWork
from connectors.turn import cursor_of
from plugin.accounts import credentials
from plugin.links.keys import Keyring
from plugin.recipients.models import Outcome
from tests.conftest import HeldClock
from tests.connectors.salesforce.outcomes.test_deals import deal_of, enrolled
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_deliver import a_contact, about
from tests.make import make_installation
from web import worker
from web.services import Services

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(datetime.now(UTC))


def work_of(world: World, clock: HeldClock) -> SalesforceWork:
    orgs = Orgs(world.database, world.vault, world.settings, clock=clock)
    return SalesforceWork(orgs, Keyring(world.database, world.vault))


@SQLITE
def test_each_org_is_looked_at_once_a_day_and_asked_what_changed_every_few_minutes(
    world: World, clock: HeldClock
) -> None:
    work = work_of(world, clock)
    work.chores()
    world.sandbox.counts.reset()

    work.chores()
    assert world.calls() == 0

    clock.now += POLL_EVERY
    work.chores()
    # Leads, contacts, opportunities, contact roles.
    assert (world.calls(), world.calls("/limits")) == (4, 0)

    clock.now += timedelta(days=1)
    work.chores()
    assert world.calls("/limits") == 1


@SQLITE
def test_two_workers_share_the_turns(world: World, clock: HeldClock) -> None:
    work_of(world, clock).chores()
    world.sandbox.counts.reset()

    work_of(world, clock).chores()

    assert world.calls() == 0


@SQLITE
def test_an_org_that_lets_us_in_no_more_is_asked_hourly_whether_it_does_again(world: World, clock: HeldClock) -> None:
    world.sandbox.org.set_active(world.sandbox.org.integration_id, False)
    world.sandbox.logins.end_sessions()
    work = work_of(world, clock)
    work.chores()
    assert world.org().config.problem is not None
    world.sandbox.org.set_active(world.sandbox.org.integration_id, True)
    world.sandbox.counts.reset()
    work.chores()
    assert world.calls() == 0

    clock.now += timedelta(hours=1)
    work.chores()

    assert world.org().config.problem is None


@SQLITE
def test_trouble_with_one_org_holds_up_no_other(world: World, clock: HeldClock) -> None:
    deal_of(world, enrolled(world))
    with world.database.transaction() as session:
        # First in order, and with nothing that opens it.
        broken = make_installation(
            session, id="!first", connector="salesforce", account="00D000000000001AAA", config={}
        )
        credentials.keep(session, world.vault, broken.id, {"access_token": "x"})

    work_of(world, clock).chores()

    with world.database.reading() as session:
        assert session.scalars(select(Outcome)).one().state == "open"


@SQLITE
def test_when_the_days_calls_are_used_up_the_look_goes_on_where_it_was(world: World, clock: HeldClock) -> None:
    deal_of(world, enrolled(world))
    work = work_of(world, clock)
    world.sandbox.faults.add("limit_daily", path="*/queryAll*")
    work.chores()
    world.sandbox.faults.clear()

    clock.now += timedelta(days=1)
    work.chores()

    with world.database.reading() as session:
        assert session.scalars(select(Outcome)).one().state == "open"


@SQLITE
def test_an_org_that_was_disconnected_is_left_alone(world: World, clock: HeldClock) -> None:
    disconnect(world.database, world.vault, world.settings, world.installation_id)
    world.sandbox.counts.reset()

    work_of(world, clock).chores()

    assert world.calls() == 0


def test_the_worker_does_it_all_and_rests_when_it_is_done(world: World) -> None:
    deal_of(world, enrolled(world))
    connectors = Connectors(world.database, vault=world.vault, settings=world.settings)
    services = Services(world.settings, world.database, world.vault, connectors)

    worker.run(worker.steps_of(services), Event(), until_idle=True)

    assert cursor_of(world.org(), "Opportunity") != {}
    with world.database.reading() as session:
        assert session.scalars(select(Outcome)).one().state == "open"


def test_what_was_told_of_visits_that_cannot_change_any_more_is_forgotten(world: World, clock: HeldClock) -> None:
    world.clock = clock
    world.crm().deliver(about(a_contact(world)))
    clock.now += 2 * timedelta(days=90) + LATEST
    assert forget_rows(world.org(), event_days=90) == 0

    clock.now += timedelta(seconds=1)

    assert forget_rows(world.org(), event_days=90) == 1
    with world.database.reading() as session:
        assert session.scalars(select(SalesforceVisit)).all() == []
