"""HubSpot's lists as a source of runs: members by pages of two hundred, their companies and deals looked up ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.hubspot.accounts.provision import ensure_link_property
from connectors.hubspot.api.errors import Locked, TooMany, Unreachable, Unwell
from connectors.hubspot.lists.find import SOURCE, members
from connectors.hubspot.lists.page import Order, do_page
from connectors.hubspot.portal import Portal
from connectors.hubspot.portals import Portals
from connectors.hubspot.read.warm import MOST as WARMED_AT_ONCE, warm
from connectors.runs.models import LinkRun
from connectors.runs.runner import AGAIN, Job, LinkRunner, Page
from connectors.runs.tally import Tally
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story
from plugin.kernel.errors import Busy
from plugin.links.keys import Keyring


class ListRunner(LinkRunner):
    """This process's hand at lists, one run at a time."""

    kinds = (SOURCE,)
    at_once = 8
    """Enough to keep HubSpot's limit busy across its latency."""

    def __init__(self, portals: Portals, keyring: Keyring) -> None:
        super().__init__(portals.database, portals.clock)
        self._portals, self._keyring = portals, keyring

    def open(self, run: LinkRun) -> Job:
        """The list with what its links lead to; raises `HubSpotError`, `NotFound` or `BadInput`."""
        portal = self._portals.of(run.installation_id)
        with self._database.reading() as session:
            campaign = session.get_one(Campaign, run.campaign_id)
            story = published_story(session, campaign.id, campaign.published_version)
        name = ensure_link_property(portal, campaign.slug)
        order = Order(campaign.id, campaign.slug, self._portals.settings.public_origin, run.days, name)
        return _ListJob(portal, self._keyring, order, run.source_id, frozenset(story.paths))

    def patience(self, error: Exception) -> timedelta | None:
        """HubSpot's limit by its own word, its trouble and a busy database for a moment."""
        if isinstance(error, TooMany):
            return timedelta(seconds=error.after_s)
        return AGAIN if isinstance(error, Unwell | Unreachable | Locked | Busy) else None


@dataclass(slots=True)
class _ListJob:
    portal: Portal
    keyring: Keyring
    order: Order
    list_id: str
    paths: frozenset[str]
    fresh: list[str] = field(default_factory=list)

    def pages(self, after: str | None) -> Iterator[Page]:
        while True:
            ids, after = members(self.portal.api, self.list_id, after)
            yield Page(ids, after)

    def do(self, page: Page) -> Tally:
        return do_page(self.portal, self.keyring, self.order, page.members)

    def settled(self, page: Page, *, last: bool) -> None:
        if not self.paths:
            return
        self.fresh += page.members
        if last or len(self.fresh) >= WARMED_AT_ONCE:
            warm(self.portal, self.fresh, self.paths)
            self.fresh.clear()
