"""A signed request from HubSpot to the app."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3

from connectors.hubspot.sandbox import signing
from connectors.hubspot.sandbox.app import App
from connectors.hubspot.sandbox.portal import Installation

MOST_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent and what came back. `status` 0: nothing did, and `words` say why."""

    at: float
    url: str
    request: bytes
    status: int
    body: bytes
    words: str
    took_ms: float
    retry_after_s: float | None = None

    @property
    def json(self) -> Any:
        """The answer as JSON; None when it isn't."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class Outbound:
    """Requests to one app, over kept connections."""

    def __init__(self, app: App, now: Any) -> None:
        self._app, self._now = app, now
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

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
        began = time.perf_counter()
        status, answer, words, retry_after = 0, b"", "", None
        try:
            response = self._pool.request(
                "POST",
                (self._app.reached_at or self._app.origin).rstrip("/") + target,
                body=raw,
                headers={"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0", **signed},
                timeout=urllib3.Timeout(total=timeout_s),
                redirect=False,
            )
            status, answer = response.status, response.data[: MOST_ANSWER + 1]
            retry_after = _seconds(response.headers.get("Retry-After"))
            words = f"{status} {response.reason or ''}".strip()
            if len(answer) > MOST_ANSWER:
                status, answer, words = 0, b"", f"the answer is longer than {MOST_ANSWER} bytes"
        except urllib3.exceptions.HTTPError as error:
            words = f"no answer: {type(error).__name__}"
        return Sent(now, uri, raw, status, answer, words, (time.perf_counter() - began) * 1000, retry_after)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
