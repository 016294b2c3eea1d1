"""One page of a run: who may be addressed, their links, and the links on their records; harmless to do again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import stamina

from connectors.runs import tally
from connectors.runs.tally import Tally
from connectors.salesforce import records
from connectors.salesforce.lists.member import Member
from connectors.salesforce.lists.stopped import stopped
from connectors.salesforce.lists.walk import read_many
from connectors.salesforce.lists.write import Fate, LinkToWrite, write
from connectors.salesforce.org import Org
from connectors.salesforce.read.fate import follow
from plugin.kernel.errors import Busy
from plugin.links.address import address
from plugin.links.issue import IssuedLink, issue_many
from plugin.links.keys import Keyring
from plugin.privacy.standing import keep_standing
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.enrol import enrol_many
from plugin.recipients.ports import ExternalRef

_HOPS = 4
"""How often a record is followed to the one it was merged or converted into."""


@dataclass(frozen=True, slots=True)
class Order:
    """Links to what, and how they read."""

    campaign_id: str
    origin: str
    days: int


def do_page(org: Org, keyring: Keyring, order: Order, members: Sequence[Member], turn: Lock) -> Tally:
    """Give these members their links. Raises `SalesforceError` or `Busy`; what was done by then can be done again.

    `turn` lets one page write at a time: members share their campaign's lock, and would keep each other from it.
    """
    found = Tally()
    left: Sequence[Member] = members
    for _ in range(_HOPS):
        moved = _give(org, keyring, order, left, found, turn)
        left = _elsewhere(org, moved, found) if moved else ()
        if not left:
            return found
    for member in left:
        found.lost(tally.GONE, member.record_id, "merged again and again in Salesforce")
    return found


def _give(
    org: Org, keyring: Keyring, order: Order, members: Sequence[Member], found: Tally, turn: Lock
) -> list[Member]:
    """Whom it can't be given as they are no more what they were is answered."""
    moved = [member for member in members if member.missing or member.known.moved_to]
    by_id = {member.record_id: member for member in members if not member.missing and not member.known.moved_to}
    issued = _issue(org, keyring, order, by_id, found)
    links = {each: LinkToWrite(address(order.origin, link.token), link.expires_at) for each, link in issued.items()}
    writing = {each: link for each, link in links.items() if by_id[each].held != link.url}
    fates: Mapping[str, str] = {}
    if writing:
        with turn:
            fates = write(org, writing)
    for record_id, link in issued.items():
        fate = fates.get(record_id)
        if fate == Fate.GONE:
            moved.append(by_id[record_id])
            continue
        found.counts[tally.REUSED if link.reused else tally.ISSUED] += 1
        if fate is None:
            found.counts[tally.UNCHANGED] += 1
        elif fate == Fate.WRITTEN:
            found.counts[tally.WRITTEN] += 1
        else:
            found.lost(tally.REFUSED, record_id, fate)
    return moved


def _issue(
    org: Org, keyring: Keyring, order: Order, members: Mapping[str, Member], found: Tally
) -> Mapping[str, IssuedLink]:
    """The link of each record; who is suppressed is told to `found`."""
    refs = {each: ExternalRef(org.installation_id, member.kind, each) for each, member in members.items()}
    out = {refs[each]: frozenset({OPTED_OUT} if member.opted_out else ()) for each, member in members.items()}
    keep_standing(org.database, org.vault, out, clock=org.clock)
    # Nothing of it stands until all of it does, so it can be tried again as a whole.
    for attempt in stamina.retry_context(on=Busy, attempts=6, wait_initial=0.2, wait_max=10, timeout=60):
        with attempt, org.database.transaction() as session:
            records.put(session, org, {each: member.known for each, member in members.items()})
            silent = stopped(session, org, list(members.values()))
            people = enrol_many(session, [ref for each, ref in refs.items() if each not in silent])
            issued = issue_many(
                session, order.campaign_id, people.values(), keyring=keyring, clock=org.clock, days=order.days
            )
    links: dict[str, IssuedLink] = {}
    for each, ref in refs.items():
        link = issued.get(people.get(ref, ""))
        if link is not None:
            links[each] = link
            continue
        with org.database.reading() as session:
            found.suppressed(each, reasons(session, pseudonym_of(org.vault, ref)))
    return links


def _elsewhere(org: Org, moved: Sequence[Member], found: Tally) -> Sequence[Member]:
    """The records these were merged or converted into; who has none is told to `found`."""
    follow(org, {member.record_id for member in moved if not member.known.moved_to})
    with org.database.transaction() as session:
        records.put(session, org, {each.record_id: each.known for each in moved if each.known.moved_to})
        now = records.all_now(session, org, {each.record_id for each in moved})
    there = read_many(org, sorted({target for each, target in now.items() if target != each}))
    for record_id, target in sorted(now.items()):
        if target not in there:
            found.lost(tally.GONE, record_id, "deleted in Salesforce, or hidden from our user")
    return list(there.values())
