"""What we know of the records links are made for: whom a member stands for, where a merged one went, who opted out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.salesforce.models import SalesforceRecord
from connectors.salesforce.org import Org
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring

MOST_HOPS = 8


@dataclass(frozen=True, slots=True)
class Known:
    """What was just learnt of a record; None: not learnt."""

    contact_id: str | None = None
    lead_id: str | None = None
    campaign_id: str | None = None
    moved_to: str | None = None
    gone_at: datetime | None = None
    deleted_at: datetime | None = None


def remember(org: Org, record_id: str, known: Known) -> None:
    """Keep it, if it is new."""
    with org.database.reading() as session:
        held = session.get(SalesforceRecord, (org.installation_id, record_id))
        if held is not None and not _news(held, known):
            return
    with org.database.transaction() as session:
        put(session, org, {record_id: known})


def put(session: Session, org: Org, known: Mapping[str, Known]) -> None:
    """Keep what was learnt of many records."""
    if not known:
        return
    now = org.clock()
    fresh = insert_ignoring(session.get_bind().dialect.name, cast("Table", SalesforceRecord.__table__))
    rows = [
        {
            "installation_id": org.installation_id,
            "record_id": record_id,
            "status_rank": 0,
            "updated_at": now,
        }
        for record_id in sorted(known)
    ]
    session.execute(fresh, rows)
    for record_id, held in of(session, org, known).items():
        for name, value in _news(held, known[record_id]).items():
            setattr(held, name, value)
        held.updated_at = now


def of(session: Session, org: Org, record_ids: Collection[str]) -> dict[str, SalesforceRecord]:
    """The records among `record_ids` that are known."""
    query = select(SalesforceRecord).where(
        SalesforceRecord.installation_id == org.installation_id, SalesforceRecord.record_id.in_(list(record_ids))
    )
    return {row.record_id: row for row in session.scalars(query)}


def where_now(session: Session, org: Org, record_id: str) -> str:
    """The id a record is found under now, after the merges and conversions we know of."""
    for _ in range(MOST_HOPS):
        held = session.get(SalesforceRecord, (org.installation_id, record_id))
        if held is None or held.moved_to is None:
            break
        record_id = held.moved_to
    return record_id


def all_now(session: Session, org: Org, record_ids: Collection[str]) -> dict[str, str]:
    """The id each record is found under now: `where_now` for many in a few queries."""
    found = {record_id: record_id for record_id in record_ids}
    asked = set(found)
    for _ in range(MOST_HOPS):
        known = of(session, org, asked) if asked else {}
        moved = {old: to for old, now in found.items() if now in known and (to := known[now].moved_to) is not None}
        found |= moved
        asked = set(moved.values())
        if not asked:
            break
    return found


def aliases(session: Session, org: Org, record_ids: Collection[str]) -> dict[str, set[str]]:
    """By person (the id they have now): every id they are known by, as lead, as campaign member, before a merge."""
    found = {each: {each} for each in record_ids}
    person = {each: each for each in record_ids}
    wanted = list(record_ids)
    for _ in range(MOST_HOPS):
        fresh: list[str] = []
        for record_id, of in _pointing_to(session, org, wanted):
            if record_id not in person:
                person[record_id] = person[of]
                found[person[of]].add(record_id)
                fresh.append(record_id)
        wanted = fresh
        if not wanted:
            break
    return found


def _pointing_to(session: Session, org: Org, record_ids: Collection[str]) -> list[tuple[str, str]]:
    """Records (and which of these each stands for) that are of the same person."""
    found: list[tuple[str, str]] = []
    # One index each: a query for all three would look through the whole table.
    for column in (SalesforceRecord.contact_id, SalesforceRecord.lead_id, SalesforceRecord.moved_to):
        query = select(SalesforceRecord.record_id, column).where(
            SalesforceRecord.installation_id == org.installation_id, among(session.get_bind().dialect.name, column)
        )
        rows = session.execute(query, {"given": packed((each,) for each in record_ids)})
        found += [(record_id, str(of)) for record_id, of in rows]
    return found


def _news(held: SalesforceRecord, known: Known) -> dict[str, Any]:
    given = {field.name: getattr(known, field.name) for field in fields(known)}
    return {name: value for name, value in given.items() if value is not None and getattr(held, name) != value}
