"""HubSpot read and links made for lists: against one bare round trip, and against the limit HubSpot sets.

HubSpot is the sandbox, in a process of its own. For reading it is 150 ms away.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import urllib3

import web.tables
from benchmarks.figures import Figure
from benchmarks.round_trip import beyond, in_turn
from connectors.hubspot.accounts.connect import connect_static
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.lists.find import get_list
from connectors.hubspot.lists.runner import ListRunner
from connectors.hubspot.portal import Portal, open_portal
from connectors.hubspot.portals import Portals
from connectors.hubspot.read.live import read
from connectors.hubspot.read.warm import warm
from connectors.runs import run as runs
from connectors.runs.tally import members_done
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.kernel.database import Database, Entity
from plugin.kernel.errors import SegueError
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.links.keys import Keyring
from plugin.recipients.live import LiveReads
from plugin.recipients.ports import ExternalRef, Record

__all__ = ["run", "web"]

AWAY_MS = 150
OPENS, EVERY_S = 120, 0.25
AT_ONCE, BUDGET_S = 40, 1.5
MEMBERS_PACED = 40_000
MEMBERS = 25_000
USED, GROWTH = 0.95, 1.1
ALL = ("contact.firstname", "contact.tier", "company.name", "deal.dealname", "deal.amount")
MASTER = bytes(range(32))
STORYBOARD = Path(__file__).resolve().parent.parent / "demo" / "storyboard.json"


def run() -> list[Figure]:
    """Opens one by one, opens all at once, a list at HubSpot's limit, and lists of 25,000 and 100,000 in memory."""
    return [*_opens(), _list_paced(), _list_memory()]


# -- reading ------------------------------------------------------------------


def _opens() -> list[Figure]:
    with _hubspot(contacts=OPENS, away_ms=AWAY_MS) as hubspot, tempfile.TemporaryDirectory() as folder:
        ours = _connected(f"sqlite:///{folder}/read.sqlite3", hubspot)
        portal = ours.portal
        warm(portal, hubspot.contacts, ALL)
        bare, whole = _one_by_one(portal, hubspot)
        held = _all_at_once(portal, hubspot)
        ours.database.dispose()
    return [
        beyond(
            "HubSpot: contact, company and deal at an open, p95 beyond one bare round trip",
            bare,
            whole,
            f"{OPENS} opens of warmed contacts, HubSpot {AWAY_MS} ms away",
        ),
        Figure(
            name=f"HubSpot: of {AT_ONCE} opens at one moment, read live within {BUDGET_S} s",
            value=round(held, 3),
            unit="",
            goal="1",
            holds=held == 1,
            detail=f"three calls each: {3 * AT_ONCE} of the 190 that HubSpot allows in ten seconds",
        ),
    ]


def _one_by_one(portal: Portal, hubspot: HubSpot) -> tuple[list[float], list[float]]:
    """Milliseconds of a bare GET and of our whole read, in turn."""
    pool = urllib3.PoolManager()
    headers = {"Authorization": f"Bearer {hubspot.token}"}

    def bare(contact: str) -> object:
        return pool.request("GET", f"{hubspot.origin}/crm/objects/2026-09/contacts/{contact}", headers=headers)

    def whole(contact: str) -> object:
        return read(portal, ExternalRef(portal.installation_id, "contact", contact), ALL, timeout_s=10)

    return in_turn(hubspot.contacts, bare, whole, EVERY_S)


def _all_at_once(portal: Portal, hubspot: HubSpot) -> float:
    """The share that is read live within an open's budget, right after the limit's window was emptied."""
    time.sleep(11)
    reads, source = LiveReads(), _Source(portal)

    def opened(contact: str) -> bool:
        ref = ExternalRef(portal.installation_id, "contact", contact)
        try:
            return bool(reads.read(source, ref, ALL, budget_s=BUDGET_S).values)
        except SegueError:
            return False

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(opened, hubspot.contacts[:AT_ONCE]))
    return sum(found) / len(found)


class _Source:
    """A portal as opens read it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def read(self, ref: ExternalRef, paths: Any, *, timeout_s: float) -> Record:
        return read(self._portal, ref, paths, timeout_s=timeout_s)


# -- lists --------------------------------------------------------------------


def _list_paced() -> Figure:
    with _hubspot(contacts=MEMBERS_PACED, away_ms=AWAY_MS) as hubspot, tempfile.TemporaryDirectory() as folder:
        ours = _connected(f"sqlite:///{folder}/list.sqlite3", hubspot)
        # The calls of connecting must not be in the window.
        time.sleep(11)
        before = hubspot.ask("counts")
        took = ours.links_for(hubspot)
        after = hubspot.ask("counts")
        ours.database.dispose()
    calls, refused = after["total"] - before["total"], after["refused"]
    used = calls / took / (after["cap"] / 10)
    return Figure(
        name="HubSpot: links for a list, share of the allowed calls used",
        value=round(used, 3),
        unit="",
        goal=f"≥ {USED}, no 429",
        holds=used >= USED and not refused,
        detail=f"{MEMBERS_PACED:,} members in {took:.0f} s ({MEMBERS_PACED / took:,.0f} a second), {calls:,} calls, "
        f"{calls / took:.1f} a second of {after['cap'] / 10:.1f} allowed, {refused} refused",
    )


def _list_memory() -> Figure:
    """Each size in a process of its own, since a peak never comes down again."""
    peaks = {}
    for members in (MEMBERS, 4 * MEMBERS):
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        process = context.Process(target=list_in_memory, args=(members, theirs))
        process.start()
        peaks[members] = mine.recv()
        process.join()
    (small, _), (large, took) = peaks.values()
    return Figure(
        name="HubSpot: peak memory at four times the list",
        value=round(large / small, 2),
        unit="×",
        goal=f"≤ {GROWTH}",
        holds=large / small <= GROWTH,
        detail=f"{small:.0f} MB at {MEMBERS:,} members, {large:.0f} MB at {4 * MEMBERS:,}; {4 * MEMBERS / took:,.0f} "
        "members/s where HubSpot sets no limit",
    )


def list_in_memory(members: int, tell: Connection) -> None:
    """Make links for so many, and tell this process's peak in MB and the seconds it took."""
    with _hubspot(contacts=members, away_ms=0, limit=100_000) as hubspot, tempfile.TemporaryDirectory() as folder:
        ours = _connected(f"sqlite:///{folder}/list.sqlite3", hubspot)
        took = ours.links_for(hubspot)
        ours.database.dispose()
    tell.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, took))


