"""What follows when Salesforce says that a record was deleted, restored, merged, converted or emptied from the bin.

Doing it twice changes nothing. Salesforce has no word for 'erased at the person's wish'; what comes nearest is a record
that is deleted *and* out of the recycle bin, where nobody can restore it: that is taken as one.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy import delete, select, update

from connectors import people
from connectors.salesforce import records
from connectors.salesforce.models import SalesforceRecord, SalesforceVisit
from connectors.salesforce.names import PREFIXES
from connectors.salesforce.org import Org
from connectors.salesforce.records import Known
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.models import Visit
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()


def deleted(org: Org, record_id: str, known_as: Collection[str]) -> None:
    """To the recycle bin, with all this person is known as: see `people.put_away`."""
    now = org.clock()
    with org.database.transaction() as session:
        records.put(session, org, {record_id: Known(gone_at=now, deleted_at=now)})
        people.put_away(session, refs(org, known_as), clock=org.clock)
    log.info("salesforce.record_deleted", installation_id=org.installation_id)


def restored(org: Org, record_ids: Collection[str]) -> None:
    """Out of the bin again: as before from the next open on."""
    _forget_deletion(org, record_ids)
    log.info("salesforce.records_restored", installation_id=org.installation_id, records=len(record_ids))


def erased(org: Org, record_id: str, known_as: Collection[str]) -> None:
    """Out of the bin for good: see `people.erase`.

    Rows of engagement stay in the org, where they hang on nobody any more; what the person took back of them is still
    taken back.
    """
    with org.database.transaction() as session:
        recipients = people.recipients_of(session, refs(org, known_as))
        people.erase(session, org.vault, refs(org, known_as), tell=(WITHDRAWN,), clock=org.clock)
        of_them = select(Visit.id).where(Visit.recipient_id.in_([each.id for each in recipients]))
        rows = (SalesforceVisit.installation_id == org.installation_id, SalesforceVisit.visit_id.in_(of_them))
        session.execute(delete(SalesforceVisit).where(*rows), execution_options={"synchronize_session": False})
        mine = (SalesforceRecord.installation_id == org.installation_id, SalesforceRecord.record_id.in_(known_as))
        session.execute(delete(SalesforceRecord).where(*mine), execution_options={"synchronize_session": False})
    log.info("salesforce.record_erased", installation_id=org.installation_id, record=record_id[:3])


def merged(org: Org, old_id: str, survivor_id: str) -> None:
    """Who was merged is the survivor from now on: see `people.join`."""
    old, survivor = refs(org, [old_id]), refs(org, [survivor_id])
    with org.database.transaction() as session:
        records.put(session, org, {old_id: Known(moved_to=survivor_id)})
        for each in old:
            people.join(session, org.vault, each, survivor[0], clock=org.clock)
    log.info("salesforce.record_merged", installation_id=org.installation_id)


def converted(org: Org, lead_id: str, contact_id: str) -> None:
    """The lead's recipient goes on as a lead, so that its rows keep hanging on both; it is read as the contact."""
    with org.database.transaction() as session:
        records.put(session, org, {lead_id: Known(moved_to=contact_id)})


def refs(org: Org, record_ids: Collection[str]) -> list[ExternalRef]:
    """As recipients are named; what is none of the three objects is left out."""
    return [
        ExternalRef(org.installation_id, PREFIXES[each[:3]], each)
        for each in sorted(record_ids)
        if each[:3] in PREFIXES
    ]


def _forget_deletion(org: Org, record_ids: Collection[str]) -> None:
    with org.database.transaction() as session:
        mine = (SalesforceRecord.installation_id == org.installation_id, SalesforceRecord.record_id.in_(record_ids))
        back = update(SalesforceRecord).where(*mine).values(gone_at=None, deleted_at=None)
        session.execute(back, execution_options={"synchronize_session": False})
