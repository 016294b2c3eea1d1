"""Telling an org what happened: rows upserted 200 a call by the visit's key, members' statuses moved forward."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import structlog
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.salesforce import records
from connectors.salesforce.api.errors import SalesforceError, UnknownName
from connectors.salesforce.models import SalesforceVisit
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import follow, members
from connectors.salesforce.writeback import fold, settle
from connectors.salesforce.writeback.statuses import move_forward
from connectors.salesforce.writeback.withdraw import take_out
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Settlement
from plugin.privacy import suppress
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()

BATCH = 200
"""Records of one collection call: the most Salesforce takes."""
BUDGET_S = 40.0
"""Less than the outbox's lease, so that nobody else begins what we haven't ended."""
_GONE = Dead("The record was deleted in Salesforce. Restore it and retry; else nothing is left to do.")
_NO_ID = Dead("That is no Salesforce record id: the link was made for something else.")


def deliver(org: Org, messages: Sequence[Message]) -> Sequence[Settlement]:
    """Fold the messages into their visits' rows, write the rows, and say of each message what became of its row.

    A row's values only ever grow and are keyed by the visit, so writing it twice, or after a time-out that hid a
    success, changes nothing. One goes: the share of facing the screen, when the person takes it back.
    """
    until = time.monotonic() + BUDGET_S
    by_visit, settled = _sorted(org, messages)
    subjects = {visit_id: str(_record_id(messages[places[0]])) for visit_id, places in by_visit.items()}
    news = {visit_id: [messages[place] for place in places] for visit_id, places in by_visit.items()}
    told = {visit_id for visit_id, each in news.items() if any(message.kind != WITHDRAWN for message in each)}
    try:
        lookups = _lookups(org, {subjects[visit_id] for visit_id in told})
    except SalesforceError as error:
        return [settled.get(place, settle.of_call(error)) for place in range(len(messages))]
    with org.database.transaction() as session:
        folded = _fold(session, org, news)
    rows = {visit_id: fold.row(visit_id, folded[visit_id], lookups[subjects[visit_id]]) for visit_id in sorted(told)}
    outcomes = _write(org, rows, subjects, until)
    _move(org, {subjects[each]: folded[each] for each, fate in outcomes.items() if isinstance(fate, Delivered)})
    for visit_id, places in by_visit.items():
        settled |= dict.fromkeys(places, outcomes.get(visit_id, Delivered()))
    faced = {visit_id for visit_id, each in folded.items() if fold.faces(each)}
    settled |= _take_back(org, messages, {each: by_visit[each] for each in by_visit if each not in faced}, outcomes)
    return _in_order(messages, settled)


def _sorted(org: Org, messages: Sequence[Message]) -> tuple[dict[str, list[int]], dict[int, Settlement]]:
    """Places by visit, and what is settled at once: of people who may not be written about nothing is told.

    What somebody took back is taken back of them, too.
    """
    refs = {message.subject: ref for message in messages if (ref := _ref(org, message)) is not None}
    with org.database.reading() as session:
        silent = suppress.silenced(session, org.vault, refs.values())
    by_visit: dict[str, list[int]] = {}
    settled: dict[int, Settlement] = {}
    for place, message in enumerate(messages):
        visit_id = message.payload.get("visit_id") or message.payload.get("session_key")
        ref = refs.get(message.subject)
        if ref is None:
            settled[place] = _NO_ID
        elif not isinstance(visit_id, str) or (ref in silent and message.kind != WITHDRAWN):
            settled[place] = Delivered()
        else:
            by_visit.setdefault(visit_id, []).append(place)
    return by_visit, settled


def _take_back(
    org: Org, messages: Sequence[Message], places: Mapping[str, Sequence[int]], written: Mapping[str, Settlement]
) -> dict[int, Settlement]:
    """What was withdrawn, of visits whose row wasn't written just now: alone, whatever became of their person."""
    owed = {
        visit_id: [place for place in each if messages[place].kind == WITHDRAWN]
        for visit_id, each in places.items()
        if not isinstance(written.get(visit_id), Delivered | Retry)
    }
    fates = take_out(org, [visit_id for visit_id, each in owed.items() if each])
    return {place: fates[visit_id] for visit_id, each in owed.items() for place in each}


def _in_order(messages: Sequence[Message], settled: Mapping[int, Settlement]) -> list[Settlement]:
    """None overtakes: behind a message put off, those of the same record wait too, though written already."""
    waiting: dict[str, Settlement] = {}
    answers: list[Settlement] = []
    for place, message in enumerate(messages):
        answer = waiting.get(message.subject, settled[place])
        if isinstance(answer, Retry):
            waiting[message.subject] = answer
        answers.append(answer)
    return answers


def _write(
    org: Org, rows: Mapping[str, dict[str, Any]], subjects: Mapping[str, str], until: float
) -> dict[str, Settlement]:
    outcomes: dict[str, Settlement] = {}
    lost: list[str] = []
    for batch in _batches(list(rows)):
        if time.monotonic() >= until:
            outcomes |= dict.fromkeys(batch, Retry("Put off to the next batch.", 0.0))
            continue
        for visit_id, fate in _upsert(org, {visit_id: rows[visit_id] for visit_id in batch}).items():
            if fate is None:
                lost.append(visit_id)
            outcomes[visit_id] = fate or _GONE
    if lost:
        outcomes |= _write_elsewhere(org, {visit_id: rows[visit_id] for visit_id in lost}, subjects)
    return outcomes


