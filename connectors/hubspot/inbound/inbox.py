"""What webhooks told, kept until it was acted on: HubSpot is answered once it stands here, the worker does the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.api.batch import read_many
from connectors.hubspot.inbound import webhooks
from connectors.hubspot.inbound.changes import note_changes
from connectors.hubspot.inbound.effects import contact_deleted, contacts_merged, privacy_deleted
from connectors.hubspot.inbound.webhooks import CHANGED, ERASED, STANDING, Told
from connectors.hubspot.models import HubSpotContact, HubSpotInbox
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import STANDING_NEEDS, standing_of
from connectors.hubspot.read.known import aliases_of
from connectors.hubspot.read.standing import CONTACT, keep_standing
from plugin.kernel.bulk import among, packed
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import Busy
from plugin.kernel.seal import Vault
from plugin.recipients.models import Recipient

log = structlog.get_logger()

BATCH = 100
LEASE = timedelta(seconds=60)
GIVEN_UP = 10
"""Tries at a standing that can't be read: the next open, list or poll sees to it."""
_FIRST_S, _MOST_S = 5, 3600
_TABLE = cast("Table", HubSpotInbox.__table__)


def store(
    session: Session, vault: Vault, installations: Mapping[str, str], told: Sequence[Told], *, clock: Clock = utcnow
) -> int:
    """Keep what concerns people we know, by portal id → installation id; how many things that were.

    A deletion at the person's wish is kept whoever it is about: nobody may bring them back later.
    """
    now, kept = clock(), 0
    for portal_id, installation_id in sorted(installations.items()):
        here = [each for each in told if each.portal_id == portal_id]
        kept += note_changes(session, vault, installation_id, [each for each in here if each.kind == CHANGED], now)
        acts = [each for each in here if each.kind != CHANGED]
        known = _known(session, installation_id, {id_ for each in acts for id_ in _ids(each)})
        rows = [
            _row(installation_id, each, now) for each in acts if each.kind == ERASED or known.intersection(_ids(each))
        ]
        if rows:
            session.execute(insert_ignoring(session.get_bind().dialect.name, _TABLE, ["key"]), rows)
        kept += len(rows)
    return kept


def act(database: Database, portals: Callable[[str], Portal], *, clock: Clock = utcnow) -> int:
    """Act on what is due of one account, in the order it came; how many things that were.

    Each stands alone: what fails is tried again later, and holds up nothing else. Acting twice changes nothing.
    """
    rows = _claim(database, clock())
    if not rows:
        return 0
    try:
        portal = portals(rows[0].installation_id)
    except Exception as error:
        for row in rows:
            _failed(database, row, error, clock())
        return len(rows)
    standing = [row for row in rows if row.kind == STANDING]
    for group in [*([row] for row in rows if row.kind != STANDING), standing]:
        if group:
            _do(database, portal, group, clock)
    return len(rows)


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is something to act on."""
    return session.scalar(select(HubSpotInbox.id).where(HubSpotInbox.due_at <= now).limit(1)) is not None


def _do(database: Database, portal: Portal, rows: Sequence[HubSpotInbox], clock: Clock) -> None:
    try:
        _carry_out(portal, rows)
        with database.transaction() as session:
            session.execute(delete(_TABLE).where(_TABLE.c.id.in_([row.id for row in rows])))
    except Busy:
        raise
    except Exception as error:
        for row in rows:
            _failed(database, row, error, clock())


def _carry_out(portal: Portal, rows: Sequence[HubSpotInbox]) -> None:
    row = rows[0]
    match row.kind:
        case webhooks.ERASED:
            privacy_deleted(portal, row.contact_id)
        case webhooks.DELETED:
            contact_deleted(portal, row.contact_id)
        case webhooks.MERGED:
            contacts_merged(portal, row.contact_id, [str(each) for each in row.data.get("merged", [])])
        case webhooks.STANDING:
            _look_at_standing(portal, sorted({each.contact_id for each in rows}))


def _look_at_standing(portal: Portal, contact_ids: Sequence[str]) -> None:
    """Read it as it is now: single changes may come in any order, and one of several reasons says little alone."""
    found = read_many(portal.api, "contacts", contact_ids, STANDING_NEEDS)
    standing = {each: standing_of(properties) for each, properties in found.items()}
    before = aliases_of(portal, list(standing))
    keep_standing(portal, standing | {old: standing[now] for old, now in before.items() if now in standing})


def _claim(database: Database, now: datetime) -> Sequence[HubSpotInbox]:
    due = select(HubSpotInbox).where(HubSpotInbox.due_at <= now)
    with database.reading() as session:
        first = session.scalar(due.with_only_columns(HubSpotInbox.installation_id).order_by(HubSpotInbox.id).limit(1))
    if first is None:
        return []
    with database.transaction() as session:
        ours = due.where(HubSpotInbox.installation_id == first).order_by(HubSpotInbox.id).limit(BATCH)
        rows = session.scalars(ours.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.due_at, row.attempts = now + LEASE, row.attempts + 1
        return rows


def _failed(database: Database, row: HubSpotInbox, error: Exception, now: datetime) -> None:
    if row.kind == STANDING and row.attempts >= GIVEN_UP:
        with database.transaction() as session:
            session.execute(delete(_TABLE).where(_TABLE.c.id == row.id))
        return
    wait = timedelta(seconds=min(_MOST_S, _FIRST_S * 2 ** min(row.attempts, 12)))
    log.warning(
        "hubspot.webhook_put_off", installation_id=row.installation_id, kind=row.kind, error=type(error).__name__
    )
    with database.transaction() as session:
        session.execute(update(_TABLE).where(_TABLE.c.id == row.id).values(due_at=now + wait, problem=str(error)[:300]))


def _ids(told: Told) -> Collection[str]:
    return (told.contact_id, *told.merged_ids)


def _known(session: Session, installation_id: str, contact_ids: Collection[str]) -> set[str]:
    """Those we have a link, or something that was told, of."""
    if not contact_ids:
        return set()
    dialect, given = session.get_bind().dialect.name, {"given": packed((each,) for each in contact_ids)}
    people = select(Recipient.external_id).where(
        Recipient.installation_id == installation_id,
        Recipient.external_type == CONTACT,
        among(dialect, Recipient.external_id),
    )
    contacts = select(HubSpotContact.contact_id).where(
        HubSpotContact.installation_id == installation_id, among(dialect, HubSpotContact.contact_id)
    )
    return {*session.scalars(people, given), *session.scalars(contacts, given)}


def _row(installation_id: str, told: Told, now: datetime) -> dict[str, object]:
    return {
        "installation_id": installation_id,
        "key": told.key,
        "kind": told.kind,
        "contact_id": told.contact_id,
        "data": {"merged": list(told.merged_ids)} if told.merged_ids else {},
        "attempts": 0,
        "due_at": now,
        "at": now,
    }
