"""What a worker does for Salesforce beside delivering: links for many, much owed at once, what changed, daily looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from connectors.background import Background
from connectors.salesforce.accounts.probe import AGAIN, EVERY, probe
from connectors.salesforce.backfill.runner import Backfill
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.org import NAME, Org
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.outcomes.chores import forget_rows, learn_members, look_in_bin
from connectors.salesforce.outcomes.deals import poll_deals
from connectors.salesforce.outcomes.hidden import where_shown
from connectors.salesforce.outcomes.people import poll_people
from connectors.turn import take_turn
from plugin.accounts.models import Credential, Installation
from plugin.kernel.errors import SegueError
from plugin.links.keys import Keyring

log = structlog.get_logger()

POLL_EVERY = timedelta(minutes=5)
LOOK_EVERY = timedelta(seconds=15)
"""How often it is asked whether something is due: that costs some queries an org."""


class SalesforceWork:
    """One worker's."""

    def __init__(self, orgs: Orgs, keyring: Keyring) -> None:
        self._orgs, self._clock = orgs, orgs.clock
        self.lists = OrgRunner(orgs, keyring)
        self.backfill = Backfill(orgs)
        self._look_at: datetime | None = None
        self._threads = (
            Background("salesforce-lists", self.lists.due, self.lists.work_once),
            Background("salesforce-backfill", self.backfill.due, self.backfill.work),
            Background("salesforce-chores", self._chores_due, self.chores),
        )

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)

    def chores(self) -> None:
        """Whatever is due for each connected org. Trouble with one is logged, and holds up no other."""
        for installation_id in self._connected():
            try:
                self._see_to(self._orgs.of(installation_id))
            except Exception as error:
                # What no rule foresaw in one org must not hold up the others either.
                unforeseen = not isinstance(error, SegueError)
                words = {"installation_id": installation_id, "error": type(error).__name__}
                log.warning("salesforce.put_off", **words, exc_info=unforeseen)

    def _chores_due(self) -> bool:
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY
        return bool(self._connected())

    def _connected(self) -> list[str]:
        with self._orgs.database.reading() as session:
            connected = select(Installation.id).join(Credential, Credential.installation_id == Installation.id)
            return list(session.scalars(connected.where(Installation.connector == NAME).order_by(Installation.id)))

    def _see_to(self, org: Org) -> None:
        whole = org.config.problem is None
        if self._turn(org, "probe", EVERY if whole else AGAIN):
            self._orgs.forget(org.installation_id)
            org = replace(org, config=probe(org).config)
        if org.config.problem is not None:
            return
        if self._turn(org, "outcomes", POLL_EVERY):
            where_shown(org, "campaign members", lambda: learn_members(org))
            poll_people(org)
            poll_deals(org)
        if self._turn(org, "bin", EVERY):
            look_in_bin(org)
        if self._turn(org, "forget", EVERY):
            forget_rows(org, event_days=self._orgs.settings.event_days)

    def _turn(self, org: Org, subject: str, every: timedelta) -> bool:
        return take_turn(self._orgs.database, org.installation_id, subject, every, self._clock)
