"""Writing links to records, two hundred in one call: absolute values, so writing them again is harmless."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from connectors.salesforce.api.errors import GONE, LOCKED, NOT_ALLOWED, Fault, UnknownName, Unwell, faults_of
from connectors.salesforce.lists.member import ENDS, LINK, OBJECTS, may_not, names_link
from connectors.salesforce.org import Org

MOST = 200
TRIES = 6
_FIRST_S, _LONGEST_S = 0.3, 8.0
_WITHIN_S = 120.0
_AGAIN = LOCKED | {"UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG"}
_LOCKED = "other work in your org kept the record locked: make links for it again later"
_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})


@dataclass(frozen=True, slots=True)
class LinkToWrite:
    """A link, and when it ends."""

    url: str
    ends: datetime


class Fate(StrEnum):
    """What became of a record's link; anything else is why it isn't written."""

    WRITTEN = "written"
    GONE = "gone"


def write(org: Org, links: Mapping[str, LinkToWrite]) -> dict[str, str]:
    """Write links by record id; a `Fate` for each, or why it was refused. A locked record is tried again for a while.

    Raises `NotAllowed` when our user may write to none, and `SalesforceError` when nothing is known of any.
    """
    fates: dict[str, str] = {}
    # One kind of record after the other: a call takes few changes between kinds.
    left, wait_s = sorted(links), _FIRST_S
    for attempt in range(TRIES):
        if attempt:
            time.sleep(random.uniform(wait_s / 2, wait_s))  # noqa: S311 - so that two don't meet again
            wait_s = min(wait_s * 2, _LONGEST_S)
        again: list[str] = []
        for start in range(0, len(left), MOST):
            batch = left[start : start + MOST]
            faults = _send(org, {each: links[each] for each in batch})
            for record_id, fault in zip(batch, faults, strict=True):
                if fault is not None and fault.code in _AGAIN:
                    again.append(record_id)
                else:
                    fates[record_id] = _fate(record_id, fault)
            _need_rights(org, batch, faults)
        left = again
        if not left:
            break
    return fates | dict.fromkeys(left, _LOCKED)


def _send(org: Org, links: Mapping[str, LinkToWrite]) -> Sequence[Fault | None]:
    """Of each record, in order, why it isn't written."""
    body = {"allOrNone": False, "records": [_record(each, link) for each, link in links.items()]}
    try:
        # Setting values again changes nothing, so it may be tried again as what reads may.
        answer = org.api.read("PATCH", "composite/sobjects", body=body, within_s=_WITHIN_S)
    except UnknownName as error:
        raise may_not(OBJECTS[next(iter(links))[:3]], error) if names_link(error) else error from None
    items = answer if isinstance(answer, list) else []
    if len(items) != len(links):
        raise Unwell("Salesforce answered for another number of records")
    return [_fault(each) for each in items]


def _record(record_id: str, link: LinkToWrite) -> dict[str, Any]:
    kind = OBJECTS[record_id[:3]]
    ends = {ENDS: link.ends.strftime("%Y-%m-%dT%H:%M:%SZ")} if kind == "CampaignMember" else {}
    return {"attributes": {"type": kind}, "id": record_id, LINK: link.url, **ends}


def _fault(item: Any) -> Fault | None:
    if isinstance(item, dict) and item.get("success") is True:
        return None
    faults = faults_of(item.get("errors")) if isinstance(item, dict) else ()
    return next(iter(faults), Fault("UNKNOWN_EXCEPTION", "Salesforce said nothing of this record"))


def _fate(record_id: str, fault: Fault | None) -> str:
    if fault is None:
        return Fate.WRITTEN
    if fault.code in GONE:
        return Fate.GONE
    if fault.code in _FIELD and (LINK in str(fault) or ENDS in str(fault)):
        raise may_not(OBJECTS[record_id[:3]], UnknownName(str(fault), fault=fault))
    if fault.code in NOT_ALLOWED:
        return f"our user may not change this record: share it with them ({fault})"
    if fault.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION":
        return f"a validation rule of your org refuses it: {fault}"
    return f"Salesforce refuses it: {fault}"


def _need_rights(org: Org, batch: Sequence[str], faults: Sequence[Fault | None]) -> None:
    """Every one forbidden: either none of these records is shared with us, or we may change none of their kind."""
    if not batch or not all(fault is not None and fault.code in NOT_ALLOWED for fault in faults):
        return
    kind = OBJECTS[batch[0][:3]]
    told = org.api.read("GET", f"sobjects/{kind}/describe")
    if isinstance(told, dict) and told.get("updateable") is False:
        raise may_not(kind, UnknownName("it may not be changed", fault=faults[0]))
