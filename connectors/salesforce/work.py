"""What a worker does for Salesforce beside delivering: links for many, much owed at once, what changed, daily looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.background import Background
from connectors.chores import Chores
from connectors.salesforce.accounts.probe import AGAIN, EVERY, probe
from connectors.salesforce.backfill.runner import Backfill
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.org import NAME, Org
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.outcomes.chores import forget_rows, look_at_newcomers, look_in_bin
from connectors.salesforce.outcomes.deals import poll_deals
from connectors.salesforce.outcomes.hidden import where_shown
from connectors.salesforce.outcomes.people import poll_people
from plugin.links.keys import Keyring

POLL_EVERY = timedelta(minutes=5)


class SalesforceWork:
    """One worker's."""

    def __init__(self, orgs: Orgs, keyring: Keyring) -> None:
        self._orgs, self._clock = orgs, orgs.clock
        self.lists = OrgRunner(orgs, keyring)
        self.backfill = Backfill(orgs)
        self._chores = Chores(NAME, orgs, self._see_to)
        self._threads = (
            Background("salesforce-lists", self.lists.due, self.lists.work_once),
            Background("salesforce-backfill", self.backfill.due, self.backfill.work),
            Background("salesforce-chores", self._chores.due, self.chores),
        )

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)

    def chores(self) -> None:
        """Whatever is due for each connected account."""
        self._chores.run()

    def _see_to(self, org: Org) -> None:
        whole = org.config.problem is None
        if self._chores.turn(org, "probe", EVERY if whole else AGAIN):
            self._orgs.forget(org.installation_id)
            org = replace(org, config=probe(org).config)
        if org.config.problem is not None:
            return
        if self._chores.turn(org, "outcomes", POLL_EVERY):
            where_shown(org, "newcomers", lambda: look_at_newcomers(org))
            poll_people(org)
            poll_deals(org)
        if self._chores.turn(org, "bin", EVERY):
            where_shown(org, "recycle bin", lambda: look_in_bin(org))
        if self._chores.turn(org, "forget", EVERY):
            forget_rows(org, event_days=self._orgs.settings.event_days)
