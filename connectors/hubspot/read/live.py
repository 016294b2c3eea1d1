"""A contact's values at this moment, with primary company and deal: in one round trip, once we know which those are.

Contact, company and deals are asked for at once, by the ids last seen. If the contact's answer shows that they changed
since, what changed is read in one trip more. Nothing of what was read is kept but ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import quote

import structlog

from connectors.hubspot.api.errors import HubSpotError, MissingScopes, NotThere
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import (
    DEAL_NEEDS,
    STANDING_NEEDS,
    Properties,
    company_of,
    deals_of,
    primary_deal,
    standing_of,
)
from connectors.hubspot.read.known import Bonds, keep_bonds, keep_gone, keep_move, known
from connectors.hubspot.read.standing import keep_standing
from plugin.kernel.errors import SegueError
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, Record, RecordGone

log = structlog.get_logger()

COMPANIES, DEALS = "crm.objects.companies.read", "crm.objects.deals.read"
_OBJECTS = f"/crm/objects/{API}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Properties by whose they are; those that the granted scopes don't reach are left out."""

    contact: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    deal: tuple[str, ...] = ()


def wanted_of(portal: Portal, paths: Collection[str]) -> Wanted:
    """From `contact.<property>`, `company.<property>` and `deal.<property>`; other paths are nobody's."""
    found: dict[str, list[str]] = {"contact": [], "company": [], "deal": []}
    for path in sorted(paths):
        whose, _, name = path.partition(".")
        if name and whose in found:
            found[whose].append(name)
    scopes = portal.config.scopes
    if scopes and COMPANIES not in scopes:
        found["company"] = []
    if scopes and DEALS not in scopes:
        found["deal"] = []
    return Wanted(*(tuple(names) for names in found.values()))


