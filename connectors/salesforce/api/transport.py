"""One call to an org through simple-salesforce: timed, with a session that renews itself, errors by meaning."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Protocol, TypeVar

import requests
import structlog
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError as ClientError

from connectors.salesforce.api.allowance import Allowance
from connectors.salesforce.api.errors import (
    Disconnected,
    Locked,
    SalesforceError,
    TooMany,
    Unreachable,
    Unwell,
    error_of,
)
from connectors.salesforce.api.session import CONNECT_S, READ_S
from connectors.salesforce.api.version import API
from connectors.salesforce.held import INSTANCE
from plugin.accounts.credentials import Secrets

log = structlog.get_logger()

T = TypeVar("T")

_AGAIN_S = 0.2


class Tokens(Protocol):
    """Where the session comes from: an access token and the instance it is for."""

    def secrets(self) -> Secrets:
        """A credential with a token in force."""
        ...

    def renewed(self, refused: str) -> str:
        """Another token than the refused one; raises when there is none."""
        ...


class SalesforceApi:
    """Calls of one org, by paths under `/services/data/v67.0/`. One object a process and org: it keeps connections."""

    def __init__(self, tokens: Tokens, session: requests.Session, *, allowance: Allowance | None = None) -> None:
        self._tokens, self._session, self._allowance = tokens, session, allowance
        self._client: tuple[str, Salesforce] | None = None
        self._lock = Lock()
        self.told_at: datetime | None = None
        """The org's own time, as its last answer said; None: it hasn't."""
        session.hooks["response"].append(self._hear_time)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        timeout_s: float = READ_S,
        urgent: bool = False,
    ) -> Any:
        """Send it once (twice when the session had ended) and answer the JSON of a 2xx; anything else is raised.

        Raises the `SalesforceError`s of `errors`; `TooMany` also when our own share of the day is used up.
        """
        timeout = (min(CONNECT_S, timeout_s), timeout_s)
        asked = dict(params or {})
        return self._through(
            lambda client: client.restful(path, params=asked, method=method, json=body, timeout=timeout), urgent
        )

    def csv(self, method: str, path: str, *, content: bytes | None = None, timeout_s: float = READ_S) -> str:
        """Send CSV, or ask for it, as Bulk 2.0 has it; once, as `call`. Answers the text of a 2xx."""

        def send(client: Salesforce) -> str:
            kind = {"Content-Type": "text/csv; charset=UTF-8"} if content is not None else {}
            headers = {**client.headers, "Accept": "text/csv" if content is None else "application/json", **kind}
            url, timeout = client.base_url + path, (min(CONNECT_S, timeout_s), timeout_s)
            answer = self._session.request(method, url, data=content, headers=headers, timeout=timeout)
            if answer.status_code >= 300:
                raise ClientError(url, answer.status_code, path, _content(answer))
            # Told without a charset, and UTF-8 all the same.
            return answer.content.decode("utf-8", "replace")

        return self._through(send, False)

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        within_s: float = READ_S,
        urgent: bool = False,
    ) -> Any:
        """Like `call`, for what changes nothing: tried again while Salesforce is unwell and there is time left."""
        until = time.monotonic() + within_s
        wait_s = _AGAIN_S
        while True:
            left_s = max(0.05, until - time.monotonic())
            try:
                return self.call(method, path, params=params, body=body, timeout_s=left_s, urgent=urgent)
            except (Unwell, Unreachable, Locked):
                if time.monotonic() + wait_s >= until:
                    raise
            time.sleep(wait_s)
            wait_s *= 2

    def _hear_time(self, answer: requests.Response, *_: object, **__: object) -> None:
        with suppress(ValueError, TypeError):
            said = parsedate_to_datetime(answer.headers.get("Date", ""))
            self.told_at = said if said.tzinfo else said.replace(tzinfo=UTC)

    def _count(self, urgent: bool) -> None:
        if self._allowance is not None:
            self._allowance.take(urgent=urgent)

    def _signed_in(self) -> tuple[str, Salesforce]:
        held = self._tokens.secrets()
        token = held.values["access_token"]
        with self._lock:
            if self._client is None or self._client[0] != token:
                client = Salesforce(
                    session_id=token, instance_url=held.values[INSTANCE], version=API, session=self._session
                )
                self._client = token, client
            return self._client

    def _through(self, send: Callable[[Salesforce], T], urgent: bool) -> T:
        token, client = self._signed_in()
        self._count(urgent)
        try:
            return self._send(client, send)
        except Disconnected as ended:
            log.info("salesforce.session_ended", status=ended.status)
            self._tokens.renewed(token)
        _, client = self._signed_in()
        self._count(urgent)
        return self._send(client, send)

    def _send(self, client: Salesforce, send: Callable[[Salesforce], T]) -> T:
        try:
            answer = send(client)
        except ClientError as refused:
            raise self._error(refused) from None
        except requests.RequestException as error:
            raise _unreachable(error) from error
        except (ValueError, KeyError, TypeError) as error:
            # The library reads some errors' bodies by position.
            raise Unwell("Salesforce's answer can't be read") from error
        if self._allowance is not None:
            self._allowance.told(client.api_usage)
        return answer

    def _error(self, refused: ClientError) -> SalesforceError:
        error = error_of(int(refused.status or 0), refused.content)
        if isinstance(error, TooMany) and error.daily and self._allowance is not None:
            self._allowance.used_up()
        return error


def _content(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _unreachable(error: requests.RequestException) -> Unreachable:
    never_sent = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
    words = "does not answer in time" if isinstance(error, requests.Timeout) else "can't be reached"
    return Unreachable(f"Salesforce {words}", maybe_done=not never_sent)
