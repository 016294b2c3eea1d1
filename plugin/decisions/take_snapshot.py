"""Know a person before their first open: for the mail's picture and the greeting on a page not yet opened."""

from __future__ import annotations

from collections.abc import Callable

from plugin.decisions.story import published_story
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.links.resolve import ResolvedLink
from plugin.recipients.live import LiveReads, live_reads
from plugin.recipients.ports import ProfileSource
from plugin.recipients.profile import Reading, read_profile, settle_reading


def take_snapshot(
    database: Database,
    link: ResolvedLink,
    *,
    vault: Vault,
    profiles: Callable[[str], ProfileSource],
    budget_s: float,
    reads: LiveReads = live_reads,
) -> Reading:
    """Read and seal what the campaign's fields need of this person; an unreachable CRM leaves what was known before.

    Meant for whoever issues links, never for a page that is only fetched. Raises `NotPublished`.
    """
    with database.reading() as session:
        paths = published_story(session, link.campaign_id, link.published_version).paths
    source = profiles(link.ref.installation_id)
    reading = read_profile(database, vault, source, link.recipient_id, link.ref, paths, budget_s=budget_s, reads=reads)
    with database.transaction() as session:
        settle_reading(session, vault, link.recipient_id, paths, reading)
    return reading
