"""What one account is owed, and what can't be delivered to it."""

from __future__ import annotations

from flask import Response, request

from plugin.outbox.dead import dead_letters, retry_dead
from web.connections.present import look, page, to
from web.services import services

SHOWN = 100
MOST_ID = 2**63 - 1
"""The largest id either database has."""


def queue(installation_id: str) -> Response:
    """Counts, the last trouble, the newest dead letters with their reasons."""
    account = look(installation_id)
    with services().database.reading() as session:
        letters = dead_letters(session, installation_id=installation_id, limit=SHOWN)
    return page("queue", account, here_tab="queue", letters=letters)


def retry(installation_id: str) -> Response:
    """Send the named dead letters of this account, or all of them, on their way again."""
    look(installation_id)
    ids = None if "all" in request.form else [id for id in request.form.getlist("id", type=int) if abs(id) <= MOST_ID]
    with services().database.transaction() as session:
        count = retry_dead(session, ids, installation_id=installation_id, clock=services().clock)
    return to("queue", installation_id, done=str(count))
