"""Links for a whole Salesforce campaign: calls against the fewest possible, and memory at four times the members."""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.salesforce_stand import OrgStand, stand
from benchmarks.stand import VAULT
from connectors.runs import run as runs
from connectors.runs.tally import members_done
from connectors.salesforce.lists.find import source_of
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.lists.walk import ASKED, PAGE
from connectors.salesforce.orgs import Orgs
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.links.keys import Keyring

MEMBERS = 25_000
GROWTH, CALLS = 1.1, 1.1
STORYBOARD = Path(__file__).resolve().parent.parent / "demo" / "storyboard.json"


def run(members: int = MEMBERS) -> list[Figure]:
    """Each size in a process of its own, since a peak never comes down again."""
    found = {}
    for each in (members, 4 * members):
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        process = context.Process(target=measure, args=(each, theirs))
        process.start()
        found[each] = mine.recv()
        process.join()
    (small, _, _), (large, took, calls) = found.values()
    least = ceil(4 * members / ASKED) + ceil(4 * members / PAGE)
    return [
        Figure(
            name="Salesforce: calls for links of a whole campaign",
            value=round(calls / least, 3),
            unit="× the fewest possible",
            goal=f"≤ {CALLS}",
            holds=calls / least <= CALLS,
            detail=f"{calls} for {4 * members:,} members: {ASKED:,} are read and {PAGE} written in one",
        ),
        Figure(
            name="Salesforce: peak memory at four times the campaign",
            value=round(large / small, 2),
            unit="×",
            goal=f"≤ {GROWTH}",
            holds=large / small <= GROWTH,
            detail=f"{small:.0f} MB at {members:,} members, {large:.0f} MB at {4 * members:,}; "
            f"{4 * members / took:,.0f} members/s, Salesforce on this machine",
        ),
    ]


def measure(members: int, tell: Connection) -> None:
    """Make links for so many: this process's peak in MB, the seconds and the calls it took."""
    with tempfile.TemporaryDirectory() as folder, stand(Path(folder), 1) as at:
        at.allow(calls=1_000_000_000)
        place = at.ask("fill_campaign", members=members)
        at.ask("reset")
        took = links_for(at, place, members)
        calls = at.ask("made")
        tell.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, took, calls))


def links_for(at: OrgStand, place: str, members: int) -> float:
    """Links for everyone in it; the seconds it took."""
    orgs = Orgs(at.database, VAULT, at.settings)
    source = source_of(orgs.of(at.installation_id), place)
    with at.database.transaction() as session:
        campaign = Campaign(slug="bench", installation_id=at.installation_id, published_version=1)
        session.add(campaign)
        session.flush()
        version = {"version": 1, "document": json.loads(STORYBOARD.read_text()), "clip_ids": {}}
        session.add(StoryboardVersion(campaign_id=campaign.id, content_sha256="bench", **version))
        run_id = runs.start(session, campaign, source, days=90).id
    at.ask("reset")
    runner = OrgRunner(orgs, Keyring(at.database, VAULT))
    began = time.perf_counter()
    while runner.work_once():
        pass
    took = time.perf_counter() - began
    with at.database.reading() as session:
        found = runs.look(session, run_id)
    assert found.state == runs.DONE, found.reason
    assert members_done(found.counts) == members
    return took


if __name__ == "__main__":
    sys.exit("run it as: python -m benchmarks salesforce_lists")
