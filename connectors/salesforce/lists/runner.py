"""Campaigns, list views and reports as sources of runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from connectors.runs.models import LinkRun
from connectors.runs.runner import AGAIN, Job, LinkRunner, Page
from connectors.runs.tally import Tally
from connectors.salesforce.api.errors import Disconnected, Locked, SwitchedOff, TooMany, Unreachable, Unwell
from connectors.salesforce.lists.find import SOURCES
from connectors.salesforce.lists.page import Order, do_page
from connectors.salesforce.lists.walk import pages_of
from connectors.salesforce.org import Org
from connectors.salesforce.orgs import Orgs
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story
from plugin.kernel.errors import Busy
from plugin.links.keys import Keyring

RECONNECT = timedelta(minutes=10)


class OrgRunner(LinkRunner):
    """This process's hand at an org's runs, one at a time."""

    kinds = SOURCES
    at_once = 3
    """One page's links are made while another's are written."""

    def __init__(self, orgs: Orgs, keyring: Keyring) -> None:
        super().__init__(orgs.database, orgs.clock)
        self._orgs, self._keyring = orgs, keyring

    def open(self, run: LinkRun) -> Job:
        """Where its people are, with what their links lead to; raises `NotFound`."""
        org = self._orgs.of(run.installation_id)
        with self._database.reading() as session:
            campaign = session.get_one(Campaign, run.campaign_id)
            published_story(session, campaign.id, campaign.published_version)
        order = Order(campaign.id, self._orgs.settings.public_origin, run.days)
        return _OrgJob(org, self._keyring, order, run.source_kind, run.source_id)

    def patience(self, error: Exception) -> timedelta | None:
        """The day's calls until it begins anew, Salesforce's trouble and a busy database for a moment.

        An org that lets us in no more is asked again now and then: once it is connected anew, its runs go on.
        """
        if isinstance(error, TooMany):
            return timedelta(seconds=error.after_s)
        if isinstance(error, Disconnected | SwitchedOff):
            return RECONNECT
        return AGAIN if isinstance(error, Unwell | Unreachable | Locked | Busy) else None


@dataclass(slots=True)
class _OrgJob:
    org: Org
    keyring: Keyring
    order: Order
    source_kind: str
    source_id: str
    turn: Lock = field(default_factory=Lock)

    def pages(self, after: str | None) -> Iterator[Page]:
        return pages_of(self.org, self.source_kind, self.source_id, after)

    def do(self, page: Page) -> Tally:
        return do_page(self.org, self.keyring, self.order, page.members, self.turn)

    def settled(self, page: Page, *, last: bool) -> None:
        """Nothing is looked up ahead: a person is read in one call anyway."""
