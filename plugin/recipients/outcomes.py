"""Keeping what came of it in the CRM, as it last stood: the newest word counts, whichever comes first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, cast

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring
from plugin.recipients.models import Outcome, OutcomePerson, Recipient

State = Literal["open", "won", "lost"]
_TABLE = cast("Table", Outcome.__table__)
_PEOPLE = cast("Table", OutcomePerson.__table__)


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome as the CRM tells it; `people` are external ids of records it concerns."""

    kind: str
    external_id: str
    stage: str
    state: State
    amount: Decimal | None
    currency: str | None
    closed_at: datetime | None
    modified_at: datetime
    people: frozenset[str]


def keep(session: Session, installation_id: str, outcomes: Sequence[Told]) -> int:
    """Keep those that concern a recipient of this installation, or did before; how many were new or newer.

    Joins the caller's transaction. Telling the same twice changes nothing, and an older word never replaces a newer.
    """
    known = _recipients(session, installation_id, {person for each in outcomes for person in each.people})
    kept = _kept(session, installation_id, {each.external_id for each in outcomes})
    newer = 0
    for each in sorted(outcomes, key=lambda told: (told.kind, told.external_id)):
        people = each.people & known
        if not people and (each.kind, each.external_id) not in kept:
            continue
        if _put(session, installation_id, each):
            newer += 1
            _put_people(session, installation_id, each, people)
    return newer


def forget(session: Session, installation_id: str, kind: str, external_ids: Collection[str]) -> int:
    """The CRM has these no more: whatever they said counts for nothing; how many were kept. Joins the transaction."""
    kept = sorted(each for of, each in _kept(session, installation_id, external_ids) if of == kind)
    for table in (OutcomePerson, Outcome):
        mine = (table.installation_id == installation_id, table.kind == kind, table.external_id.in_(kept))
        session.execute(delete(table).where(*mine), execution_options={"synchronize_session": False})
    return len(kept)


def _put(session: Session, installation_id: str, told: Told) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "installation_id": installation_id,
        "kind": told.kind,
        "external_id": told.external_id,
        "stage": told.stage,
        "state": told.state,
        "amount": None if told.amount is None else str(told.amount),
        "currency": told.currency,
        "closed_at": told.closed_at,
        "modified_at": told.modified_at,
    }
    statement = insert(_TABLE).values(row)
    unique = ["installation_id", "kind", "external_id"]
    put = statement.on_conflict_do_update(
        index_elements=unique,
        set_={name: statement.excluded[name] for name in row if name not in unique},
        # At the same moment too: whom a deal concerns may change without the deal.
        where=_TABLE.c.modified_at <= statement.excluded.modified_at,
    )
    return session.execute(put.returning(_TABLE.c.external_id)).first() is not None


def _put_people(session: Session, installation_id: str, told: Told, people: Collection[str]) -> None:
    mine = (
        OutcomePerson.installation_id == installation_id,
        OutcomePerson.kind == told.kind,
        OutcomePerson.external_id == told.external_id,
    )
    session.execute(delete(OutcomePerson).where(*mine, OutcomePerson.person_id.not_in(people)))
    place = {"installation_id": installation_id, "kind": told.kind, "external_id": told.external_id}
    rows = [{**place, "person_id": person} for person in sorted(people)]
    if rows:
        unique = [*place, "person_id"]
        session.execute(insert_ignoring(session.get_bind().dialect.name, _PEOPLE, unique), rows)


def _recipients(session: Session, installation_id: str, people: Collection[str]) -> frozenset[str]:
    found = select(Recipient.external_id).where(
        Recipient.installation_id == installation_id,
        among(session.get_bind().dialect.name, Recipient.external_id),
    )
    return frozenset(session.scalars(found, {"given": packed((person,) for person in people)}))


def _kept(session: Session, installation_id: str, ids: Collection[str]) -> set[tuple[str, str]]:
    found = select(Outcome.kind, Outcome.external_id).where(
        Outcome.installation_id == installation_id,
        among(session.get_bind().dialect.name, Outcome.external_id),
    )
    rows = session.execute(found, {"given": packed((each,) for each in ids)})
    return {(kind, external_id) for kind, external_id in rows}
