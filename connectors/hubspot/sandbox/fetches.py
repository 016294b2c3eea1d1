"""What a card or the settings page in HubSpot asks of the app: `hubspot.fetch`, signed, with who asks in the query."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.sandbox.app import App
from connectors.hubspot.sandbox.outbound import Outbound
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.sandbox.outbound import Sent

ANSWER_S = 15.0
USER_ID, USER_EMAIL = "9586504", "rep+1@example.com"


class Fetches:
    """Requests of cards and settings pages."""

    def __init__(self, app: App, outbound: Outbound) -> None:
        self._app, self._outbound = app, outbound

    def card(self, portal: Portal, installation: Installation, contact_id: str) -> Sent:
        """What the card on a contact's record shows."""
        return self.fetch(portal, installation, self._app.card_path, {"objectId": contact_id})

    def settings(self, portal: Portal, installation: Installation) -> Sent:
        """What the app's settings page shows."""
        return self.fetch(portal, installation, self._app.settings_path, {})

    def fetch(self, portal: Portal, installation: Installation, path: str, body: Any) -> Sent:
        """Ask the app, and once more by itself when no answer came."""
        query = {
            "portalId": str(portal.id),
            "userId": USER_ID,
            "userEmail": USER_EMAIL,
            "appId": str(installation.app_id),
        }
        for _ in range(2):
            sent = self._outbound.post(installation, path, body, timeout_s=ANSWER_S, versions=("v3",), query=query)
            if sent.status:
                break
        return sent
