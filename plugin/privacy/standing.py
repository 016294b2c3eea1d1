"""What a CRM says of a person's mail, as suppressions that come and go with what it says.

So it holds wherever suppressions do, at no further cost: no link is made, an open plays and isn't measured, nothing is
written to the CRM.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from sqlalchemy import Table, select

from plugin.kernel.bulk import among, packed
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.seal import Vault
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import CRM_REASONS, lift, pseudonym_of
from plugin.recipients.ports import ExternalRef

_TABLE = cast("Table", Suppression.__table__)


def keep_standing(
    database: Database,
    vault: Vault,
    standing: Mapping[ExternalRef, Collection[str]],
    *,
    clock: Clock = utcnow,
) -> int:
    """Bring our suppressions in line with `standing` (person → reasons); how many people that changed.

    A reason that isn't the CRM's (an erasure, a person's own stop) is never touched.
    """
    wanted = {pseudonym_of(vault, ref): set(reasons) for ref, reasons in standing.items()}
    held = _held(database, wanted)
    changed = {
        pseudonym: (reasons, held.get(pseudonym, set()))
        for pseudonym, reasons in wanted.items()
        if reasons != held.get(pseudonym, set())
    }
    if not changed:
        return 0
    now = clock()
    with database.transaction() as session:
        statement = insert_ignoring(session.get_bind().dialect.name, _TABLE, ["pseudonym", "reason"])
        for pseudonym, (reasons, known) in sorted(changed.items()):
            for reason in sorted(known - reasons):
                lift(session, pseudonym, reason)
            rows = [{"pseudonym": pseudonym, "reason": reason, "at": now} for reason in sorted(reasons - known)]
            if rows:
                session.execute(statement, rows)
    return len(changed)


def _held(database: Database, pseudonyms: Iterable[str]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    with database.reading() as session:
        rows = session.execute(
            select(Suppression.pseudonym, Suppression.reason).where(
                among(session.get_bind().dialect.name, Suppression.pseudonym), Suppression.reason.in_(CRM_REASONS)
            ),
            {"given": packed((each,) for each in pseudonyms)},
        )
        for pseudonym, reason in rows:
            held.setdefault(pseudonym, set()).add(reason)
    return held
