"""Merging records: the others are deleted with word of where they went, and all that pointed at them points there."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.write import Writer

MOST = 3
"""Records of one merge, the one that stays among them."""


def merge(org: Org, master_id: str, others: Sequence[str]) -> None:
    """Merge `others` into the master; raises a `Problem`."""
    with org.lock, org.whole():
        writer = Writer(org, org.admin_id)
        kind = org.kind_of(master_id)
        if kind is None or not kind.mergeable or not others or len(others) >= MOST or master_id in others:
            words = f"merge 2 to {MOST} accounts, contacts or leads"
            raise Problem("INVALID_OPERATION", words, 400, [])
        master = writer.find(kind, master_id)
        for other_id in others:
            other = writer.find(kind, other_id)
            _move(org, writer, kind, other["Id"], master["Id"])
            org.table(kind).write(other["Id"], {"MasterRecordId": master["Id"]})
            writer.drop(kind, other)
        stamp = {"SystemModstamp": org.now(), "LastModifiedDate": org.now()}
        org.table(kind).write(master["Id"], stamp)
        org.journal.close()


def _move(org: Org, writer: Writer, kind: ObjectKind, old_id: str, new_id: str) -> None:
    for child, field in org.schema.children(kind):
        if not field.indexed or field.name == "MasterRecordId":
            continue
        table = org.table(child)
        for row in list(table.holding(field.name, old_id)):
            if not row.get("IsDeleted") and _is_twice(org, child, field.name, row["Id"], new_id):
                writer.drop(child, row)
            else:
                table.write(row["Id"], {field.name: new_id, "SystemModstamp": org.now()})


def _is_twice(org: Org, child: ObjectKind, name: str, row_id: str, new_id: str) -> bool:
    """A person is a member of a campaign once."""
    if child.name != "CampaignMember":
        return False
    table = org.table(child)
    campaign = table.rows[row_id].get("CampaignId")
    return any(each.get("CampaignId") == campaign and not each.get("IsDeleted") for each in table.holding(name, new_id))
