"""Whether people want mail, asked for many at once: of those who have never been looked at."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from connectors.salesforce import records
from connectors.salesforce.api.session import READ_S
from connectors.salesforce.lists.member import FIELDS, LINK, OBJECTS, Member, member_of
from connectors.salesforce.org import Org
from connectors.salesforce.records import Known
from plugin.privacy.standing import keep_standing
from plugin.privacy.suppress import OPTED_OUT
from plugin.recipients.ports import ExternalRef

MOST = 2_000
"""Records of one call: the most Salesforce takes."""


def look(org: Org, record_ids: Collection[str], *, within_s: float = READ_S) -> None:
    """Keep what Salesforce says of these records' mail, and whom they stand for.

    A call for 2,000 of a kind. Raises `SalesforceError`; then of the rest nothing is known that wasn't before.
    """
    for prefix in OBJECTS:
        ids = sorted(each for each in record_ids if each.startswith(prefix))
        for start in range(0, len(ids), MOST):
            _keep(org, ids[start : start + MOST], _read(org, prefix, ids[start : start + MOST], within_s))


def _keep(org: Org, asked: Sequence[str], members: Sequence[Member]) -> None:
    standing = {
        ExternalRef(org.installation_id, each.kind, each.record_id): frozenset({OPTED_OUT} if each.opted_out else ())
        for each in members
    }
    keep_standing(org.database, org.vault, standing, clock=org.clock)
    # One that isn't there was looked at all the same.
    known = {each: Known(gone_at=org.clock()) for each in asked} | {each.record_id: each.known for each in members}
    with org.database.transaction() as session:
        records.put(session, org, known)


def _read(org: Org, prefix: str, ids: Sequence[str], within_s: float) -> list[Member]:
    # Not the link's own field: people want mail or don't, whether our package is there or not.
    fields = [name for name in FIELDS[OBJECTS[prefix]] if name != LINK]
    body = {"ids": list(ids), "fields": fields}
    answer = org.api.read("POST", f"composite/sobjects/{OBJECTS[prefix]}", body=body, within_s=within_s)
    return [member_of(row) for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
