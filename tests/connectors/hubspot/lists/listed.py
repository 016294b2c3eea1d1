"""A list of many contacts and a campaign to send them, for the tests of its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.hubspot.lists.find import ListInfo
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.portals import Portals
from connectors.hubspot.sandbox.listing import make_list
from connectors.runs import run as runs
from connectors.runs.models import LinkRun
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.kernel.clock import Clock, utcnow
from plugin.links.address import token_in
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.links.resolve import resolve
from plugin.recipients.models import Recipient
from tests.connectors.hubspot.world import World
from tests.make import make_campaign
from tests.plugin.campaigns.boards import make_board

PROPERTY = "segue_link_spring"


@dataclass
class Listed:
    """A world with a list and a published campaign."""

    world: World
    campaign: Campaign
    list_id: str
    members: list[str]

    def start(self, **more: Any) -> str:
        """Begin a run; its id."""
        info = ListInfo(self.list_id, "Everyone", len(self.members), "MANUAL")
        with self.world.database.transaction() as session:
            return runs.start(session, self.campaign, info.source, **{"days": 90, **more}).id

    def runner(self, clock: Clock = utcnow) -> ListRunner:
        world = self.world
        keyring = Keyring(world.database, world.vault)
        return ListRunner(Portals(world.database, world.vault, world.settings, clock=clock), keyring)

    def run(self, run_id: str) -> LinkRun:
        with self.world.database.reading() as session:
            return runs.look(session, run_id)

    def property_of(self, contact: str, name: str = PROPERTY) -> str | None:
        return self.world.account.contacts.records[contact].properties.get(name)

    def assert_whole(self, but: frozenset[str] = frozenset()) -> None:
        """Everyone but `but` has exactly one link, which stands on their own contact and leads to them."""
        world = self.world
        keyring = Keyring(world.database, world.vault)
        with world.database.reading() as session:
            rows = session.execute(select(Recipient.external_id, Link.id).join(Link, Link.recipient_id == Recipient.id))
            by_contact: dict[str, list[str]] = {}
            for contact, link_id in rows:
                by_contact.setdefault(contact, []).append(link_id)
            wanted = set(self.members) - but
            assert set(by_contact) == wanted
            assert all(len(links) == 1 for links in by_contact.values())
            for contact in wanted:
                held = self.property_of(contact)
                assert held == self.property_of(contact, "segue_link")
                assert held is not None
                assert held.startswith("https://video.example/v/")
                assert resolve(session, token_in(held), keyring=keyring).ref.id == contact
        for contact in but & set(world.account.contacts.records):
            assert self.property_of(contact) is None


def make_listed(world: World, number: int, *, fields: dict[str, str] | None = None) -> Listed:
    """So many contacts on one list; `fields` moves fields of the storyboard to other places in the record."""
    members = [world.make("contacts", firstname=f"Contact {each}") for each in range(number)]
    document = make_board().model_dump(mode="json")
    for field in document["fields"]:
        field["source"] = (fields or {}).get(field["name"], field["source"])
    with world.database.transaction() as session:
        campaign = make_campaign(session, slug="spring", installation_id=world.installation_id, published_version=1)
        session.add(
            StoryboardVersion(
                campaign_id=campaign.id, version=1, document=document, clip_ids={}, content_sha256=campaign.id
            )
        )
    return Listed(world, campaign, make_list(world.account, "Everyone", members).id, members)
