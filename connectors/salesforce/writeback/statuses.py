"""Campaign members' statuses, forward only: what the campaign's own people set is never taken back."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.salesforce import records
from connectors.salesforce.api.soql import soql
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import CHUNK

_BEFORE = frozenset({"", "Sent", "Planned", "Invited"})
"""Statuses Salesforce ships for 'nothing has happened yet'; anything else that isn't ours stays."""


def move_forward(org: Org, ranks: Mapping[str, int]) -> None:
    """Set each member's status to what its rank stands for, unless it is there, further, or somebody's own.

    Raises `SalesforceError` when the org can't be asked; a member it refuses keeps its status.
    """
    with org.database.reading() as session:
        held = records.of(session, org, ranks)
    rising = sorted(
        member for member, rank in ranks.items() if rank > (held[member].status_rank if member in held else 0)
    )
    for start in range(0, len(rising), CHUNK):
        _move(org, {member: ranks[member] for member in rising[start : start + CHUNK]})


def _move(org: Org, ranks: Mapping[str, int]) -> None:
    query = soql("SELECT Id, Status FROM CampaignMember WHERE Id IN {ids}", ids=list(ranks))
    answer = org.api.read("GET", "query/", params={"q": query})
    rows = (answer.get("records") or []) if isinstance(answer, dict) else []
    now = {long_id(str(row["Id"])): str(row.get("Status") or "") for row in rows}
    ours = [org.config.statuses.get(name, "") for name in ("opened", "watched", "clicked")]
    wanted = {
        member: ours[rank - 1]
        for member, rank in ranks.items()
        if member in now and ours[rank - 1] and _is_before(now[member], rank, ours)
    }
    if wanted:
        listed = [
            {"attributes": {"type": "CampaignMember"}, "id": member, "Status": status}
            for member, status in wanted.items()
        ]
        org.api.call("PATCH", "composite/sobjects", body={"allOrNone": False, "records": listed})
    with org.database.transaction() as session:
        for member, row in records.of(session, org, ranks).items():
            row.status_rank = max(row.status_rank, ranks[member])


def _is_before(status: str, rank: int, ours: list[str]) -> bool:
    if status in ours:
        return ours.index(status) + 1 < rank
    return status in _BEFORE
