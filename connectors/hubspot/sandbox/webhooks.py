"""Webhooks: what happened to contacts, sent to the app in signed batches – again when refused, twice when wished."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.hubspot.sandbox.app import App
from connectors.hubspot.sandbox.later import Later
from connectors.hubspot.sandbox.outbound import Outbound
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.sandbox.outbound import Sent

MOST = 100
ANSWER_S = 5.0
ATTEMPTS = 10
_KEPT = 300


@dataclass
class Delivery:
    """One batch of events to one installation, and every attempt at it."""

    portal: Portal
    installation: Installation
    events: list[dict[str, Any]]
    attempts: list[Sent] = field(default_factory=list)

    @property
    def state(self) -> str:
        """waiting, delivered or given up."""
        if self.attempts and 200 <= self.attempts[-1].status < 300:
            return "delivered"
        return "given up" if len(self.attempts) > ATTEMPTS else "waiting"


class Webhooks:
    """What is owed to the app. `twice` and `shuffle`: how often a batch comes again, and whether its order is kept."""

    def __init__(self, app: App, outbound: Outbound, later: Later) -> None:
        self._app, self._outbound, self._later = app, outbound, later
        self.twice = 0.0
        self.shuffle = False
        self.log: deque[Delivery] = deque(maxlen=_KEPT)
        self._chance = random.Random(1)  # noqa: S311 - to be repeatable is the point
        self._gathered: dict[tuple[int, int], list[dict[str, Any]]] = {}

    @property
    def on(self) -> bool:
        """Whether the app wants any."""
        return self._app.webhooks

    def forget(self) -> None:
        """What has gathered is sent no more."""
        self._gathered.clear()

    def happened(self, portal: Portal, what: str, contact_id: str, more: dict[str, Any]) -> None:
        """A contact changed: gather it for every app that subscribes to it. Called under the portal's lock."""
        if what not in self._app.subscriptions:
            return
        if what == "contact.propertyChange" and more["name"] not in self._app.properties:
            return
        for installation in portal.installations.values():
            event = _event(portal, installation, what, contact_id, more)
            key = (portal.id, installation.app_id)
            gathered = self._gathered.setdefault(key, [])
            gathered.append(event)
            if len(gathered) == 1:
                self._later.add(self._app.gather_s, partial(self._flush, portal, installation))

    def _flush(self, portal: Portal, installation: Installation) -> None:
        with portal.lock:
            events = self._gathered.pop((portal.id, installation.app_id), [])
        if self.shuffle:
            self._chance.shuffle(events)
        for start in range(0, len(events), MOST):
            delivery = Delivery(portal, installation, events[start : start + MOST])
            self.log.append(delivery)
            self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        numbered = [{**event, "attemptNumber": len(delivery.attempts)} for event in delivery.events]
        for _ in range(2 if self._chance.random() < self.twice else 1):
            sent = self._outbound.post(
                delivery.installation,
                self._app.webhook_path,
                numbered,
                timeout_s=ANSWER_S,
                versions=("v3", "v1"),
            )
            delivery.attempts.append(sent)
        if delivery.state == "waiting":
            wait_s = self._app.backoff_s * 2 ** (len(delivery.attempts) - 1)
            self._later.add(min(wait_s, 8_000.0), lambda: self._send(delivery))


def _event(
    portal: Portal, installation: Installation, what: str, contact_id: str, more: dict[str, Any]
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "eventId": portal.next_number(),
        "subscriptionId": 5_000 + len(what),
        "portalId": portal.id,
        "appId": installation.app_id,
        "occurredAt": int(portal.now() * 1000),
        "subscriptionType": what,
        "attemptNumber": 0,
        "objectId": int(contact_id),
        "changeSource": more.get("source", "CRM_UI"),
    }
    if what == "contact.propertyChange":
        return event | {"propertyName": more["name"], "propertyValue": more["value"]}
    if what == "contact.merge":
        merged = [int(each) for each in more["merged"]]
        return event | {
            "primaryObjectId": int(more["primary"]),
            "mergedObjectIds": merged,
            "newObjectId": int(contact_id),
            "numberOfPropertiesMoved": 0,
        }
    return event | {"changeFlag": "DELETED" if "eletion" in what else "CREATED"}
