"""What is looked after in an org beside what changed: people not looked at yet, records out of the bin, old rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, select

from connectors.salesforce import records
from connectors.salesforce.api.rows import pages
from connectors.salesforce.api.soql import soql
from connectors.salesforce.models import SalesforceRecord, SalesforceVisit
from connectors.salesforce.names import PREFIXES, long_id
from connectors.salesforce.org import Org
from connectors.salesforce.outcomes import effects
from connectors.salesforce.read.fate import CHUNK
from connectors.salesforce.read.standing import look
from plugin.recipients.models import Recipient

log = structlog.get_logger()

NEWCOMERS = 20_000
MOST = 2_000
"""Records of one turn; the rest has its turn later."""
LATEST = timedelta(days=7)
"""More than the outbox's patience with one message."""
_KINDS = {"003": "Contact", "00Q": "Lead"}


def look_at_newcomers(org: Org) -> int:
    """Look at everybody who got a link and was never looked at; how many those were.

    Whether they want mail, and who stands behind campaign members: else an opt-out from before, or a deal, would pass
    them by. A call for 2,000. Raises `SalesforceError`.
    """
    known = exists().where(
        SalesforceRecord.installation_id == Recipient.installation_id,
        SalesforceRecord.record_id == Recipient.external_id,
    )
    unknown = (
        select(Recipient.external_id)
        .where(Recipient.installation_id == org.installation_id, Recipient.external_type.in_(PREFIXES.values()), ~known)
        .limit(NEWCOMERS)
    )
    with org.database.reading() as session:
        ids = list(session.scalars(unknown))
    if ids:
        look(org, ids)
    return len(ids)


def look_in_bin(org: Org) -> int:
    """Of records Salesforce said were deleted: those out of the bin are erased; how many. Raises `SalesforceError`.

    Only what was said counts: a record that merely isn't shown to us any more is nobody's erasure.
    """
    waiting = (
        select(SalesforceRecord.record_id)
        .where(
            SalesforceRecord.installation_id == org.installation_id,
            SalesforceRecord.deleted_at.is_not(None),
            SalesforceRecord.moved_to.is_(None),
        )
        .order_by(SalesforceRecord.deleted_at)
        .limit(MOST)
    )
    with org.database.reading() as session:
        ids = list(session.scalars(waiting))
    there = _still_there(org, ids)
    gone = [each for each in ids if each[:3] in _KINDS and each not in there]
    with org.database.reading() as session:
        known_as = records.aliases(session, org, gone)
    for each in gone:
        effects.erased(org, each, known_as[each])
    return len(gone)


def forget_rows(org: Org, *, event_days: int) -> int:
    """Forget what was told of visits that can't change any more; how many. What may have to go from a row stays known.

    A visit changes as long as its events are there, and its messages stay in the outbox as long again.
    """
    old = (
        select(SalesforceVisit.visit_id)
        .where(
            SalesforceVisit.installation_id == org.installation_id,
            SalesforceVisit.updated_at < org.clock() - 2 * timedelta(days=event_days) - LATEST,
        )
        .order_by(SalesforceVisit.updated_at)
        .limit(MOST)
    )
    with org.database.reading() as session:
        ids = list(session.scalars(old))
    if ids:
        mine = (SalesforceVisit.installation_id == org.installation_id, SalesforceVisit.visit_id.in_(ids))
        with org.database.transaction() as session:
            session.execute(delete(SalesforceVisit).where(*mine), execution_options={"synchronize_session": False})
    return len(ids)


def _still_there(org: Org, record_ids: Collection[str]) -> set[str]:
    """In the bin or out of it again."""
    found: set[str] = set()
    for prefix, kind in _KINDS.items():
        ids = sorted(each for each in record_ids if each.startswith(prefix))
        for start in range(0, len(ids), CHUNK):
            query = soql(f"SELECT Id FROM {kind} WHERE Id IN {{ids}}", ids=ids[start : start + CHUNK])
            for page in pages(org.api, query, deleted=True):
                found |= {long_id(str(row["Id"])) for row in page}
    return found