def read(portal: Portal, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
    """The values at `paths` as HubSpot's strings; blank ones are absent.

    The primary deal is the open one changed last, else the one closed last. A merged contact is read as whom it was
    merged into. Raises `RecordGone` for a deleted contact, `ProfileUnavailable` for anything else.
    """
    until = time.monotonic() + timeout_s
    try:
        return _read(portal, ref.id, wanted_of(portal, paths), until)
    except NotThere:
        keep_gone(portal, ref.id)
        raise RecordGone("HubSpot no longer has this contact") from None
    except SegueError as error:
        raise ProfileUnavailable(str(error)) from error


def _read(portal: Portal, contact_id: str, wanted: Wanted, until: float) -> Record:
    current, bonds = known(portal, contact_id)
    portal.api.reserve(1 + _fresh(wanted, bonds), patience_s=_left(until))
    beside = _ask(portal, wanted, bonds, until)
    contact = _contact(portal, current, wanted, until)
    read_at = portal.clock()
    if contact.get("archived"):
        raise NotThere("HubSpot has archived this contact", status=404)
    seen = Bonds(
        company_of(contact) if wanted.company else bonds.company_id,
        deals_of(contact) if wanted.deal else bonds.deal_ids,
        read_at if wanted.company or wanted.deal else bonds.seen_at,
    )
    if more := _fresh(wanted, seen, before=bonds):
        portal.api.reserve(more, patience_s=_left(until))
    beside = _ask(portal, wanted, seen, until, before=beside)
    properties = _properties(contact)
    _remember(portal, contact_id, current, str(contact.get("id") or current), bonds, seen)
    keep_standing(portal, dict.fromkeys({contact_id, current}, standing_of(properties)))
    found = {f"contact.{name}": properties.get(name) for name in wanted.contact}
    found |= {f"company.{name}": value for name, value in _chosen(beside.company, wanted.company).items()}
    found |= {f"deal.{name}": value for name, value in _chosen(beside.deal, wanted.deal).items()}
    return Record({path: value for path, value in found.items() if value not in (None, "")}, read_at)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What is asked for while the contact is, and by which ids."""

    bonds: Bonds
    company: Future[Properties] | None
    deal: Future[Properties] | None


def _ask(portal: Portal, wanted: Wanted, bonds: Bonds, until: float, *, before: _Beside | None = None) -> _Beside:
    """Start reading what hangs together; what was asked for `before` by the same ids isn't asked for again."""
    company_id, deal_ids = bonds.company_id, bonds.deal_ids
    earlier = before.bonds if before is not None else None
    company = before.company if before is not None and before.bonds.company_id == company_id else None
    deal = before.deal if before is not None and before.bonds.deal_ids == deal_ids else None
    if _company_is_fresh(wanted, bonds, earlier):
        assert company_id is not None
        company = _start(lambda: _company(portal, company_id, wanted.company, until))
    if _deals_are_fresh(wanted, bonds, earlier):
        deal = _start(lambda: _deal(portal, deal_ids, wanted.deal, until))
    return _Beside(bonds, company, deal)


def _fresh(wanted: Wanted, bonds: Bonds, *, before: Bonds | None = None) -> int:
    """How many calls what hangs together takes, beside what was asked for by the bonds of `before`."""
    return _company_is_fresh(wanted, bonds, before) + _deals_are_fresh(wanted, bonds, before)


def _company_is_fresh(wanted: Wanted, bonds: Bonds, before: Bonds | None) -> bool:
    known_before = before is not None and before.company_id == bonds.company_id
    return bool(wanted.company) and bonds.company_id is not None and not known_before


def _deals_are_fresh(wanted: Wanted, bonds: Bonds, before: Bonds | None) -> bool:
    known_before = before is not None and before.deal_ids == bonds.deal_ids
    return bool(wanted.deal and bonds.deal_ids) and not known_before


def _contact(portal: Portal, contact_id: str, wanted: Wanted, until: float) -> Mapping[str, Any]:
    query = [("properties", name) for name in dict.fromkeys((*wanted.contact, *STANDING_NEEDS))]
    query += [("associations", "companies")] if wanted.company else []
    query += [("associations", "deals")] if wanted.deal else []
    path = f"{_OBJECTS}/contacts/{quote(contact_id, safe='')}"
    body = portal.api.read("GET", path, query=query, within_s=_left(until), urgent=True, reserved=True).body
    return body if isinstance(body, dict) else {}


def _company(portal: Portal, company_id: str, names: Sequence[str], until: float) -> Properties:
    query = [("properties", name) for name in names]
    path = f"{_OBJECTS}/companies/{quote(company_id, safe='')}"
    try:
        answer = portal.api.read("GET", path, query=query, within_s=_left(until), urgent=True, reserved=True)
    except (NotThere, MissingScopes) as error:
        return _nothing(portal, "company", error)
    return _properties(answer.body)


def _deal(portal: Portal, deal_ids: Sequence[str], names: Sequence[str], until: float) -> Properties:
    body = {
        "inputs": [{"id": deal_id} for deal_id in deal_ids],
        "properties": list(dict.fromkeys((*names, *DEAL_NEEDS))),
        "propertiesWithHistory": [],
    }
    path = f"{_OBJECTS}/deals/batch/read"
    try:
        answer = portal.api.read("POST", path, body=body, within_s=_left(until), urgent=True, reserved=True)
    except (NotThere, MissingScopes) as error:
        return _nothing(portal, "deal", error)
    return primary_deal([_properties(each) for each in answer.results if not each.get("archived")]) or {}


def _nothing(portal: Portal, what: str, error: HubSpotError) -> Properties:
    log.info("hubspot.not_read", installation_id=portal.installation_id, what=what, error=type(error).__name__)
    return {}


def _remember(portal: Portal, contact_id: str, current: str, answered: str, before: Bonds, seen: Bonds) -> None:
    if answered != current:
        keep_move(portal, current, answered)
        log.info("hubspot.contact_moved", installation_id=portal.installation_id, contact_id=contact_id, to=answered)
    same = (before.company_id, before.deal_ids) == (seen.company_id, seen.deal_ids)
    news = not same or before.seen_at is None or answered != current
    if before.gone_at is not None or (seen.seen_at is not None and news):
        keep_bonds(portal, {answered: seen})


def _chosen(asked: Future[Properties] | None, names: Sequence[str]) -> dict[str, Any]:
    properties = {} if asked is None else asked.result()
    return {name: properties.get(name) for name in names}


def _properties(record: Any) -> Properties:
    found = record.get("properties") if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())


def _start(job: Callable[[], Properties]) -> Future[Properties]:
    """In a daemon thread: a call that hangs must not keep the process from ending."""
    answer: Future[Properties] = Future()

    def run() -> None:
        try:
            found = job()
        except BaseException as error:
            answer.set_exception(error)
        else:
            answer.set_result(found)

    Thread(target=run, name="hubspot-read", daemon=True).start()
    return answer
