"""Whether people want mail, asked for many at once: before they get their first link."""

from __future__ import annotations

from collections.abc import Collection

from connectors.salesforce import records
from connectors.salesforce.api.rows import listed
from connectors.salesforce.lists.member import FIELDS, LINK, OBJECTS, Member, member_of
from connectors.salesforce.names import soql
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import CHUNK
from plugin.privacy.standing import keep_standing
from plugin.privacy.suppress import OPTED_OUT
from plugin.recipients.ports import ExternalRef


def look(org: Org, record_ids: Collection[str], *, within_s: float) -> None:
    """Keep what Salesforce says of these records' mail, and whom they stand for.

    A call for 200 of a kind. Raises `SalesforceError`; then nothing is known that wasn't before.
    """
    members = [each for prefix in OBJECTS for each in _read(org, prefix, record_ids, within_s)]
    standing = {
        ExternalRef(org.installation_id, each.kind, each.record_id): frozenset({OPTED_OUT} if each.opted_out else ())
        for each in members
    }
    keep_standing(org.database, org.vault, standing, clock=org.clock)
    with org.database.transaction() as session:
        records.put(session, org, {each.record_id: each.known for each in members})


def _read(org: Org, prefix: str, record_ids: Collection[str], within_s: float) -> list[Member]:
    ids = sorted(each for each in record_ids if each.startswith(prefix))
    # Not the link's own field: people want mail or don't, whether our package is there or not.
    fields = ", ".join(name for name in FIELDS[OBJECTS[prefix]] if name != LINK)
    found: list[Member] = []
    for start in range(0, len(ids), CHUNK):
        query = soql(f"SELECT {fields} FROM {OBJECTS[prefix]} WHERE Id IN {{ids}}", ids=ids[start : start + CHUNK])
        answer = org.api.read("GET", "query/", params={"q": query}, within_s=within_s, urgent=True)
        found += [member_of(row) for row in listed(answer)]
    return found
