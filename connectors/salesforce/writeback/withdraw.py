"""Taking out of rows what a person took back: how much they faced the screen. No row is made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.salesforce.api.errors import SalesforceError
from connectors.salesforce.api.soql import soql
from connectors.salesforce.org import Org
from connectors.salesforce.writeback import fold, settle
from plugin.outbox.ports import Delivered, Settlement

BATCH = 200


def take_out(org: Org, visit_ids: Sequence[str]) -> dict[str, Settlement]:
    """Empty the field in the rows of these visits; what became of each.

    Two calls for 200. A visit that has no row has nothing to forget. Where our user can't see the field, or not any
    more, that is said and tried again: it may hold what has to go.
    """
    fates: dict[str, Settlement] = dict.fromkeys(visit_ids, Delivered())
    for start in range(0, len(visit_ids), BATCH):
        fates |= _batch(org, visit_ids[start : start + BATCH])
    return fates


def _batch(org: Org, visit_ids: Sequence[str]) -> dict[str, Settlement]:
    keys = {visit_id[:64]: visit_id for visit_id in visit_ids}
    query = soql("SELECT Id, Session_Key__c FROM Video_Engagement__c WHERE Session_Key__c IN {keys}", keys=list(keys))
    try:
        answer = org.api.read("GET", "query/", params={"q": query})
        listed = (answer.get("records") or []) if isinstance(answer, dict) else []
        rows = {keys[row["Session_Key__c"]]: str(row["Id"]) for row in listed if row.get("Session_Key__c") in keys}
        return _empty(org, rows) if rows else {}
    except SalesforceError as error:
        return dict.fromkeys(visit_ids, settle.of_call(error))


def _empty(org: Org, rows: dict[str, str]) -> dict[str, Settlement]:
    told = [{"attributes": {"type": "Video_Engagement__c"}, "id": row, fold.FACING: None} for row in rows.values()]
    answer: Any = org.api.call("PATCH", "composite/sobjects", body={"allOrNone": False, "records": told})
    items = answer if isinstance(answer, list) else []
    # A row that was deleted meanwhile says nothing any more.
    return {visit_id: settle.of_item(item) or Delivered() for visit_id, item in zip(rows, items, strict=True)}
