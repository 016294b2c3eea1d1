"""Messages → the rows they make, visit by visit, and back: what became of a row is what became of its messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import structlog
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.salesforce import records
from connectors.salesforce.api.errors import SalesforceError
from connectors.salesforce.models import SalesforceVisit
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import members
from connectors.salesforce.writeback import fold
from connectors.salesforce.writeback.standing_rows import digest
from connectors.salesforce.writeback.statuses import move_forward
from connectors.salesforce.writeback.withdraw import take_out
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Settlement, Untried
from plugin.privacy import suppress
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()

_TOGETHER = 200
"""Rows of ours read at once."""
_NO_ID = Dead("That is no Salesforce record id: the link was made for something else.")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Messages by visit (their places), and what is settled at once."""

    messages: Sequence[Message]
    by_visit: Mapping[str, Sequence[int]]
    settled: Mapping[int, Settlement]

    def all(self, answer: Settlement) -> list[Settlement]:
        """The same for all that isn't settled."""
        return [self.settled.get(place, answer) for place in range(len(self.messages))]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written."""

    sorted: Sorted
    subjects: Mapping[str, str]
    """Record ids by visit."""
    folded: Mapping[str, fold.Folded]
    rows: Mapping[str, dict[str, Any]]
    """Rows by visit, as a collection takes them; a visit of which something is only taken back has none."""
    standing: frozenset[str]
    """Visits whose row stands in the org just so: they have none here."""


def sort_out(org: Org, messages: Sequence[Message]) -> Sorted:
    """Of people who may not be written about nothing is told. What somebody took back is taken back of them, too."""
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
    return Sorted(messages, by_visit, settled)


def plan(org: Org, given: Sorted) -> Plan:
    """Take the messages in, once each, and make their rows; raises `SalesforceError` when the org can't be asked."""
    messages, by_visit = given.messages, given.by_visit
    subjects = {visit_id: str(_record_id(messages[places[0]])) for visit_id, places in by_visit.items()}
    news = {visit_id: [messages[place] for place in places] for visit_id, places in by_visit.items()}
    told = {visit_id for visit_id, each in news.items() if any(message.kind != WITHDRAWN for message in each)}
    lookups = lookups_of(org, {subjects[visit_id] for visit_id in told})
    with org.database.transaction() as session:
        folded, stood = _fold(session, org, news)
    # In the order they are owed: what of a batch is left for the next is then what came last.
    rows = {each: fold.row(each, folded[each], lookups[subjects[each]]) for each in by_visit if each in told}
    standing = frozenset(each for each, row in rows.items() if stood.get(each) == digest(row))
    return Plan(given, subjects, folded, {each: row for each, row in rows.items() if each not in standing}, standing)


def answers(org: Org, made: Plan, outcomes: Mapping[str, Settlement]) -> list[Settlement]:
    """What became of each message, in order, from what became of the rows; members' statuses move with them."""
    folded, subjects, given = made.folded, made.subjects, made.sorted
    settled = dict(given.settled)
    written = {each for each, fate in outcomes.items() if isinstance(fate, Delivered)}
    _move(org, {subjects[each]: folded[each] for each in written | made.standing})
    for visit_id, places in given.by_visit.items():
        settled |= dict.fromkeys(places, outcomes.get(visit_id, Delivered()))
    faced = {visit_id for visit_id, each in folded.items() if fold.faces(each)}
    owed = {visit_id: places for visit_id, places in given.by_visit.items() if visit_id not in faced}
    settled |= _take_back(org, given.messages, owed, outcomes)
    return _in_order(given.messages, settled)


def lookups_of(org: Org, record_ids: set[str]) -> dict[str, dict[str, str | None]]:
    """`Contact__c`, `Lead__c`, `Campaign__c` of each record, asking the org only about members not seen before."""
    with org.database.reading() as session:
        now = records.all_now(session, org, record_ids)
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


def _take_back(
    org: Org, messages: Sequence[Message], places: Mapping[str, Sequence[int]], written: Mapping[str, Settlement]
) -> dict[int, Settlement]:
    """What was withdrawn, of visits whose row wasn't written just now: alone, whatever became of their person."""
    owed = {
        visit_id: [place for place in each if messages[place].kind == WITHDRAWN]
        for visit_id, each in places.items()
        if not isinstance(written.get(visit_id), Delivered | Retry | Untried)
    }
    fates = take_out(org, [visit_id for visit_id, each in owed.items() if each])
    return {place: fates[visit_id] for visit_id, each in owed.items() for place in each}


def _in_order(messages: Sequence[Message], settled: Mapping[int, Settlement]) -> list[Settlement]:
    """None overtakes: behind a message put off, those of the same record wait too, though written already."""
    waiting: dict[str, Settlement] = {}
    answers: list[Settlement] = []
    for place, message in enumerate(messages):
        answer = waiting.get(message.subject, settled[place])
        if isinstance(answer, Retry | Untried):
            waiting[message.subject] = answer
        answers.append(answer)
    return answers


def _fold(
    session: Session, org: Org, messages: Mapping[str, Sequence[Message]]
) -> tuple[dict[str, Mapping[str, Any]], dict[str, str | None]]:
    """What each visit comes to, and the digest of its row as the org last took it."""
    fresh = insert_ignoring(session.get_bind().dialect.name, cast("Table", SalesforceVisit.__table__))
    blank = {"installation_id": org.installation_id, "folded": {}, "updated_at": org.clock()}
    if messages:
        session.execute(fresh, [{**blank, "visit_id": visit_id} for visit_id in sorted(messages)])
    found: dict[str, Mapping[str, Any]] = {}
    stood: dict[str, str | None] = {}
    visits = sorted(messages)
    for start in range(0, len(visits), _TOGETHER):
        ids = visits[start : start + _TOGETHER]
        query = select(SalesforceVisit).where(
            SalesforceVisit.installation_id == org.installation_id, SalesforceVisit.visit_id.in_(ids)
        )
        for row in session.scalars(query.order_by(SalesforceVisit.visit_id).with_for_update()):
            folded = fold.fold(row.folded, messages[row.visit_id])
            if folded != row.folded:
                row.folded, row.updated_at = folded, org.clock()
            if any(message.kind == WITHDRAWN for message in messages[row.visit_id]):
                # The share may be taken out of the row beside us: nobody knows any more how it stands.
                row.standing = None
            found[row.visit_id], stood[row.visit_id] = folded, row.standing
    return found, stood


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
