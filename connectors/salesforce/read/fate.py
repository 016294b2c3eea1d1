"""Where records went: merged, converted, deleted; and whom a campaign member stands for. A few calls for many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from connectors.salesforce import records
from connectors.salesforce.api.soql import soql
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.records import Known

CHUNK = 200
"""Ids in one query: well within the length a query's address may have."""
_OBJECT = {"003": "Contact", "00Q": "Lead", "00v": "CampaignMember"}


def follow(org: Org, record_ids: Collection[str]) -> None:
    """Look where these records went and remember it; raises `SalesforceError`."""
    learnt: dict[str, Known] = {}
    for prefix, kind in _OBJECT.items():
        ids = sorted(record_id for record_id in record_ids if record_id.startswith(prefix))
        extra = {"Lead": ", MasterRecordId, IsConverted, ConvertedContactId", "Contact": ", MasterRecordId"}
        for chunk in _chunks(ids):
            query = soql(f"SELECT Id, IsDeleted{extra.get(kind, '')} FROM {kind} WHERE Id IN {{ids}}", ids=chunk)
            seen = {long_id(str(row["Id"])): row for row in _rows(org, "queryAll/", query)}
            learnt |= {record_id: _fate(org, seen.get(record_id)) for record_id in chunk}
    with org.database.transaction() as session:
        records.put(session, org, learnt)


def members(org: Org, member_ids: Sequence[str]) -> dict[str, Known]:
    """Contact, Lead and Campaign behind campaign members; one that isn't there is remembered as gone."""
    found: dict[str, Known] = {}
    for chunk in _chunks(sorted(member_ids)):
        query = soql("SELECT Id, ContactId, LeadId, CampaignId FROM CampaignMember WHERE Id IN {ids}", ids=chunk)
        for row in _rows(org, "query/", query):
            found[long_id(str(row["Id"]))] = Known(
                contact_id=row.get("ContactId"), lead_id=row.get("LeadId"), campaign_id=row.get("CampaignId")
            )
        found |= {member_id: Known(gone_at=org.clock()) for member_id in chunk if member_id not in found}
    return found


def _fate(org: Org, row: Mapping[str, Any] | None) -> Known:
    if row is None:
        return Known(gone_at=org.clock())
    if master := row.get("MasterRecordId"):
        return Known(moved_to=long_id(str(master)))
    if row.get("IsConverted") and (contact := row.get("ConvertedContactId")):
        return Known(moved_to=long_id(str(contact)))
    return Known(gone_at=org.clock(), deleted_at=org.clock()) if row.get("IsDeleted") else Known()


def _rows(org: Org, path: str, query: str) -> Iterable[Mapping[str, Any]]:
    answer = org.api.read("GET", path, params={"q": query})
    listed = answer.get("records") if isinstance(answer, dict) else None
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def _chunks(ids: Sequence[str]) -> Iterable[list[str]]:
    return (list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))
