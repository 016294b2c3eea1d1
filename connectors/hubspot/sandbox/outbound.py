"""A signed request from HubSpot to the app."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from connectors.hubspot.sandbox import signing
from connectors.hubspot.sandbox.app import App
from connectors.hubspot.sandbox.portal import Installation
from connectors.sandbox.outbound import Outbound as Sender, Sent


class Outbound:
    """Requests to one app, over kept connections."""

    def __init__(self, app: App, now: Any) -> None:
        self._app, self._now = app, now
        self._sender = Sender()

    def post(
        self,
        installation: Installation,
        path: str,
        body: Any,
        *,
        timeout_s: float,
        versions: Collection[str],
        query: Mapping[str, str] | None = None,
    ) -> Sent:
        """Sign it as for the app's public origin, and send it to where the app is reached."""
        target = path + (f"?{urlencode(query)}" if query else "")
        raw = orjson.dumps(body)
        now = self._now()
        uri = self._app.origin.rstrip("/") + target
        signed = signing.headers(installation.client_secret, "POST", uri, raw, int(now * 1000), versions)
        headers = {"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0", **signed}
        reached = (self._app.reached_at or self._app.origin).rstrip("/") + target
        return self._sender.post(reached, raw, headers, at=now, timeout_s=timeout_s, shown=uri)
