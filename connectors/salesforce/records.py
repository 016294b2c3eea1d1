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
            "opted_out": False,
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


def _news(held: SalesforceRecord, known: Known) -> dict[str, Any]:
    given = {field.name: getattr(known, field.name) for field in fields(known)}
    return {name: value for name, value in given.items() if value is not None and getattr(held, name) != value}
