"""Walking through what changed: nothing is missed, at equal moments, while it changes, when cut short, found late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from connectors.hubspot.outcomes import changed
from connectors.hubspot.outcomes.changed import Asked, cursor_from, walk
from connectors.hubspot.portal import Portal
from connectors.hubspot.sandbox import search
from connectors.hubspot.sandbox.clock import iso
from tests.conftest import HeldClock
from tests.connectors.hubspot.world import World, connected

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ASKED = Asked("deals", "hs_lastmodifieddate", ("dealname",))
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def world(database, vault, monkeypatch):
    monkeypatch.setattr(changed, "PAGE", 3)
    with connected(database, vault) as made:
        yield made


class Walker:
    """Walks as a worker does, keeping its cursor, and notes the latest change it saw of each record."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.kept: Mapping[str, object] = {}
        self.seen: dict[str, str] = {}
        self.pages = 0

    def walk(self, *, stop_after: int | None = None, between=lambda: None) -> None:
        for number, (results, cursor) in enumerate(walk(self.portal, ASKED, cursor_from(self.kept, BEGIN))):
            for each in results:
                at = each["properties"]["hs_lastmodifieddate"]
                self.seen[each["id"]] = max(at, self.seen.get(each["id"], ""))
            # Cut short before the cursor is kept, the page counts as not seen by whoever goes on; it is seen again.
            if number == stop_after:
                return
            self.kept = cursor.as_json()
            self.pages += 1
            assert self.pages < 500, "it goes round in circles"
            between()


def put(world: World, number: int, at: datetime) -> None:
    """Change the deal of this number at this moment, making it if need be."""
    store = world.account.stores["deals"]
    deals = list(store.records.values())
    while len(deals) <= number:
        record = store.make(at.timestamp())
        store.records[record.id] = record
        deals.append(record)
    deals[number].properties["hs_lastmodifieddate"] = iso(at.timestamp())
    deals[number].updated_at = at.timestamp()


def current(world: World) -> dict[str, str]:
    return {each.id: each.properties["hs_lastmodifieddate"] for each in world.account.stores["deals"].live()}


# Some changes at one moment or a few, then a look; some of the changes happen while it is looked.
ROUNDS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 14), st.integers(0, 2)), max_size=14),
        st.lists(st.tuples(st.integers(0, 14), st.integers(0, 1)), max_size=4),
        st.none() | st.integers(0, 4),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROUNDS)
def test_every_last_change_is_seen_whatever_happens_in_between(world: World, rounds):
    world.account.stores["deals"].records.clear()
    clock = HeldClock(BEGIN + timedelta(days=1))
    walker = Walker(replace(world.portal, clock=clock))

    def change(changes):
        for number, later_ms in sorted(changes, key=lambda pair: pair[1]):
            clock.now = max(clock.now, clock.now + timedelta(milliseconds=later_ms))
            put(world, number, clock.now)

    for before, during, stop_after in rounds:
        change(before)
        left = [during]
        walker.walk(stop_after=stop_after, between=lambda left=left: change(left.pop()) if left else None)
        clock.now += timedelta(minutes=7)
    walker.walk()

    assert walker.seen == current(world)


@pytest.mark.parametrize("number", [3, 6, 7, 31])
def test_more_changes_at_one_moment_than_fit_a_page(world: World, number: int):
    for each in range(number):
        put(world, each, BEGIN)
    walker = Walker(world.portal)

    walker.walk()

    assert walker.seen == current(world)
    assert len(walker.seen) == number


def test_more_than_a_search_gives_in_all_is_walked_through(world: World, monkeypatch):
    monkeypatch.setattr(search, "_ALL", 30)
    for each in range(100):
        put(world, each, BEGIN + timedelta(milliseconds=each // 3))
    walker = Walker(world.portal)

    walker.walk()

    assert walker.seen == current(world)


def test_what_a_search_finds_late_is_seen_by_the_next_look(world: World):
    walker = Walker(replace(world.portal, clock=lambda: datetime.fromtimestamp(world.sandbox.clock(), UTC)))
    world.account.search_lag_s = 30
    world.make("deals", dealname="Late")
    walker.walk()
    assert walker.seen == {}

    world.sandbox.clock.advance(60)
    walker.walk()

    assert walker.seen == current(world)


def test_when_nothing_changed_a_look_costs_one_search(world: World):
    for each in range(10):
        put(world, each, BEGIN)
    walker = Walker(world.portal)
    walker.walk()
    world.sandbox.counts.reset()

    walker.walk()

    assert world.calls("search") == 1
