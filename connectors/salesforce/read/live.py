"""One person's record as it is now: one composite call; merged and converted records are followed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import TTLCache

from connectors.salesforce.api.errors import NotAllowed, NotThere, SalesforceError, UnknownName, Unwell, error_of
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.read import queries
from connectors.salesforce.read.queries import OPT_OUT, Wanted, wanted
from connectors.salesforce.records import Known, remember
from plugin.kernel.errors import BadInput
from plugin.privacy.standing import keep_standing
from plugin.privacy.suppress import OPTED_OUT
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, Record, RecordGone

log = structlog.get_logger()

MOST_HOPS = 4
"""A record merged or converted again and again is followed so far."""
_NO_COLUMN = re.compile(r"No such column '(?:\w+\.)*(\w+)' on entity '(\w+)'")
_NO_RELATION = re.compile(r"Didn't understand relationship '(\w+)'")
_OBJECT = {"opportunity": "Opportunity", "campaign_member": "CampaignMember"}


@dataclass(slots=True)
class Reader:
    """Reads people of one org; remembers for a while which fields the org doesn't have."""

    org: Org
    missing: TTLCache[str, bool]

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        """The values at `contact.<Field>`, `account.…`, `opportunity.…`, `lead.…`, `campaign_member.…`.

        One round trip; one more each when the record was merged or converted, or when the org lacks a field it was
        asked for the first time. Raises `ProfileUnavailable` or `RecordGone`.
        """
        try:
            kind, record_id = ref.type, long_id(ref.id)
        except BadInput as error:
            raise RecordGone("the CRM can have no record of that id") from error
        for _ in range(MOST_HOPS):
            try:
                found = self._ask(kind, record_id, paths, timeout_s)
            except SalesforceError as error:
                raise ProfileUnavailable(str(error)) from error
            if not isinstance(found, _Elsewhere):
                return found
            remember(self.org, ref.id, Known(moved_to=found.record_id))
            kind, record_id = found.kind, found.record_id
        raise RecordGone("the CRM's record was merged too often to follow")

    def _ask(self, kind: str, record_id: str, paths: Collection[str], timeout_s: float) -> Record | _Elsewhere:
        for _ in range(MOST_HOPS):
            fields = wanted(paths, self.missing)
            answers = self._answers(_queries(kind, record_id, fields), timeout_s)
            if not self._learn(answers, fields, timeout_s):
                return self._record(kind, record_id, fields, answers)
        raise Unwell("Salesforce keeps naming fields it doesn't have")

    def _answers(self, asked: Mapping[str, str], timeout_s: float) -> dict[str, Any]:
        body = self.org.api.read("POST", "composite", body=queries.composite(asked), within_s=timeout_s, urgent=True)
        listed = body.get("compositeResponse") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise Unwell("Salesforce's answer lacks its parts")
        return {str(each.get("referenceId")): each for each in listed if isinstance(each, dict)}

    def _learn(self, answers: Mapping[str, Any], fields: Wanted, timeout_s: float) -> bool:
        """Whether a field turned out not to be there, so that asking again without it makes sense."""
        learnt = False
        for name, answer in answers.items():
            status = int(answer.get("httpStatusCode") or 0)
            if 200 <= status < 300:
                continue
            error = error_of(status, answer.get("body"))
            unknown = _unknown_fields(error, name, fields) if isinstance(error, UnknownName) else set()
            if not unknown:
                raise error
            unknown |= self._absent({field.partition(".")[0] for field in unknown}, fields, timeout_s)
            log.warning("salesforce.field_missing", installation_id=self.org.installation_id, fields=sorted(unknown))
            for path in unknown:
                self.missing[path] = True
            learnt = True
        return learnt

    def _absent(self, objects: Collection[str], fields: Wanted, timeout_s: float) -> set[str]:
        """All that these objects lack: an answer names one field, and asking again for each would take too long."""
        found: set[str] = set()
        for name in objects:
            try:
                told = self.org.api.read("GET", f"sobjects/{name}/describe", within_s=timeout_s, urgent=True)
            except (UnknownName, NotThere, NotAllowed):
                continue
            listed = told.get("fields") if isinstance(told, dict) else None
            there = {each.get("name") for each in listed or () if isinstance(each, dict)}
            found |= {f"{name}.{field}" for field in fields.on(name) if there and field not in there}
        return found

    def _record(self, kind: str, record_id: str, fields: Wanted, answers: Mapping[str, Any]) -> Record | _Elsewhere:
        person = _first(answers.get("person"))
        if person is None:
            master = (_first(answers.get("fate")) or {}).get("MasterRecordId")
            if isinstance(master, str) and master:
                return _Elsewhere(kind, long_id(master))
            raise RecordGone("the CRM no longer has this person")
        if kind == "lead" and person.get("IsConverted") and person.get("ConvertedContactId"):
            return _Elsewhere("contact", long_id(str(person["ConvertedContactId"])))
        remember(self.org, record_id, _known(kind, person))
        standing = {ExternalRef(self.org.installation_id, kind, record_id): _standing(kind, person)}
        keep_standing(self.org.database, self.org.vault, standing, clock=self.org.clock)
        return Record(_values(kind, fields, person, answers), self.org.clock())


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    kind: str
    record_id: str


