"""One org: whether it lets us in, its edition and calls, what our user may see and write, what is missing."""

from __future__ import annotations

from flask import Response

from connectors.salesforce.accounts.needs import NEEDS, of_campaigns
from connectors.salesforce.accounts.probe import MEND, probe
from connectors.salesforce.accounts.usage import usage
from web.connections.present import attempt, campaigns_of, page, to
from web.connections.salesforce.present import forget, look, org
from web.services import services


def overview(installation_id: str) -> Response:
    """As last looked at."""
    return _overview(installation_id)


def look_again(installation_id: str) -> Response:
    """Ask Salesforce now."""
    look(installation_id)
    _, problem = attempt(lambda: probe(org(installation_id)))
    forget(installation_id)
    if problem:
        return _overview(installation_id, 422, problem=problem)
    return to("overview", installation_id, done="looked")


def _overview(installation_id: str, status: int = 200, *, problem: str | None = None) -> Response:
    account = look(installation_id)
    with services().database.reading() as session:
        needs = (*NEEDS, *of_campaigns(session, installation_id))
        campaigns = campaigns_of(session, installation_id)
        used = usage(session, installation_id, account.config, services().clock())
    missing = account.config.missing
    return page(
        "salesforce/overview",
        account,
        status,
        here_tab="overview",
        problem=problem,
        campaigns=campaigns,
        # What is to be mended stands first.
        needs=sorted(
            ((need, need.lacking(missing), need.object in missing) for need in needs), key=lambda each: not each[1]
        ),
        used=used,
        hidden=sorted(account.config.hidden.items()),
        mend=MEND,
    )
