"""An org's campaigns, list views and reports, as the screen of runs offers them."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.runs.run import Source
from connectors.salesforce.lists.find import KINDS, find_places, source_of
from web.connections.salesforce.present import org
from web.connections.sources import Choice, Group, Wording

WORDING = Wording(
    tab="Links",
    title="Links for a whole campaign, list view or report",
    intro="The worker makes a link for each person, or keeps the one that lives. A campaign’s stand on its members, "
    "those of a list view or report on the contact or lead. Whoever opted out or asked not to be addressed gets none. "
    "Stop and go on when you like; running it again changes nothing.",
    one="In Salesforce",
    campaign="Segue campaign",
    find="Find one by its name",
    nothing="No campaigns, list views or reports",
    make_one="Make a campaign in Salesforce, add its members, then come back.",
    member="Record",
    by_id="Or the id there",
)
_LABELS = {"campaign": "Campaigns", "list_view": "List views", "report": "Reports, seen last by our user"}


def find(installation_id: str, words: str) -> Sequence[Group]:
    """Those whose name holds `words`; raises `SalesforceError`."""
    found = [(kind, find_places(org(installation_id), kind, words)) for kind in KINDS]
    return [
        Group(_LABELS[kind], [Choice(each.id, each.name, each.about) for each in places])
        for kind, places in found
        if places
    ]


def get(installation_id: str, chosen: str) -> Source:
    """One of them; raises `NotFound`, `BadInput` or `SalesforceError`."""
    return source_of(org(installation_id), chosen)
