"""Telling an org what happened: rows upserted 200 a call by the visit's key, members' statuses moved forward."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from connectors.salesforce.api.errors import SalesforceError, UnknownName
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import follow
from connectors.salesforce.writeback import fold, settle, standing_rows
from connectors.salesforce.writeback.plan import Plan, answers, lookups_of, plan, sort_out
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Settlement, Untried

log = structlog.get_logger()

BATCH = 200
"""Records of one collection call: the most Salesforce takes."""
BUDGET_S = 40.0
"""Less than the outbox's lease, so that nobody else begins what we haven't ended."""
_GONE = Dead("The record was deleted in Salesforce. Restore it and retry; else nothing is left to do.")


def deliver(org: Org, messages: Sequence[Message]) -> Sequence[Settlement]:
    """Fold the messages into their visits' rows, write the rows, and say of each message what became of its row.

    A row's values only ever grow and are keyed by the visit, so writing it twice, or after a time-out that hid a
    success, changes nothing. One goes: the share of facing the screen, when the person takes it back.
    """
    until = time.monotonic() + BUDGET_S
    given = sort_out(org, messages)
    try:
        made = plan(org, given)
    except SalesforceError as error:
        return given.all(settle.of_call(error))
    return answers(org, made, _full_calls(org, made, until))


def _full_calls(org: Org, made: Plan, until: float) -> dict[str, Settlement]:
    """Write what fills its calls, the rest with the next batch; when it is less than one call's worth, write it now.

    A row that was locked goes once more with the next call, so that its person's other visits needn't wait for it.
    """
    left = list(made.rows)
    outcomes: dict[str, Settlement] = {}
    while left and (len(left) >= BATCH or not outcomes):
        batch, left = left[:BATCH], left[BATCH:]
        found = write(org, {each: made.rows[each] for each in batch}, made.subjects, until)
        if all(isinstance(fate, Retry | Untried) for fate in found.values()):
            # Nothing gets through just now. If nothing did, the rest is put off too, so that the org is left alone.
            rest = Untried() if outcomes else found[batch[-1]]
            return dict.fromkeys(left, rest) | found | outcomes
        left = [each for each, fate in found.items() if isinstance(fate, Retry) and each not in outcomes] + left
        outcomes |= found
    return {each: Untried() for each in left} | outcomes


def write(
    org: Org, rows: Mapping[str, dict[str, Any]], subjects: Mapping[str, str], until: float
) -> dict[str, Settlement]:
    """Upsert rows by visit, two hundred a call, until that monotonic moment; what became of each.

    A row whose record is gone is written to the one it was merged or converted into.
    """
    outcomes: dict[str, Settlement] = {}
    lost: list[str] = []
    for batch in _batches(list(rows)):
        if time.monotonic() >= until:
            outcomes |= dict.fromkeys(batch, Untried())
            continue
        found = _upsert(org, {visit_id: rows[visit_id] for visit_id in batch})
        standing_rows.keep(org, rows, [each for each, fate in found.items() if isinstance(fate, Delivered)])
        for visit_id, fate in found.items():
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
        lookups = lookups_of(org, {subjects[visit_id] for visit_id in rows})
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


def _batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
