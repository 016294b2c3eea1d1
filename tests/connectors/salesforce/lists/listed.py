"""A campaign of many members and one of ours to lead them to, for the tests of its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.runs import run as runs
from connectors.runs.models import LinkRun
from connectors.salesforce.lists.find import source_of
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.orgs import Orgs
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.kernel.clock import Clock, utcnow
from plugin.links.address import token_in
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.links.resolve import resolve
from plugin.recipients.models import Recipient
from tests.connectors.salesforce.world import World
from tests.make import make_campaign
from tests.plugin.campaigns.boards import make_board

OBJECTS = {"003": "Contact", "00Q": "Lead", "00v": "CampaignMember"}


@dataclass
class Listed:
    """A world with a place full of people and a published campaign."""

    world: World
    campaign: Campaign
    place_id: str
    members: list[str]

    def start(self, place_id: str | None = None, **more: Any) -> str:
        """Begin a run; its id."""
        source = source_of(self.world.org(), place_id or self.place_id)
        with self.world.database.transaction() as session:
            return runs.start(session, self.campaign, source, **{"days": 90, **more}).id

    def runner(self, clock: Clock = utcnow) -> OrgRunner:
        world = self.world
        orgs = Orgs(world.database, world.vault, world.settings, clock=clock)
        return OrgRunner(orgs, Keyring(world.database, world.vault))

    def run(self, run_id: str) -> LinkRun:
        with self.world.database.reading() as session:
            return runs.look(session, run_id)

    def done(self, run_id: str) -> LinkRun:
        found = self.run(run_id)
        assert (found.state, found.reason) == ("done", None), (found.state, found.reason)
        return found

    def held(self, record_id: str, name: str = "Video_Link__c") -> Any:
        row = self.world.sandbox.org.row(OBJECTS[record_id[:3]], record_id)
        return row.get(name) if row is not None else None

    def assert_whole(self, *but: str, members: list[str] | None = None) -> None:
        """Everyone but `but` has exactly one link, which stands on their own record and leads to them."""
        world = self.world
        keyring = Keyring(world.database, world.vault)
        wanted = set(members or self.members) - set(but)
        with world.database.reading() as session:
            rows = session.execute(select(Recipient.external_id, Link.id).join(Link, Link.recipient_id == Recipient.id))
            by_record: dict[str, list[str]] = {}
            for record_id, link_id in rows:
                by_record.setdefault(record_id, []).append(link_id)
            assert set(by_record) == wanted
            assert all(len(links) == 1 for links in by_record.values())
            for record_id in wanted:
                held = self.held(record_id)
                assert held is not None
                assert held.startswith("https://video.example/v/")
                assert resolve(session, token_in(held), keyring=keyring).ref.id == record_id
        assert all(self.held(record_id) is None for record_id in but)


def make_listed(world: World, number: int, *, leads: int = 0) -> Listed:
    """A campaign of so many contacts, and leads beside them; its members' ids in order."""
    place = world.add("Campaign", Name="Spring offers 2027")
    people = [("ContactId", world.add("Contact", LastName=f"Contact {each}")) for each in range(number)]
    people += [("LeadId", world.add("Lead", LastName=f"Lead {each}", Company="X")) for each in range(leads)]
    members = [world.add("CampaignMember", CampaignId=place, **{name: person}) for name, person in people]
    return Listed(world, make_spring(world), place, members)


def make_spring(world: World) -> Campaign:
    """A published campaign of ours."""
    document = make_board().model_dump(mode="json")
    with world.database.transaction() as session:
        campaign = make_campaign(session, slug="spring", installation_id=world.installation_id, published_version=1)
        session.add(
            StoryboardVersion(
                campaign_id=campaign.id, version=1, document=document, clip_ids={}, content_sha256=campaign.id
            )
        )
    return campaign
