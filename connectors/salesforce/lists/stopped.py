"""Who asked to be left alone through another record of theirs: a contact's stop holds for each campaign they join."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from connectors.salesforce.lists.member import Member
from connectors.salesforce.models import SalesforceRecord
from connectors.salesforce.names import PREFIXES
from connectors.salesforce.org import Org
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
    records = _records(session, org, {person for each in people.values() for person in each})
    by_pseudonym: dict[str, set[str]] = {}
    for record_id, persons in people.items():
        for alias in persons.union(*(records.get(person, ()) for person in persons)):
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


def _records(session: Session, org: Org, person_ids: set[str]) -> dict[str, set[str]]:
    """Every record we know to stand for these people, by person."""
    found: dict[str, set[str]] = {}
    for column in (SalesforceRecord.contact_id, SalesforceRecord.lead_id):
        asked: Select[str | None, str] = select(column, SalesforceRecord.record_id).where(
            SalesforceRecord.installation_id == org.installation_id,
            among(session.get_bind().dialect.name, column),
        )
        for person, record_id in session.execute(asked, {"given": packed((each,) for each in sorted(person_ids))}):
            found.setdefault(str(person), set()).add(record_id)
    return found
