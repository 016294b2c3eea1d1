"""One HTTP call to HubSpot through its own client: paced, timed, with a token that renews itself, errors by meaning."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
import structlog
import urllib3
from hubspot.crm.objects import ApiClient, Configuration
from hubspot.crm.objects.exceptions import ApiException

from connectors.hubspot.api.errors import (
    Disconnected,
    HubSpotError,
    Locked,
    TooMany,
    Unreachable,
    Unwell,
    error_of,
)
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.pace import Pace, TooBusy

log = structlog.get_logger()

CONNECT_S = 3.05
READ_S = 15.0
WRITE_PATIENCE_S = 12.0
"""How long a call that isn't urgent waits for its turn."""
CONNECTIONS = 32
_AGAIN_S = 0.2


class Tokens(Protocol):
    """Where the access token comes from."""

    def current(self) -> str:
        """A token that holds for the next moments; raises `HubSpotError` when there is none to be had."""
        ...

    def renewed(self, refused: str) -> str:
        """Another one than the `refused`; raises `Disconnected` when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer: 207 means that `body` says of each item what became of it."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def results(self) -> Sequence[Mapping[str, Any]]:
        """`results[]`, whatever of it is an object."""
        found = self.body.get("results") if isinstance(self.body, dict) else None
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


class HubSpotApi:
    """Calls of one portal. One object a process and portal: it keeps its connections.

    `daily_reset` tells the account's next midnight, when HubSpot begins to count calls anew.
    """

    def __init__(
        self,
        origin: str,
        tokens: Tokens | None,
        *,
        pace: Pace | None = None,
        daily_reset: Clock | None = None,
        clock: Clock = utcnow,
    ) -> None:
        settings = Configuration(host=origin.rstrip("/"))
        # Off: urllib3's own retries know nothing of what may be repeated.
        settings.retries = urllib3.Retry(0, redirect=0, raise_on_redirect=False)
        settings.connection_pool_maxsize = CONNECTIONS
        self._client = ApiClient(settings)
        self._client.user_agent = "segue"
        self._tokens, self._pace, self._clock = tokens, pace, clock
        self._daily_reset = daily_reset or (lambda: clock() + timedelta(hours=1))

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        form: Mapping[str, str] | None = None,
        timeout_s: float = READ_S,
        patience_s: float = WRITE_PATIENCE_S,
        urgent: bool = False,
        reserved: bool = False,
    ) -> Answer:
        """Send it once (twice after a 401, with a new token) and answer a 2xx; anything else is raised.

        `timeout_s` bounds each wait for bytes of the answer, `patience_s` the wait for our turn before it, which one
        that is `reserved` has had. `urgent` calls go before others. Raises the `HubSpotError`s of `errors`.
        """
        token = self._tokens.current() if self._tokens else None
        if not reserved:
            self._await_turn(patience_s, urgent)
        try:
            return self._send(method, path, query, body, form, timeout_s, token)
        except Disconnected:
            if self._tokens is None or token is None:
                raise
            token = self._tokens.renewed(token)
        self._await_turn(patience_s, urgent)
        return self._send(method, path, query, body, form, timeout_s, token)

    def read(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        form: Mapping[str, str] | None = None,
        within_s: float = READ_S,
        urgent: bool = False,
        reserved: bool = False,
    ) -> Answer:
        """Like `call`, for what changes nothing: tried again while HubSpot is unwell and there is time left."""
        until = time.monotonic() + within_s
        wait_s = _AGAIN_S
        while True:
            left_s = max(0.05, until - time.monotonic())
            try:
                return self.call(
                    method,
                    path,
                    query=query,
                    body=body,
                    form=form,
                    timeout_s=left_s,
                    patience_s=left_s,
                    urgent=urgent,
                    reserved=reserved,
                )
            except (Unwell, Unreachable, Locked) as error:
                pause_s = max(wait_s, getattr(error, "after_s", 0.0))
                if time.monotonic() + pause_s >= until:
                    raise
            time.sleep(pause_s)
            wait_s *= 2
            reserved = False

    def reserve(self, calls: int, *, patience_s: float) -> None:
        """Have the turns of so many urgent calls at once: each is then sent as `reserved`. Raises `TooMany`."""
        self._await_turn(patience_s, True, calls)

    def _await_turn(self, patience_s: float, urgent: bool, calls: int = 1) -> None:
        if self._pace is None:
            return
        try:
            self._pace.take(patience_s=patience_s, urgent=urgent, calls=calls)
        except TooBusy as busy:
            raise TooMany("OURS", busy.after_s) from None

    def _send(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        body: Any,
        form: Mapping[str, str] | None,
        timeout_s: float,
        token: str | None,
    ) -> Answer:
        headers = {"Accept": "application/json", "User-Agent": "segue"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        headers["Content-Type"] = "application/x-www-form-urlencoded" if form is not None else "application/json"
        try:
            answer = self._client.call_api(
                path,
                method,
                {},
                list(query),
                headers,
                body=body,
                post_params=list(form.items()) if form is not None else None,
                auth_settings=[],
                _preload_content=False,
                _request_timeout=(min(CONNECT_S, timeout_s), timeout_s),
            )
        except ApiException as refused:
            raise self._error(refused) from None
        except UnicodeDecodeError as unreadable:
            # The client reads a refusal as UTF-8 before it raises it.
            raise self._unreadable(unreadable.__context__) from None
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(error) from error
        return Answer(answer.status, _lower(answer.headers), _read(answer))

    def _error(self, refused: ApiException) -> HubSpotError:
        if not refused.status:
            return Unreachable(f"HubSpot can't be reached: {refused.reason}", maybe_done=False)
        headers = _lower(refused.headers or {})
        error = error_of(refused.status, headers, _parsed(refused.body))
        if isinstance(error, TooMany) and self._pace is not None and error.policy != "SECONDLY":
            self._spread_word(error)
        return error

    def _unreadable(self, refused: BaseException | None) -> HubSpotError:
        if not isinstance(refused, ApiException):
            return Unwell("HubSpot's answer can't be read")
        refused.body = None
        return self._error(refused)

    def _spread_word(self, error: TooMany) -> None:
        """No process calls while HubSpot wants none: until the account's midnight, or for some seconds."""
        assert self._pace is not None
        log.warning("hubspot.limited", policy=error.policy)
        if error.policy == "DAILY":
            reset = self._daily_reset()
            error.after_s = max(1.0, (reset - self._clock()).total_seconds())
            self._pace.close(reset)
        else:
            self._pace.slow_down(error.after_s)


def next_midnight(now: datetime, utc_offset_ms: int) -> datetime:
    """The account's next midnight, by the offset HubSpot gives for its time zone."""
    offset = timedelta(milliseconds=utc_offset_ms)
    local = now + offset
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - offset


def _read(answer: Any) -> Any:
    try:
        body = _parsed(answer.data)
        if body is None and answer.data:
            raise Unwell("HubSpot's answer can't be read", status=answer.status)
        return body
    except urllib3.exceptions.HTTPError as error:
        raise _unreachable(error) from error
    finally:
        answer.release_conn()


def _parsed(body: bytes | str | None) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _unreachable(error: Exception) -> Unreachable:
    if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None:
        error = error.reason
    never_sent = isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
    words = "does not answer in time" if isinstance(error, urllib3.exceptions.TimeoutError) else "can't be reached"
    return Unreachable(f"HubSpot {words}", maybe_done=not never_sent)
