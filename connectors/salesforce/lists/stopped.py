"""Who asked to be left alone through another record of theirs: a contact's stop holds for each campaign they join."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.salesforce.lists.member import Member
from connectors.salesforce.names import PREFIXES
from connectors.salesforce.org import Org
from connectors.salesforce.records import aliases
from plugin.kernel.bulk import among, packed
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import CRM_REASONS, pseudonym_of
from plugin.recipients.ports import ExternalRef


def stopped(session: Session, org: Org, members: Sequence[Member]) -> frozenset[str]:
    """Ids of the members whose person took back or stopped something, whatever record that was said through.

    What the org itself says of their mail isn't among it: that is read anew.
    """
    if session.scalar(select(Suppression.pseudonym).limit(1)) is None:
        return frozenset()
    people = {member.record_id: _people(member) for member in members}
    known = aliases(session, org, {person for each in people.values() for person in each})
    by_pseudonym: dict[str, set[str]] = {}
    for record_id, persons in people.items():
        for alias in persons.union(*(known.get(person, ()) for person in persons)):
            ref = ExternalRef(org.installation_id, PREFIXES[alias[:3]], alias)
            by_pseudonym.setdefault(pseudonym_of(org.vault, ref), set()).add(record_id)
    asked = select(Suppression.pseudonym).where(
        among(session.get_bind().dialect.name, Suppression.pseudonym), Suppression.reason.not_in(CRM_REASONS)
    )
    found = session.scalars(asked, {"given": packed((each,) for each in by_pseudonym)})
    return frozenset(record_id for pseudonym in found for record_id in by_pseudonym[pseudonym])


def _people(member: Member) -> set[str]:
    known = (member.record_id, member.known.contact_id, member.known.lead_id)
    return {each for each in known if each and each[:3] in PREFIXES}
