"""What a worker does for HubSpot beside delivering: when it is due, once, and no trouble stops the rest."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from connectors.background import Background
from connectors.hubspot.accounts.connect import connect_static
from connectors.hubspot.accounts.disconnect import disconnect
from connectors.hubspot.portals import Portals
from connectors.hubspot.work import POLL_EVERY, HubSpotWork
from connectors.registry import Connectors
from connectors.turn import cursor_of, keep_cursor, take_turn
from plugin.accounts import credentials
from plugin.links.keys import Keyring
from plugin.recipients.enrol import enrol
from plugin.recipients.models import Outcome
from tests.conftest import NOW, HeldClock
from tests.connectors.hubspot.lists.listed import make_listed
from tests.connectors.hubspot.world import World, connected
from tests.make import make_installation
from web import worker
from web.services import Services


@pytest.fixture
def clock():
    return HeldClock(datetime.now(UTC))


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made:
        yield made


def work_of(world: World, clock: HeldClock) -> HubSpotWork:
    portals = Portals(world.database, world.vault, world.settings, clock=clock)
    return HubSpotWork(portals, Keyring(world.database, world.vault))


def test_each_account_is_looked_at_once_a_day_and_asked_for_deals_every_few_minutes(world: World, clock: HeldClock):
    work = work_of(world, clock)
    work.chores()
    world.sandbox.counts.reset()

    work.chores()
    assert world.calls() == 0

    clock.now += POLL_EVERY
    work.chores()
    assert (world.calls("/deals/search"), world.calls("/contacts/search"), world.calls("details")) == (1, 1, 0)

    clock.now += timedelta(days=1)
    work.chores()
    assert world.calls("details") == 1


def test_two_workers_share_the_turns(world: World, clock: HeldClock):
    work_of(world, clock).chores()
    world.sandbox.counts.reset()

    work_of(world, clock).chores()

    assert world.calls() == 0


def test_an_account_that_lets_us_in_no_more_is_asked_hourly_whether_it_does_again(world: World, clock: HeldClock):
    token, world.app.token = world.app.token, "another"
    work = work_of(world, clock)
    work.chores()
    assert world.portal.config.problem is not None
    world.app.token = token
    world.sandbox.counts.reset()
    work.chores()
    assert world.calls() == 0

    clock.now += timedelta(hours=1)
    work.chores()

    assert world.portal.config.problem is None


def test_trouble_with_one_account_holds_up_no_other(world: World, clock: HeldClock, database):
    contact = world.make("contacts")
    world.bind("deals", world.make("deals", dealstage="qualifiedtobuy"), "contacts", contact)
    with database.transaction() as session:
        enrol(session, world.ref(contact))
        # First in order, and without an app on this server.
        broken = make_installation(session, id="!first", connector="hubspot", account="1", config={"auth": "oauth"})
    world.settings.hubspot_client_id = ""
    with database.transaction() as session:
        credentials.keep(session, world.vault, broken.id, {"access_token": "x", "refresh_token": "y"})

    work_of(world, clock).chores()

    with database.reading() as session:
        assert session.scalars(select(Outcome)).one().state == "open"


def test_an_account_that_was_disconnected_is_left_alone(world: World, clock: HeldClock):
    disconnect(world.database, world.vault, world.settings, world.installation_id)
    world.sandbox.counts.reset()

    work_of(world, clock).chores()

    assert world.calls() == 0


def test_two_accounts_at_once_are_kept_apart(world: World, clock: HeldClock, database):
    second = world.sandbox.add_portal(24_601_002, tier="free")
    app = second.create_private_app()
    app.limits.burst = 1_000_000
    made = connect_static(database, world.vault, world.settings, token=app.token, client_secret=app.client_secret)
    contact = world.make("contacts")
    with database.transaction() as session:
        enrol(session, world.ref(contact))
    world.bind("deals", world.make("deals", dealstage="closedwon"), "contacts", contact)

    work_of(world, clock).chores()

    with database.reading() as session:
        assert [each.installation_id for each in session.scalars(select(Outcome))] == [world.installation_id]
    assert made.installation_id != world.installation_id


def test_the_worker_does_it_all_and_rests_when_it_is_done(world: World, database):
    listed = make_listed(world, 3)
    run_id = listed.start()
    connectors = Connectors(database, vault=world.vault, settings=world.settings)
    services = Services(world.settings, database, world.vault, connectors)

    worker.run(worker.steps_of(services), Event(), until_idle=True)

    assert listed.run(run_id).state == "done"
    assert cursor_of(world.portal, "deals") != {}


def test_a_turn_is_taken_by_one_and_comes_again(database, world: World, clock: HeldClock):
    def turn() -> bool:
        return take_turn(database, world.installation_id, "x", timedelta(minutes=5), clock)

    assert turn()
    assert not turn()
    clock.now += timedelta(minutes=5)
    assert turn()
    keep_cursor(world.portal, "x", {"at": "here"})
    assert cursor_of(world.portal, "x") == {"at": "here"}
    assert not turn()


def test_background_work_that_fails_is_logged_and_begun_again():
    begun = []

    def job() -> None:
        begun.append(NOW)
        raise ValueError("broken")

    background = Background("x", lambda: len(begun) < 3, job)
    deadline = time.monotonic() + 20
    while background.tick() and time.monotonic() < deadline:
        pass

    assert len(begun) == 3
    assert background.tick() == 0