# -- both sides ---------------------------------------------------------------


@dataclass
class Ours:
    """Our server's side of the connection."""

    database: Database
    vault: Vault
    settings: Settings
    installation_id: str

    @property
    def portal(self) -> Portal:
        with self.database.reading() as session:
            installation = portal_of(session, self.installation_id)
        return open_portal(self.database, self.vault, self.settings, installation)

    def links_for(self, hubspot: HubSpot) -> float:
        """Links for everyone on the list; the seconds it took."""
        info = get_list(self.portal, hubspot.list_id)
        with self.database.transaction() as session:
            campaign = Campaign(slug="bench", installation_id=self.installation_id, published_version=1)
            session.add(campaign)
            session.flush()
            document = json.loads(STORYBOARD.read_text())
            session.add(
                StoryboardVersion(
                    campaign_id=campaign.id, version=1, document=document, clip_ids={}, content_sha256="bench"
                )
            )
            run_id = runs.start(session, campaign, info.source, days=90).id
        runner = ListRunner(Portals(self.database, self.vault, self.settings), Keyring(self.database, self.vault))
        began = time.perf_counter()
        while runner.work_once():
            pass
        took = time.perf_counter() - began
        with self.database.reading() as session:
            found = runs.look(session, run_id)
        assert found.state == runs.DONE, found.reason
        assert members_done(found.counts) == len(hubspot.contacts)
        return took


def _connected(url: str, hubspot: HubSpot) -> Ours:
    database, vault = Database(url), Vault(MASTER)
    Entity.metadata.create_all(database.engine)
    settings = Settings(hubspot_api=hubspot.origin, public_origin="https://video.example")
    made = connect_static(database, vault, settings, token=hubspot.token, client_secret="client-secret")
    return Ours(database, vault, settings, made.installation_id)


@dataclass
class HubSpot:
    """The sandbox in its process."""

    origin: str
    token: str
    contacts: list[str]
    list_id: str
    pipe: Connection

    def ask(self, what: str) -> Any:
        self.pipe.send(what)
        return self.pipe.recv()


@contextmanager
def _hubspot(*, contacts: int, away_ms: int, limit: int | None = None) -> Iterator[HubSpot]:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, contacts, away_ms, limit))
    process.start()
    try:
        origin, token, ids, list_id = mine.recv()
        yield HubSpot(origin, token, ids, list_id, mine)
    finally:
        mine.send("stop")
        process.join(10)
        process.kill()


def serve(pipe: Connection, contacts: int, away_ms: int, limit: int | None) -> None:
    """HubSpot, until told to stop: an Enterprise account with so many contacts, all on one list."""
    from connectors.hubspot.sandbox import Sandbox, write
    from connectors.hubspot.sandbox.associations import DEFAULT, HUBSPOT, PRIMARY
    from connectors.hubspot.sandbox.listing import make_list

    with Sandbox(seeded=False) as sandbox:
        account = sandbox.portal
        app = account.create_private_app()
        app.limits.daily = None
        if limit is not None:
            app.limits.burst = limit
        ids = []
        company = write.create(account, account.stores["companies"], {"name": "Example"}, None).id
        for number in range(contacts):
            values = {"firstname": f"Contact {number}", "tier": "gold"}
            ids.append(write.create(account, account.contacts, values, None).id)
        for contact in ids[:OPENS]:
            deal = {"dealname": "Retreat", "amount": "12000", "dealstage": "qualifiedtobuy"}
            made = write.create(account, account.stores["deals"], deal, None).id
            bonds = (("companies", company, PRIMARY), ("deals", made, DEFAULT))
            for kind, record, labels in bonds:
                label = (HUBSPOT, labels["contacts", kind])
                account.associations.add(("contacts", contact), (kind, record), [label])
        if away_ms:
            sandbox.faults.add("slow", slow_ms=away_ms)
        pipe.send((sandbox.origin, app.token, ids, make_list(account, "Everyone", ids).id))
        while pipe.recv() != "stop":
            refused = sandbox.counts.total(status=429)
            told = {"total": sandbox.counts.total(), "refused": refused, "cap": app.limits.burst}
            pipe.send({**told, "most": app.limits.most_in_window})


if __name__ == "__main__":
    sys.exit("run it as: python -m benchmarks hubspot_read")
