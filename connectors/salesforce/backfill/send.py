"""Sending rows by Bulk 2.0, and what became of each: taken up anywhere, no row is worked off twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

import structlog

from connectors.salesforce.api import bulk
from connectors.salesforce.api.bulk import JobState
from connectors.salesforce.api.errors import NotThere
from connectors.salesforce.backfill.jobs import LEASE
from connectors.salesforce.org import Org
from connectors.salesforce.writeback import fold, settle
from plugin.outbox.ports import Dead, Delivered, Settlement

log = structlog.get_logger()

OBJECT, KEY = "Video_Engagement__c", "Session_Key__c"
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 20.0
"""Between looks at a job: Salesforce begins within seconds, and each look is one of the day's calls."""
GIVE_UP = timedelta(hours=6)
Rows = Mapping[str, dict[str, Any]]


class Hand(Protocol):
    """Who is at the job."""

    def keep(self, **values: object) -> None:
        """Still at it, and what is known by now; raises when somebody else is."""
        ...

    def rest(self, seconds: float) -> None:
        """Wait; raises when told to stop."""
        ...


def goes_in_bulk(row: Mapping[str, Any]) -> bool:
    """Whether a row may wait in a file: not one that holds what its person may take back at any moment."""
    return fold.FACING not in row and bulk.fits(row)


def send(org: Org, job_id: str | None, rows: Rows, hand: Hand) -> dict[str, Settlement]:
    """What became of rows by visit; one that is missing is still to be written.

    `job_id`: Salesforce's, of somebody who got that far. Raises `SalesforceError` and what the hand raises.
    """
    keys = {row[KEY]: visit_id for visit_id, row in rows.items()}
    known = _where_it_stands(org, job_id) if job_id is not None else None
    if known is None or job_id is None:
        if not rows:
            return {}
        job_id = _begin(org, rows, hand)
    state = _wait(org, job_id, known, hand)
    found: dict[str, Settlement] = {}
    if state.processed:
        done = bulk.results(org.api, job_id, "successfulResults")
        found |= {keys[row[KEY]]: Delivered() for row in done if row.get(KEY) in keys}
    if len(found) < len(rows):
        found |= _refused(org, job_id, keys)
    log.info(
        "salesforce.bulk_done",
        installation_id=org.installation_id,
        rows=len(rows),
        written=sum(isinstance(each, Delivered) for each in found.values()),
        state=state.state,
        problem=state.problem,
    )
    return found


def _where_it_stands(org: Org, job_id: str) -> JobState | None:
    """None: nothing of it was or will be worked off, so its rows can go anew."""
    try:
        state = bulk.look(org.api, job_id)
    except NotThere:
        return None
    if state.is_open:
        # Whoever opened it may or may not have uploaded: it is never to be worked off.
        bulk.abort(org.api, job_id)
        return None
    return None if state.state == "Aborted" and not state.processed else state


def _begin(org: Org, rows: Rows, hand: Hand) -> str:
    # Those of one record together, so that they don't keep each other from its lock.
    ordered = sorted(rows.values(), key=lambda row: (str(row.get("Contact__c")), str(row.get("Lead__c")), row[KEY]))
    columns = sorted({name for row in ordered for name in row if name != "attributes"})
    content = bulk.as_csv(ordered, columns)
    hand.keep(job_id=None)
    job_id = bulk.open_job(org.api, OBJECT, KEY)
    hand.keep(job_id=job_id, rows=len(rows))
    bulk.upload(org.api, job_id, content)
    hand.keep()
    bulk.close(org.api, job_id)
    return job_id


def _wait(org: Org, job_id: str, known: JobState | None, hand: Hand) -> JobState:
    """Until it is worked off, or has taken too long and is ended: what is left of it is then still to be written."""
    wait_s, waited = FIRST_WAIT_S, timedelta()
    state = known or bulk.look(org.api, job_id)
    while state.is_waiting or state.is_open:
        if waited >= GIVE_UP:
            bulk.abort(org.api, job_id)
        hand.rest(min(wait_s, LEASE.total_seconds() / 3))
        waited += timedelta(seconds=wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        hand.keep()
        state = bulk.look(org.api, job_id)
    return state


def _refused(org: Org, job_id: str, keys: Mapping[str, str]) -> dict[str, Settlement]:
    """Rows that are refused for good; those locked, gone or forbidden are tried again one way or another."""
    found: dict[str, Settlement] = {}
    for row in bulk.results(org.api, job_id, "failedResults"):
        answer = settle.of_fault(bulk.fault_of(row.get("sf__Error", "")))
        if isinstance(answer, Dead) and row.get(KEY) in keys:
            found[keys[row[KEY]]] = answer
    return found
