"""Salesforce's sandbox, and an org of it that our workers tell: what `salesforce` measures on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from benchmarks.stand import VAULT, Stand, ahead, behind_a_pipe, calls_of, quiet, served, start, trouble_of
from connectors.salesforce.accounts.config import change_config
from connectors.salesforce.accounts.connect import connect_client_credentials
from connectors.salesforce.api.allowance import CallCount
from connectors.salesforce.backfill.runner import Backfill
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.store.write import Writer
from connectors.sandbox.counts import Exchange
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database, Entity
from plugin.kernel.settings import Settings

UPSERT = "composite/sobjects/Video_Engagement__c"
Row = tuple[str, int, int, bool, int]
"""Of a visit: its contact, revision, milestone, whether something was pressed, and how many tasks it made."""


@dataclass(frozen=True, slots=True)
class Org:
    """An org as it was set up, and its contacts."""

    origin: str
    my_domain: str
    key: str
    secret: str
    token: str
    contacts: tuple[str, ...]


@dataclass
class OrgStand(Stand):
    """The stand of an org."""

    org: Org

    def allow(self, calls: int, share: float = 1.0) -> None:
        """The org's calls for a day as we know them, and what share of them is ours."""
        with self.database.transaction() as session:
            change_config(
                session, self.installation_id, lambda held: replace(held, daily_max=calls, share=share, engagement=True)
            )

    def spent(self) -> int:
        """Calls that count for our share today."""
        with self.database.reading() as session:
            return session.scalar(select(CallCount.ours).where(CallCount.day == utcnow().date())) or 0

    def backfiller(self, many: int, later: timedelta = timedelta()) -> BaseProcess:
        """A process that tells what is owed by bulk until it is killed."""
        return start(_backfill, self.url, self.settings, many, later)


@contextmanager
def stand(folder: Path, contacts: int) -> Iterator[OrgStand]:
    """A fresh database on SQLite with `synchronous=FULL`, and an org with so many contacts and our package."""
    with behind_a_pipe(_serve, contacts) as (pipe, org):
        database = Database(f"sqlite:///{folder / 'salesforce.sqlite3'}")
        Entity.metadata.create_all(database.engine)
        settings = Settings(salesforce_sandbox=org.origin, public_origin="https://video.example")
        made = connect_client_credentials(
            database, VAULT, settings, login=org.my_domain, client_id=org.key, client_secret=org.secret
        )
        yield OrgStand(database, settings, made.installation_id, pipe, org)
        database.dispose()


def _backfill(url: str, settings: Settings, many: int, later: timedelta) -> None:
    quiet()
    orgs = Orgs(Database(url), VAULT, settings, clock=ahead(later))
    hand = Backfill(orgs)
    while True:
        if not hand.work_once(many=many):
            time.sleep(0.05)


def _serve(pipe: Connection, contacts: int) -> None:
    quiet()
    with Sandbox(seeded=False) as sandbox:
        does = _Served(sandbox)
        served(pipe, does.set_up(contacts), does)


class _Served:
    """What the sandbox's process does when asked."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._revisions: dict[str, int] = {}
        self._backwards = 0
        sandbox.counts.recorders.append(self._watch)

    def set_up(self, contacts: int) -> Org:
        """An org in which nobody is counted yet."""
        org, app = self._sandbox.org, self._sandbox.logins.apps[0]
        org.limits.most = 1_000_000_000
        kind = org.schema.kind("Contact")
        assert kind is not None
        writer = Writer(org, org.admin_id)
        made = tuple(writer.create(kind, {"LastName": f"C{n}"}) for n in range(contacts))
        org.journal.close()
        origin = self._sandbox.origin
        return Org(origin, org.my_domain, app.consumer_key, app.consumer_secret, self._sandbox.sign_in(), made)

    def fill_campaign(self, members: int) -> str:
        """A campaign of so many contacts; its id."""
        org = self._sandbox.org
        writer, kind = Writer(org, org.admin_id), org.schema.kind("Campaign")
        assert kind is not None
        campaign = writer.create(kind, {"Name": "Everyone"})
        people, joined = org.table("Contact"), org.table("CampaignMember")
        stamps = {"CreatedDate": org.now(), "LastModifiedDate": org.now(), "SystemModstamp": org.now()}
        for n in range(members):
            # Straight into the tables: what a save does beside isn't measured here.
            person = str(people.write(people.new_id(), {"LastName": f"M{n}", **stamps})["Id"])
            values = {"CampaignId": campaign, "ContactId": person, "Status": "Sent", **stamps}
            joined.write(joined.new_id(), values)
            org.journal.close()
        return campaign

    def trouble(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """What goes wrong from now on; nothing, when there are no rules."""
        trouble_of(self._sandbox.faults, rules)

    def sessions(self, seconds: float, bulk_s: float = 0.0) -> None:
        """How long a session holds from now on, and how long a bulk job waits."""
        self._sandbox.logins.session_s = seconds
        self._sandbox.jobs.delay_s = bulk_s

    def reset(self) -> None:
        """Count anew."""
        self._sandbox.counts.reset()

    def calls(self) -> dict[int, int]:
        """Calls of the API by their status, signing in aside; 0: the connection was cut instead of an answer."""
        return calls_of(self._sandbox.counts, "/services/data")

    def batches(self) -> dict[int, int]:
        """Calls by how many rows they were about."""
        found: Counter[int] = Counter()
        for of in self._sandbox.counts.batches.values():
            found.update(of)
        return dict(sorted(found.items()))

    def made(self) -> int:
        """Calls of the API in all, those that aren't signing in."""
        return self._sandbox.counts.total(template="/services/data")

    def told(self, prefix: str) -> dict[str, Row]:
        """The rows whose key begins so, by key."""
        org = self._sandbox.org
        found: dict[str, Row] = {}
        for row in org.live("Video_Engagement__c"):
            key = str(row["Session_Key__c"])
            if key.startswith(prefix):
                done = sum(bool(row.get(f"{name}_Task_Id__c")) for name in ("Opened", "Watched", "CTA"))
                found[key] = (
                    str(row.get("Contact__c")),
                    int(row.get("Revision__c") or 0),
                    int(row.get("Max_Milestone__c") or 0),
                    bool(row.get("CTA_Clicked__c")),
                    done,
                )
        return found

    def closed(self) -> bool:
        """Whether the org has said that its day is over."""
        return self._sandbox.faults.rules[-1].kind == "limit_daily" and self._sandbox.faults.rules[-1].happened > 0

    def tasks(self) -> int:
        """Tasks there are."""
        return sum(1 for _ in self._sandbox.org.live("Task"))

    def backwards(self) -> int:
        """Writes that made a row older than it was."""
        return self._backwards

    def worked_off(self) -> dict[str, int]:
        """How often each row was worked off by bulk."""
        found: Counter[str] = Counter()
        for job in self._sandbox.jobs.all.values():
            if job.outcomes:
                place = job.header.index("Session_Key__c")
                found.update(row[place] for row in job.rows)
        return dict(found)

    def _watch(self, exchange: Exchange) -> None:
        if exchange.method != "PATCH" or UPSERT not in exchange.target or not exchange.committed:
            return
        answer = orjson.loads(exchange.body)
        for record, item in zip(orjson.loads(exchange.request_body)["records"], answer, strict=False):
            key, revision = record["Session_Key__c"], int(record.get("Revision__c") or 0)
            if item.get("success"):
                self._backwards += revision < self._revisions.get(key, 0)
                self._revisions[key] = revision
