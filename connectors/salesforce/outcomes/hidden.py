"""What an org doesn't show us is said to its admin, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from connectors.salesforce.accounts.config import change_config
from connectors.salesforce.api.errors import NotAllowed, NotThere, Refused, UnknownName
from connectors.salesforce.org import Org

log = structlog.get_logger()


def where_shown(org: Org, what: str, look: Callable[[], int]) -> int:
    """Look; what was found, 0 where the org doesn't show it to us, or refuses it: then that stands in the config."""
    try:
        found = look()
    except (UnknownName, NotAllowed, NotThere, Refused) as error:
        _say(org, what, str(error))
        return 0
    _say(org, what, "")
    return found


def _say(org: Org, what: str, words: str) -> None:
    """Write it down, if it is news."""
    if org.config.hidden.get(what, "") == words:
        return
    with org.database.transaction() as session:
        change_config(
            session,
            org.installation_id,
            lambda held: replace(held, hidden=_with(dict(held.hidden), what, words)),
        )
    log.info("salesforce.hidden" if words else "salesforce.shown", installation_id=org.installation_id, what=what)


def _with(hidden: dict[str, str], what: str, words: str) -> dict[str, str]:
    hidden.pop(what, None)
    return {**hidden, what: words[:300]} if words else hidden
