"""What is done now and then for every connected account of one CRM: by one process at a time, each for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog
from sqlalchemy import select

from connectors.opened import Opened
from connectors.turn import Account, take_turn
from plugin.accounts.models import Credential, Installation
from plugin.kernel.errors import SegueError

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=15)
"""How often it is asked whether something is due: that costs some queries an account."""
T = TypeVar("T", bound=Account)


class Chores(Generic[T]):
    """One process's; `see_to` does whatever is due for one account."""

    def __init__(self, connector: str, accounts: Opened[T], see_to: Callable[[T], None]) -> None:
        self._connector, self._accounts, self._see_to = connector, accounts, see_to
        self._look_at: datetime | None = None

    def due(self) -> bool:
        """Whether it is time to ask, and there is somebody to ask for."""
        now = self._accounts.clock()
        if self._look_at is not None and now < self._look_at:
            return False
        self._look_at = now + LOOK_EVERY
        return bool(self._connected())

    def run(self) -> None:
        """See to each account. Trouble with one, foreseen or not, is logged and holds up no other."""
        for installation_id in self._connected():
            try:
                self._see_to(self._accounts.of(installation_id))
            except Exception as error:
                log.warning(
                    "connector.put_off",
                    installation_id=installation_id,
                    connector=self._connector,
                    error=type(error).__name__,
                    exc_info=not isinstance(error, SegueError),
                )

    def turn(self, account: T, subject: str, every: timedelta) -> bool:
        """Whether it is ours to do now; from then on it is nobody's for as long as `every`."""
        accounts = self._accounts
        return take_turn(accounts.database, account.installation_id, subject, every, accounts.clock)

    def _connected(self) -> list[str]:
        with self._accounts.database.reading() as session:
            connected = select(Installation.id).join(Credential, Credential.installation_id == Installation.id)
            mine = connected.where(Installation.connector == self._connector)
            return list(session.scalars(mine.order_by(Installation.id)))
