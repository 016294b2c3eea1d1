"""People not to be written about: kept as a keyed pseudonym of their CRM record, so that a re-sync can't undo it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from plugin.kernel.bulk import among, packed
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.privacy.models import Suppression
from plugin.recipients.ports import ExternalRef

OPTED_OUT = "crm_opt_out"
"""The CRM says that they want no mail at all."""
BOUNCED = "crm_bounce"
"""The CRM says that their address takes no mail: whoever opens a link sent there isn't known to be them."""
CRM_REASONS = (OPTED_OUT, BOUNCED)
"""Reasons a CRM gives and takes back, as against what a person asked of us."""
WORDS = {OPTED_OUT: "they opted out of mail", BOUNCED: "mail to their address comes back"}

_FIND = Prepared(select(Suppression.pseudonym).where(Suppression.pseudonym == bindparam("pseudonym")))
_REASONS = Prepared(select(Suppression.reason).where(Suppression.pseudonym == bindparam("pseudonym")))


def pseudonym_of(vault: Vault, ref: ExternalRef) -> str:
    """What this person is suppressed under: known from the CRM record alone, whatever id we gave them."""
    return vault.pseudonym("suppression", f"{ref.installation_id}|{ref.type}|{ref.id}")


def suppress(session: Session, pseudonym: str, reason: str, *, clock: Clock = utcnow) -> None:
    """Never again issue, measure or report, until this reason is lifted; doing it twice changes nothing."""
    table = Suppression.__table__
    assert isinstance(table, Table)
    statement = insert_ignoring(session.get_bind().dialect.name, table, ["pseudonym", "reason"])
    session.execute(statement, [{"pseudonym": pseudonym, "reason": reason, "at": clock()}])


def lift(session: Session, pseudonym: str, reason: str | None = None) -> None:
    """Take back one reason; None: all of them, at the person's own wish."""
    gone = delete(Suppression).where(Suppression.pseudonym == pseudonym)
    session.execute(gone if reason is None else gone.where(Suppression.reason == reason))


def is_suppressed(session: Session, pseudonym: str) -> bool:
    """Whether this person is not to be written about."""
    return _FIND.first(session, {"pseudonym": pseudonym}) is not None


def silenced(session: Session, vault: Vault, refs: Iterable[ExternalRef]) -> set[ExternalRef]:
    """Those of many who are not to be written about."""
    named = {pseudonym_of(vault, ref): ref for ref in refs}
    if not named:
        return set()
    held = select(Suppression.pseudonym).where(among(session.get_bind().dialect.name, Suppression.pseudonym))
    return {named[each] for each in session.scalars(held, {"given": packed((each,) for each in named)})}


def reasons(session: Session, pseudonym: str) -> frozenset[str]:
    """Why they are suppressed; empty: they aren't."""
    return frozenset(reason for (reason,) in _REASONS.all(session, {"pseudonym": pseudonym}))


def in_words(held: Collection[str]) -> str:
    """Reasons as an admin reads them."""
    known = [WORDS[reason] for reason in CRM_REASONS if reason in held]
    return " and ".join(known) or "they asked not to be addressed"