def make_reader(org: Org) -> Reader:
    """A reader that lives as long as its org's connections."""
    return Reader(org, TTLCache(maxsize=1000, ttl=600))


def _queries(kind: str, record_id: str, fields: Wanted) -> Mapping[str, str]:
    if kind == "contact":
        return queries.for_contact(record_id, fields)
    if kind == "lead":
        return queries.for_lead(record_id, fields)
    if kind == "campaign_member":
        return queries.for_member(record_id, fields)
    raise RecordGone(f"Salesforce has no {kind[:40]!r} links are made for")


def _values(kind: str, fields: Wanted, person: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    sources: dict[str, Mapping[str, Any]] = {
        "opportunity": _first(answers.get("opportunity")) or {},
        "campaign_member": _first(answers.get("campaign_member")) or {},
    }
    if kind == "campaign_member":
        contact, lead = _part(person, "Contact"), _part(person, "Lead")
        sources |= {"campaign_member": person, "contact": contact or lead, "lead": lead}
        sources["account"] = _part(contact, "Account")
    else:
        sources |= {"contact": person, "lead": person if kind == "lead" else {}, "account": _part(person, "Account")}
    found = {
        f"{root}.{name}": sources.get(root, {}).get(name) for root, names in fields.by_root.items() for name in names
    }
    return {path: value for path, value in found.items() if value not in (None, "")}


def _known(kind: str, person: Mapping[str, Any]) -> Known:
    if kind == "campaign_member":
        return Known(
            contact_id=person.get("ContactId"), lead_id=person.get("LeadId"), campaign_id=person.get("CampaignId")
        )
    return Known(contact_id=person.get("Id")) if kind == "contact" else Known(lead_id=person.get("Id"))


def _standing(kind: str, person: Mapping[str, Any]) -> frozenset[str]:
    behind = (_part(person, "Contact") or _part(person, "Lead")) if kind == "campaign_member" else person
    return frozenset({OPTED_OUT} if behind.get(OPT_OUT) else ())


def _unknown_fields(error: UnknownName, reference: str, fields: Wanted) -> set[str]:
    """`Object.Field` of what the error names, of what was asked for."""
    message = str(error)
    if found := _NO_COLUMN.search(message):
        name, entity = found[1], found[2]
        return {f"{entity}.{name}"} if name in fields.on(entity) else set()
    if found := _NO_RELATION.search(message):
        return {f"{found[1]}.{name}" for name in fields.on(found[1])}
    if reference in _OBJECT:
        # The whole object is hidden from us: what hangs on it is missing, the person is still there.
        return {f"{_OBJECT[reference]}.{name}" for name in fields.on(_OBJECT[reference])}
    return set()


def _first(answer: Any) -> Mapping[str, Any] | None:
    body = answer.get("body") if isinstance(answer, dict) else None
    records = body.get("records") if isinstance(body, dict) else None
    first = records[0] if isinstance(records, list) and records else None
    return first if isinstance(first, dict) else None


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, dict) else {}
