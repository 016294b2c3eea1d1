"""Contacts and leads that changed since the last look: who wants no mail, who was deleted, merged, converted.

Of all that changed only people who got links are dealt with; of nobody else anything is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select

from connectors.salesforce import records
from connectors.salesforce.api.rows import Rows
from connectors.salesforce.models import SalesforceRecord
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.outcomes import effects
from connectors.salesforce.outcomes.changed import Asked, Cursor, cursor_from, walk
from connectors.salesforce.outcomes.hidden import where_shown
from connectors.salesforce.read.queries import OPT_OUT
from connectors.turn import cursor_of, keep_cursor
from plugin.kernel.bulk import among, packed
from plugin.privacy.standing import keep_standing
from plugin.privacy.suppress import OPTED_OUT
from plugin.recipients.models import Recipient

log = structlog.get_logger()

_FATE = ("IsDeleted", "MasterRecordId")
# Leads first: who was converted since is known then when the contact comes.
KINDS: Mapping[str, tuple[str, ...]] = {
    "Lead": (*_FATE, OPT_OUT, "IsConverted", "ConvertedContactId"),
    "Contact": (*_FATE, OPT_OUT),
}
_FIRST = timedelta(days=3650)
"""The first look is for those who opted out, as far back as Salesforce knows."""


def poll_people(org: Org) -> int:
    """Deal with everybody of ours who changed; how many. Two calls, and one more for each 2,000 that changed.

    Stopped anywhere, the next look goes on there. Raises `SalesforceError`.
    """
    return sum(where_shown(org, f"{kind.lower()}s", partial(_poll, org, kind)) for kind in KINDS)


def _poll(org: Org, kind: str) -> int:
    fields = tuple(name for name in KINDS[kind] if f"{kind}.{name}" not in org.config.missing)
    kept = cursor_of(org, kind)
    asked, cursor = Asked(kind, fields), cursor_from(kept, org.clock() - _FIRST)
    if not kept.get("begun"):
        # Everybody who ever changed is the whole org: of those only who opted out is looked for.
        if OPT_OUT in fields:
            asked = replace(asked, where=f"{OPT_OUT} = true")
        else:
            cursor = Cursor(org.clock())
    found = 0
    for rows, reached in walk(org, asked, cursor):
        found += _deal_with(org, rows)
        begun = bool(kept.get("begun")) or reached.whole
        keep_cursor(org, kind, {**reached.as_json(), "begun": begun})
    if found:
        log.info("salesforce.people_changed", installation_id=org.installation_id, kind=kind, people=found)
    return found


@dataclass(frozen=True, slots=True)
class _Ours:
    """Of the records of a page, who of ours each is, and which were deleted when last heard of."""

    known_as: Mapping[str, set[str]]
    were_deleted: set[str]


def _deal_with(org: Org, rows: Rows) -> int:
    by_id = {long_id(str(row["Id"])): row for row in rows if row.get("Id")}
    ours = _ours(org, by_id)
    live: dict[str, Mapping[str, Any]] = {}
    for record_id in ours.known_as:
        row = by_id[record_id]
        if master := row.get("MasterRecordId"):
            effects.merged(org, record_id, long_id(str(master)))
        elif row.get("IsDeleted"):
            effects.deleted(org, record_id, ours.known_as[record_id])
        else:
            live[record_id] = row
            if row.get("IsConverted") and row.get("ConvertedContactId"):
                effects.converted(org, record_id, long_id(str(row["ConvertedContactId"])))
    if back := ours.were_deleted & live.keys():
        effects.restored(org, back)
    _keep_standing(org, live, ours.known_as)
    return len(ours.known_as)


def _keep_standing(org: Org, live: Mapping[str, Mapping[str, Any]], known_as: Mapping[str, set[str]]) -> None:
    standing = {
        ref: frozenset({OPTED_OUT} if row[OPT_OUT] else ())
        for record_id, row in live.items()
        # A converted lead says nothing any more: the contact does.
        if OPT_OUT in row and not row.get("IsConverted")
        for ref in effects.refs(org, known_as[record_id])
    }
    keep_standing(org.database, org.vault, standing, clock=org.clock)


def _ours(org: Org, record_ids: Collection[str]) -> _Ours:
    with org.database.reading() as session:
        known_as = records.aliases(session, org, record_ids)
        given = {"given": packed((alias,) for aliases in known_as.values() for alias in aliases)}
        dialect = session.get_bind().dialect.name
        people = select(Recipient.external_id).where(
            Recipient.installation_id == org.installation_id, among(dialect, Recipient.external_id)
        )
        mine = set(session.scalars(people, given))
        gone = select(SalesforceRecord.record_id).where(
            SalesforceRecord.installation_id == org.installation_id,
            SalesforceRecord.deleted_at.is_not(None),
            among(dialect, SalesforceRecord.record_id),
        )
        were_deleted = set(session.scalars(gone, given))
    return _Ours({each: aliases for each, aliases in known_as.items() if aliases & mine}, were_deleted)
