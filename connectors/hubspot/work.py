"""What a worker does for HubSpot beside delivering: links for lists, what HubSpot asked or told of, daily looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connectors.background import Background
from connectors.chores import Chores
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
from plugin.links.keys import Keyring

POLL_EVERY = timedelta(minutes=5)


class HubSpotWork:
    """One worker's."""

    def __init__(self, portals: Portals, keyring: Keyring) -> None:
        self._portals, self._clock = portals, portals.clock
        self.lists = ListRunner(portals, keyring)
        self._issuing = Issuing(keyring, portals.settings.public_origin, portals.settings.link_days)
        self._chores = Chores(NAME, portals, self._see_to)
        self._threads = (
            Background("hubspot-lists", self.lists.due, self.lists.work_once),
            Background("hubspot-inbound", self._inbound_due, self.inbound),
            Background("hubspot-chores", self._chores.due, self.chores),
        )

    def step(self) -> int:
        """Keep it going; 0 when there is nothing to do now."""
        return sum(thread.tick() for thread in self._threads)

    def inbound(self) -> None:
        """Act on what webhooks told, and finish what workflows wait for, until nothing of it is due."""
        while self._act() + self._finish():
            pass

    def chores(self) -> None:
        """Whatever is due for each connected account."""
        self._chores.run()

    def _act(self) -> int:
        return act(self._portals.database, self._portals.of, clock=self._clock)

    def _finish(self) -> int:
        return finish_actions(self._portals.database, self._portals.of, self._issuing, clock=self._clock)

    def _inbound_due(self) -> bool:
        now = self._clock()
        with self._portals.database.reading() as session:
            return callbacks.is_due(session, now) or inbox.is_due(session, now)

    def _see_to(self, portal: Portal) -> None:
        whole = portal.config.problem is None
        if self._chores.turn(portal, "probe", EVERY if whole else AGAIN):
            self._portals.forget(portal.installation_id)
            portal = replace(portal, config=probe(portal).config)
        if self._chores.turn(portal, "forget", EVERY):
            callbacks.forget(portal.database, self._clock() - callbacks.KEPT)
        if portal.config.problem is None and self._chores.turn(portal, "outcomes", POLL_EVERY):
            poll_deals(portal)
            poll_opt_outs(portal)
