"""What a portal allows is found out, whatever its edition and scopes, and said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.hubspot.accounts.config import change_config, choose_timeline
from connectors.hubspot.accounts.probe import probe
from connectors.hubspot.accounts.scopes import ALL, CORE, names
from connectors.hubspot.api.errors import HubSpotError
from plugin.kernel.errors import BadInput
from tests.connectors.hubspot.world import connected

BASIC = frozenset(names(CORE))
PRIVATE = {
    "free": frozenset(names(ALL)) - {"automation", "media_bridge.read", "media_bridge.write", "timeline"},
    "professional": frozenset(names(ALL)) - {"media_bridge.read", "media_bridge.write", "timeline"},
}
# Several dozens of calls each: what differs by database is tested with connecting.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
EVENTS = {"behavioral_events.event_definitions.read_write", "analytics.behavioral_events.send"}


@pytest.mark.parametrize(
    ("tier", "granted", "told", "calls"),
    [
        ("free", PRIVATE["free"] - EVENTS, "free", 100),
        ("starter", PRIVATE["free"] - EVENTS, "free", 100),
        ("professional", PRIVATE["professional"] - EVENTS, "professional", 190),
        ("enterprise", PRIVATE["professional"], "enterprise", 190),
    ],
)
def test_edition_scopes_and_limit_of_an_accounts_own_app_are_found_by_harmless_calls(
    database, vault, tier, granted, told, calls
):
    with connected(database, vault, tier=tier, limited=True) as world:
        found = probe(world.portal).config

        assert set(found.scopes) == granted
        assert (found.tier, found.calls_per_10s) == (told, calls)
        assert (found.time_zone, found.currency) == ("America/New_York", "USD")
        assert found.problem is None
        assert not world.account.timeline
        assert not list(world.account.contacts.live())


@pytest.mark.parametrize("left_out", sorted(BASIC - {"oauth", "crm.schemas.contacts.read"}))
def test_without_a_scope_it_can_not_do_without_the_problem_names_it(database, vault, left_out):
    with connected(database, vault, scopes=BASIC - {left_out}) as world:
        found = probe(world.portal)

        assert left_out in (found.config.problem or "")
        assert found.summary == (found.config.problem,)


def test_with_oauth_the_grant_says_what_was_granted_and_no_edition_is_guessed(database, vault):
    with connected(database, vault, tier="starter", auth="oauth", limited=True) as world:
        world.sandbox.counts.reset()

        found = probe(world.portal).config

        assert {"media_bridge.write", "crm.lists.read"} <= set(found.scopes)
        assert (found.tier, found.calls_per_10s) == ("", 110)
        assert found.possible == ("media_bridge", "none")
        assert found.timeline == "media_bridge"
        assert world.calls() <= 3


def test_app_events_are_the_best_where_they_are_granted(database, vault):
    with connected(database, vault, auth="oauth", app_events=True) as world:
        assert probe(world.portal).config.timeline == "app_events"


def test_a_withdrawn_token_is_a_problem_and_mending_it_is_seen(database, vault):
    with connected(database, vault) as world:
        token, world.app.token = world.app.token, "pat-na1-another"
        broken = probe(world.portal).config
        world.app.token = token
        mended = probe(world.portal).config

        assert "Paste the app's present token" in (broken.problem or "")
        assert broken.scopes == mended.scopes
        assert mended.problem is None


def test_a_removed_oauth_app_is_a_problem(database, vault):
    with connected(database, vault, auth="oauth") as world:
        world.sandbox.uninstall(world.account, world.app)

        assert "connect it again" in (probe(world.portal).config.problem or "")


def test_an_unwell_hubspot_changes_nothing_of_what_is_known(database, vault):
    with connected(database, vault) as world:
        before = world.portal.config
        world.sandbox.faults.add("502", path="/account-info/*")
        portal = world.portal

        with pytest.raises(HubSpotError):
            probe(replace(portal, api=_Impatient(portal.api)))

        assert world.portal.config == before


def test_a_scope_that_could_not_be_tried_just_then_stays_as_it_was(database, vault):
    with connected(database, vault) as world:
        world.sandbox.faults.add("502", path="/crm/objects/2026-09/deals")
        portal = world.portal

        found = probe(replace(portal, api=_Impatient(portal.api))).config

        assert "crm.objects.deals.read" in found.scopes


def test_the_admin_chooses_among_what_is_possible(database, vault):
    with connected(database, vault, auth="oauth", app_events=True) as world:
        probe(world.portal)
        with database.transaction() as session:
            choose_timeline(session, world.installation_id, "media_bridge")
        assert world.portal.config.timeline == "media_bridge"

        with database.transaction() as session, pytest.raises(BadInput, match="it allows: app_events, media_bridge"):
            choose_timeline(session, world.installation_id, "custom_events")


def test_a_choice_that_is_no_longer_possible_gives_way_to_the_best_there_is(database, vault):
    with connected(database, vault) as world, database.transaction() as session:
        config = change_config(
            session, world.installation_id, lambda held: replace(held, chosen="app_events", possible=("none",))
        )

        assert config.timeline == "none"


class _Impatient:
    """The same API, whose reads give up soon."""

    def __init__(self, api):
        self._api = api

    def read(self, *words, **more):
        return self._api.read(*words, **more | {"within_s": 0.3})

    def call(self, *words, **more):
        return self._api.call(*words, **more)
