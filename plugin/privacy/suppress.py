"""People not to be written about: kept as a keyed pseudonym of their CRM record, so that a re-sync can't undo it."""

from __future__ import annotations

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.privacy.models import Suppression
from plugin.recipients.ports import ExternalRef

_FIND = Prepared(select(Suppression.pseudonym).where(Suppression.pseudonym == bindparam("pseudonym")))


def pseudonym_of(vault: Vault, ref: ExternalRef) -> str:
    """What this person is suppressed under: known from the CRM record alone, whatever id we gave them."""
    return vault.pseudonym("suppression", f"{ref.installation_id}|{ref.type}|{ref.id}")


def suppress(session: Session, pseudonym: str, reason: str, *, clock: Clock = utcnow) -> None:
    """Never again issue, measure or report; doing it twice changes nothing."""
    table = Suppression.__table__
    assert isinstance(table, Table)
    statement = insert_ignoring(session.get_bind().dialect.name, table, ["pseudonym"])
    session.execute(statement, [{"pseudonym": pseudonym, "reason": reason, "at": clock()}])


def lift(session: Session, pseudonym: str) -> None:
    """Allow it again, at the person's own wish."""
    session.execute(delete(Suppression).where(Suppression.pseudonym == pseudonym))


def is_suppressed(session: Session, pseudonym: str) -> bool:
    """Whether this person is not to be written about."""
    return _FIND.first(session, {"pseudonym": pseudonym}) is not None