def _write_elsewhere(
    org: Org, rows: Mapping[str, dict[str, Any]], subjects: Mapping[str, str]
) -> dict[str, Settlement]:
    """Rows whose record is gone: to the record it was merged or converted into, or nowhere."""
    try:
        follow(org, {subjects[visit_id] for visit_id in rows})
        lookups = _lookups(org, {subjects[visit_id] for visit_id in rows})
    except SalesforceError as error:
        return dict.fromkeys(rows, settle.of_call(error))
    names = ("Contact__c", "Lead__c", "Campaign__c")
    moved = {
        visit_id: {name: value for name, value in row.items() if name not in names}
        | {name: value for name, value in lookups[subjects[visit_id]].items() if value}
        for visit_id, row in rows.items()
    }
    again = {visit_id: row for visit_id, row in moved.items() if any(row.get(name) for name in names[:2])}
    found = _upsert(org, again) if again else {}
    return {visit_id: found.get(visit_id) or _GONE for visit_id in rows}


def _upsert(org: Org, rows: Mapping[str, dict[str, Any]]) -> dict[str, Settlement | None]:
    try:
        answer = org.api.call(
            "PATCH",
            "composite/sobjects/Video_Engagement__c/Session_Key__c",
            body={"allOrNone": False, "records": list(rows.values())},
        )
    except UnknownName as error:
        # An earlier package has nowhere to say it; what has to go from there waits until it can be seen.
        faced = {each: row for each, row in rows.items() if row.get(fold.FACING) is not None}
        if not faced or fold.FACING not in str(error):
            return dict.fromkeys(rows, settle.of_call(error))
        log.warning("salesforce.field_missing", installation_id=org.installation_id, fields=[fold.FACING])
        return _upsert(org, {each: _without_facing(row) if each in faced else row for each, row in rows.items()})
    except SalesforceError as error:
        return dict.fromkeys(rows, settle.of_call(error))
    items = answer if isinstance(answer, list) else []
    if len(items) != len(rows):
        return dict.fromkeys(rows, Retry("Salesforce answered for another number of rows."))
    return {visit_id: settle.of_item(item) for visit_id, item in zip(rows, items, strict=True)}


def _without_facing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != fold.FACING}


def _fold(session: Session, org: Org, messages: Mapping[str, Sequence[Message]]) -> dict[str, Mapping[str, Any]]:
    fresh = insert_ignoring(session.get_bind().dialect.name, cast("Table", SalesforceVisit.__table__))
    blank = {"installation_id": org.installation_id, "folded": {}, "updated_at": org.clock()}
    if messages:
        session.execute(fresh, [{**blank, "visit_id": visit_id} for visit_id in sorted(messages)])
    found: dict[str, Mapping[str, Any]] = {}
    for ids in _batches(sorted(messages)):
        query = select(SalesforceVisit).where(
            SalesforceVisit.installation_id == org.installation_id, SalesforceVisit.visit_id.in_(ids)
        )
        for row in session.scalars(query.order_by(SalesforceVisit.visit_id).with_for_update()):
            folded = fold.fold(row.folded, messages[row.visit_id])
            if folded != row.folded:
                row.folded, row.updated_at = folded, org.clock()
            found[row.visit_id] = folded
    return found


def _lookups(org: Org, record_ids: set[str]) -> dict[str, dict[str, str | None]]:
    """`Contact__c`, `Lead__c`, `Campaign__c` of each record, asking the org only about members not seen before."""
    with org.database.reading() as session:
        now = {record_id: records.where_now(session, org, record_id) for record_id in record_ids}
        known = records.of(session, org, set(now.values()))
    unseen = [record_id for record_id in set(now.values()) if record_id.startswith("00v") and record_id not in known]
    if unseen:
        learnt = members(org, unseen)
        with org.database.transaction() as session:
            records.put(session, org, learnt)
            known |= records.of(session, org, learnt)
    found: dict[str, dict[str, str | None]] = {}
    for record_id, present in now.items():
        row = known.get(present)
        found[record_id] = {
            "Contact__c": present if present.startswith("003") else (row.contact_id if row else None),
            "Lead__c": record_id if record_id.startswith("00Q") else (row.lead_id if row else None),
            "Campaign__c": row.campaign_id if row else None,
            "Campaign_Member_Id__c": present if present.startswith("00v") else None,
        }
    return found


def _move(org: Org, told: Mapping[str, Mapping[str, Any]]) -> None:
    ranks = {record_id: fold.rank(folded) for record_id, folded in told.items() if record_id.startswith("00v")}
    try:
        move_forward(org, ranks)
    except SalesforceError as error:
        # The row holds what happened; the status follows with the next message, and never goes back.
        log.warning("salesforce.status_put_off", installation_id=org.installation_id, error=type(error).__name__)


def _ref(org: Org, message: Message) -> ExternalRef | None:
    record_id = _record_id(message)
    return ExternalRef(org.installation_id, message.subject.partition(":")[0], record_id) if record_id else None


def _record_id(message: Message) -> str | None:
    try:
        return long_id(message.subject.partition(":")[2])
    except BadInput:
        return None


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
