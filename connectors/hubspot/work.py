"""What a worker does for HubSpot beside delivering: links for lists, what HubSpot asked or told of, daily looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from connectors.background import Background
from connectors.hubspot.accounts.probe import AGAIN, EVERY, probe
from connectors.hubspot.inbound import callbacks, inbox
from connectors.hubspot.inbound.finish_actions import finish_actions
from connectors.hubspot.inbound.give_link import Issuing
from connectors.hubspot.inbound.inbox import act
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.outcomes.deals import poll_deals
from connectors.hubspot.outcomes.opt_outs import poll_opt_outs
from connectors.hubspot.portal import NAME, Portal
from connectors.hubspot.portals import Portals
from connectors.turn import take_turn
from plugin.accounts.models import Credential, Installation
from plugin.kernel.errors import SegueError
from plugin.links.keys import Keyring

log = structlog.get_logger()

POLL_EVERY = timedelta(minutes=5)
LOOK_EVERY = timedelta(seconds=15)
"""How often it is asked whether something is due: that costs some queries a portal."""


class HubSpotWork:
    """One worker's."""

    def __init__(self, portals: Portals, keyring: Keyring) -> None:
        self._portals, self._clock = portals, portals.clock
        self.lists = ListRunner(portals, keyring)
        self._issuing = Issuing(keyring, portals.settings.public_origin, portals.settings.link_days)
        self._look_at: datetime | None = None
        self._threads = (
            Background("hubspot-lists", self.lists.due, self.lists.work_once),
            Background("hubspot-inbound", self._inbound_due, self.inbound),
            Background("hubspot-chores", self._chores_due, self.chores),
        )

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)

    def inbound(self) -> None:
        """Act on what webhooks told, and finish what workflows wait for, until nothing of it is due."""
        while self._act() + self._finish():
            pass

    def chores(self) -> None:
        """Whatever is due for each connected portal. Trouble with one is logged, and holds up no other."""
        for installation_id in self._connected():
            try:
                self._see_to(self._portals.of(installation_id))
            except SegueError as error:
                log.warning("hubspot.put_off", installation_id=installation_id, error=type(error).__name__)

    def _act(self) -> int:
        return act(self._portals.database, self._portals.of, clock=self._clock)

    def _finish(self) -> int:
        return finish_actions(self._portals.database, self._portals.of, self._issuing, clock=self._clock)

    def _inbound_due(self) -> bool:
        now = self._clock()
        with self._portals.database.reading() as session:
            return callbacks.is_due(session, now) or inbox.is_due(session, now)

    def _chores_due(self) -> bool:
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY
        return bool(self._connected())

    def _connected(self) -> list[str]:
        with self._portals.database.reading() as session:
            connected = select(Installation.id).join(Credential, Credential.installation_id == Installation.id)
            return list(session.scalars(connected.where(Installation.connector == NAME)))

    def _see_to(self, portal: Portal) -> None:
        whole = portal.config.problem is None
        if self._turn(portal, "probe", EVERY if whole else AGAIN):
            self._portals.forget(portal.installation_id)
            portal = replace(portal, config=probe(portal).config)
        if self._turn(portal, "forget", EVERY):
            callbacks.forget(portal.database, self._clock() - callbacks.KEPT)
        if portal.config.problem is None and self._turn(portal, "outcomes", POLL_EVERY):
            poll_deals(portal)
            poll_opt_outs(portal)

    def _turn(self, portal: Portal, subject: str, every: timedelta) -> bool:
        return take_turn(self._portals.database, portal.installation_id, subject, every, self._clock)
