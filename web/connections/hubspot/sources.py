"""HubSpot's lists of contacts, as the screen of runs offers them."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.lists.find import find_lists, get_list
from connectors.runs.run import Source
from web.connections.hubspot.present import portal
from web.connections.sources import Choice, Group, Wording

WORDING = Wording(
    tab="Lists",
    title="Links for everyone on a list",
    intro="The worker makes a link for each member, or keeps the one that lives, and writes it to the contact. Whoever "
    "opted out, bounced or asked not to be addressed gets none. Stop and go on when you like; running it again changes "
    "nothing.",
    one="List",
    find="Find a list by its name",
    nothing="No lists of contacts",
    make_one="Make one in HubSpot, then come back.",
    member="Contact",
)


def find(installation_id: str, words: str) -> Sequence[Group]:
    """Lists whose name holds `words`; raises `HubSpotError`."""
    found = find_lists(portal(installation_id), words)
    choices = [Choice(each.id, each.name, "" if each.size is None else f"{each.size:,}") for each in found]
    return [Group("Lists", choices)] if choices else []


def get(installation_id: str, chosen: str) -> Source:
    """One list; raises `NotFound`, `BadInput` or `HubSpotError`."""
    return get_list(portal(installation_id), chosen).source
