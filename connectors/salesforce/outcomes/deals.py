"""Opportunities as they stand, looked at every few minutes: what changed since, and only of people who got links.

Whom one concerns may change without it: contact roles are walked through as well, and campaign influence where the org
has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from connectors.salesforce import records
from connectors.salesforce.api.rows import Rows, listed, moment, number, pages
from connectors.salesforce.api.soql import soql
from connectors.salesforce.names import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.outcomes.changed import Asked, cursor_from, walk
from connectors.salesforce.outcomes.hidden import where_shown
from connectors.salesforce.read.fate import CHUNK
from connectors.turn import cursor_of, keep_cursor
from plugin.accounts.models import Installation
from plugin.kernel.errors import BadInput
from plugin.recipients import outcomes
from plugin.recipients.outcomes import State, Told

log = structlog.get_logger()

KIND = "deal"
ROLES, INFLUENCE = "OpportunityContactRole", "CampaignInfluence"
_ROLES_PART = "(SELECT ContactId FROM OpportunityContactRoles)"
_BEFORE = timedelta(days=1)
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST = 200


def poll_deals(org: Org) -> int:
    """Keep every opportunity that changed since the last look, in itself or in whom it concerns; how many were newer.

    Three calls, and some more where much has changed. Stopped anywhere, the next look goes on there. What the org
    doesn't show us is said in its config, and the rest goes on. Raises `SalesforceError`.
    """
    read: set[str] = set()
    kept = where_shown(org, "opportunities", lambda: _changed(org, read))
    kept += where_shown(org, "contact roles", lambda: _concerned(org, ROLES, read))
    if org.config.campaign_influence:
        kept += where_shown(org, "campaign influence", lambda: _concerned(org, INFLUENCE, read))
    if kept:
        log.info("salesforce.outcomes", installation_id=org.installation_id, outcomes=kept)
    return kept


def told_of(row: Mapping[str, Any], people: frozenset[str]) -> Told | None:
    """An opportunity in the product's words; None when Salesforce doesn't say when it changed."""
    modified_at = moment(row.get("SystemModstamp"))
    if modified_at is None:
        return None
    state: State = "won" if row.get("IsWon") else "lost" if row.get("IsClosed") else "open"
    currency = row.get("CurrencyIsoCode")
    return Told(
        kind=KIND,
        external_id=long_id(str(row["Id"])),
        stage=str(row.get("StageName") or "")[:_LONGEST],
        state=state,
        amount=number(row.get("Amount")),
        currency=currency if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else None,
        closed_at=moment(row.get("CloseDate")),
        modified_at=modified_at,
        people=people,
    )


def _fields(org: Org) -> tuple[str, ...]:
    currency = ("CurrencyIsoCode",) if org.config.multi_currency else ()
    return ("StageName", "Amount", "IsWon", "IsClosed", "CloseDate", "IsDeleted", *currency, _ROLES_PART)


def _changed(org: Org, read: set[str]) -> int:
    """`read`: the ids of those that were dealt with are added."""
    kept = 0
    for rows, cursor in walk(org, Asked("Opportunity", _fields(org)), cursor_from(*_begun(org, "Opportunity"))):
        kept += _keep(org, rows)
        read |= {long_id(str(row["Id"])) for row in rows if row.get("Id")}
        keep_cursor(org, "Opportunity", cursor.as_json())
    return kept


def _concerned(org: Org, kind: str, read: set[str]) -> int:
    """Those whose people changed, read anew unless they were just `read`."""
    kept = 0
    for rows, cursor in walk(org, Asked(kind, ("OpportunityId", "IsDeleted")), cursor_from(*_begun(org, kind))):
        ids = sorted({long_id(str(row["OpportunityId"])) for row in rows if row.get("OpportunityId")} - read)
        read |= set(ids)
        for start in range(0, len(ids), CHUNK):
            fields = ", ".join(("Id", "SystemModstamp", *_fields(org)))
            query = soql(f"SELECT {fields} FROM Opportunity WHERE Id IN {{ids}}", ids=ids[start : start + CHUNK])
            kept += sum(_keep(org, page) for page in pages(org.api, query))
        keep_cursor(org, kind, cursor.as_json())
    return kept


def _begun(org: Org, subject: str) -> tuple[dict[str, Any], Any]:
    with org.database.reading() as session:
        begun = session.scalar(select(Installation.created_at).where(Installation.id == org.installation_id))
    return cursor_of(org, subject), (begun or org.clock()) - _BEFORE


def _keep(org: Org, rows: Rows) -> int:
    live = [row for row in rows if row.get("Id") and not row.get("IsDeleted")]
    gone = [long_id(str(row["Id"])) for row in rows if row.get("Id") and row.get("IsDeleted")]
    people = _people(org, live) if live else {}
    told = [told_of(row, people.get(long_id(str(row["Id"])), frozenset())) for row in live]
    if not (told or gone):
        return 0
    with org.database.transaction() as session:
        kept = outcomes.keep(session, org.installation_id, [each for each in told if each is not None])
        return kept + outcomes.forget(session, org.installation_id, KIND, gone)


def _people(org: Org, rows: Rows) -> dict[str, frozenset[str]]:
    """Everyone each opportunity concerns, by whatever id we know them: as lead, as campaign member, before a merge."""
    found: dict[str, set[str]] = {}
    for row in rows:
        roles = row.get("OpportunityContactRoles")
        found[long_id(str(row["Id"]))] = _ids(each.get("ContactId") for each in listed(roles))
        if isinstance(roles, Mapping) and not roles.get("done", True):
            found |= _looked_up(org, ROLES, [long_id(str(row["Id"]))])
    if org.config.campaign_influence:
        for opportunity, influenced in _influenced(org, list(found)).items():
            found[opportunity] |= influenced
    everyone = {person for each in found.values() for person in each}
    with org.database.reading() as session:
        known_as = records.aliases(session, org, everyone)
    return {
        opportunity: frozenset(alias for person in each for alias in known_as[person])
        for opportunity, each in found.items()
    }


def _influenced(org: Org, ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}

    def look() -> int:
        found.update(_looked_up(org, INFLUENCE, ids))
        return 0

    where_shown(org, "campaign influence", look)
    return found


def _looked_up(org: Org, kind: str, ids: Sequence[str]) -> dict[str, set[str]]:
    """Whom opportunities concern, by records of that kind."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids), CHUNK):
        query = soql(
            f"SELECT OpportunityId, ContactId FROM {kind} WHERE OpportunityId IN {{ids}} AND ContactId != null",
            ids=list(ids[start : start + CHUNK]),
        )
        for page in pages(org.api, query):
            for row in page:
                found.setdefault(long_id(str(row["OpportunityId"])), set()).update(_ids([row.get("ContactId")]))
    return found


def _ids(told: Iterable[object]) -> set[str]:
    found: set[str] = set()
    for each in told:
        try:
            found.add(long_id(each) if isinstance(each, str) else "")
        except BadInput:
            continue
    return found - {""}
