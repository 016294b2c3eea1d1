"""A request from a sandbox to the app, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import urllib3

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
    """Requests over kept connections."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

    def post(
        self, url: str, raw: bytes, headers: Mapping[str, str], *, at: float, timeout_s: float, shown: str = ""
    ) -> Sent:
        """Send it and wait; never raises for what the other side does. `shown`: the address it is for, if another."""
        began = time.perf_counter()
        status, answer, words, retry_after = 0, b"", "", None
        try:
            response = self._pool.request(
                "POST",
                url,
                body=raw,
                headers=dict(headers),
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
        took_ms = (time.perf_counter() - began) * 1000
        return Sent(at, shown or url, raw, status, answer, words, took_ms, retry_after)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None
