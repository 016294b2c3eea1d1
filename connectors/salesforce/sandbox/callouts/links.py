"""'Create personalised video link' as the package's Apex does it: callouts of 200 records, the links then saved."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from connectors.salesforce.sandbox.callouts.certificate import Certificate
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.schema.field import Row
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.write import Writer
from connectors.sandbox.outbound import Outbound, Sent

MOST = 200
TIMEOUT_S = 60.0
"""How long the package's Apex waits."""
_UNKNOWN = "Segue does not know this org. Check the key of the external credential Segue (Setup, Named Credentials)."
_UNREADABLE = "Segue’s answer cannot be read: package and server are of different versions."
KEPT = 100
_PERSONS = ("Contact", "Lead")


@dataclass
class NamedCredential:
    """Where `callout:Segue` goes, and how it says who asks: with a key we gave the org, or the org's own signature."""

    url: str
    authentication: Literal["key", "jwt"] = "key"
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the action gives a Flow for one record."""

    record_id: str
    ok: bool
    link: str = ""
    expires_at: str = ""
    reused: bool = False
    error: str = ""


@dataclass
class LinkAction:
    """The action in one org; `log` holds its last callouts."""

    org: Org
    named: NamedCredential
    certificate: Certificate
    outbound: Outbound = field(default_factory=Outbound)
    log: deque[Sent] = field(default_factory=lambda: deque(maxlen=KEPT))

    def run(self, record_ids: Sequence[str], campaign: str, days: str = "") -> list[Result]:
        """For contacts, leads or campaign members, in order; what went wrong stands in each result."""
        found: list[Result] = []
        for start in range(0, len(record_ids), MOST):
            found += self._chunk(record_ids[start : start + MOST], campaign, days)
        return found

    def send(self, requests: Sequence[Mapping[str, Any]]) -> Sent:
        """One callout as it stands, whatever is in it."""
        now = self.org.clock()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "SFDC-Callout/67.0",
            "X-Segue-Org": self.org.id,
            "Authorization": f"Bearer {self._token(now)}",
        }
        url = f"{self.named.url.rstrip('/')}/salesforce/links"
        sent = self.outbound.post(url, orjson.dumps({"requests": requests}), headers, at=now, timeout_s=TIMEOUT_S)
        self.log.append(sent)
        return sent

    def _token(self, now: float) -> str:
        if self.named.authentication == "key":
            return self.named.api_key
        return self.certificate.sign(self.org.id, self.org.id, self.named.url.rstrip("/"), now)

    def _chunk(self, record_ids: Sequence[str], campaign: str, days: str) -> list[Result]:
        with self.org.lock:
            asked = [self._ask(record_id, campaign, days) for record_id in record_ids]
        sent = self.send([each for each in asked if isinstance(each, dict)])
        told = _items(sent, sum(isinstance(each, dict) for each in asked))
        answers = iter(told if isinstance(told, list) else ())
        words = told if isinstance(told, str) else ""
        found = [each if isinstance(each, Result) else _result(each, next(answers, None), words) for each in asked]
        with self.org.lock:
            for record_id, result in zip(record_ids, found, strict=True):
                if result.ok:
                    self._save(record_id, result)
            self.org.journal.close()
        return found

    def _ask(self, record_id: str, campaign: str, days: str) -> dict[str, str] | Result:
        whole = long_id(record_id) or ""
        kind = self.org.kind_of(whole)
        row = self.org.row(kind.name, whole) if kind else None
        if kind is None or row is None or row.get("IsDeleted"):
            return Result(record_id, False, error="There is no such record.")
        given = {"campaign": campaign, "days": days}
        if kind.name in _PERSONS:
            return {"recordId": whole, **given, "campaignMemberId": ""}
        if kind.name == "CampaignMember":
            return {"recordId": str(row.get("ContactId") or row.get("LeadId")), **given, "campaignMemberId": whole}
        return Result(record_id, False, error=f"Links aren't made for {kind.plural}.")

    def _save(self, record_id: str, result: Result) -> None:
        whole = str(long_id(record_id))
        kind = self.org.kind_of(whole)
        if kind is None or "Video_Link__c" not in kind.fields:
            return
        values: Row = {"Video_Link__c": result.link}
        if "Video_Link_Expires_At__c" in kind.fields and result.expires_at:
            values["Video_Link_Expires_At__c"] = result.expires_at
        try:
            Writer(self.org, self.org.admin_id).update(kind, whole, values)
        except Problem:
            # As in a Flow: the link is there for its next step, though the record couldn't be saved.
            return


def _items(sent: Sent, number: int) -> list[Any] | str:
    """What was answered of each record; words when the whole callout failed."""
    if sent.status == 0:
        return f"Segue could not be reached, or took too long: {sent.words}."
    if sent.status in (401, 403):
        return _UNKNOWN
    if sent.status != 200:
        return f"Segue answered with status {sent.status}. Try again later."
    told = sent.json.get("results") if isinstance(sent.json, dict) else None
    return told if isinstance(told, list) and len(told) == number else _UNREADABLE


def _result(asked: Mapping[str, str], answer: Any, words: str) -> Result:
    record_id = asked["campaignMemberId"] or asked["recordId"]
    if words or not isinstance(answer, dict):
        return Result(record_id, False, error=words or _UNREADABLE)
    link = answer.get("link")
    if answer.get("ok") is not True or not isinstance(link, str) or not link.strip():
        return Result(record_id, False, error=str(answer.get("error") or "Segue made no link and said no reason."))
    return Result(record_id, True, link, str(answer.get("expiresAt") or ""), answer.get("reused") is True)
