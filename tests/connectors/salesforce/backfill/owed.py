"""An org that is owed much, for the tests of its back-fill."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select, update

from connectors.salesforce.backfill.runner import Backfill
from connectors.salesforce.models import SalesforceBulkJob
from connectors.salesforce.orgs import Orgs
from plugin.kernel.clock import Clock, utcnow
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery, DeliveryStatus
from plugin.outbox.ports import Message
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_deliver import about
from tests.connectors.salesforce.writeback.test_fold import STORY


@dataclass
class Owing:
    """A world with people, and a visit of each that isn't told yet."""

    world: World
    people: list[str]
    visits: dict[str, str] = field(default_factory=dict)
    """The record of each visit."""

    def owe(self, record_id: str, visit: str, messages: tuple[Message, ...] = STORY) -> None:
        """What happened in a visit is owed."""
        self.visits[visit] = record_id
        installation = self.world.installation_id
        found = about(record_id, messages, visit)
        drafts = [Draft(installation, each.key, each.kind, each.subject, each.payload) for each in found]
        with self.world.database.transaction() as session:
            enqueue(session, drafts, clock=self.world.clock)

    def backfill(self, clock: Clock = utcnow) -> Backfill:
        world = self.world
        return Backfill(Orgs(world.database, world.vault, world.settings, clock=clock))

    def statuses(self) -> Counter[str]:
        with self.world.database.reading() as session:
            return Counter(session.scalars(select(Delivery.status)))

    def reasons(self) -> dict[str, str]:
        """Why, by record, of what is dead."""
        with self.world.database.reading() as session:
            dead = select(Delivery.subject, Delivery.reason).where(Delivery.status == DeliveryStatus.DEAD)
            return {subject.partition(":")[2]: str(reason) for subject, reason in session.execute(dead)}

    def let_leases_end(self) -> None:
        """As when a worker died a while ago."""
        with self.world.database.transaction() as session:
            session.execute(update(SalesforceBulkJob).values(leased_until=None))

    def worked_off(self) -> Counter[str]:
        """How often each visit's row was worked off by bulk."""
        found: Counter[str] = Counter()
        for job in self.world.sandbox.jobs.all.values():
            if job.outcomes:
                place = job.header.index("Session_Key__c")
                found.update(row[place] for row in job.rows)
        return found

    def assert_told(self, *but: str) -> None:
        """Each visit but those of `but` stands in one row of its own, whole, on its person."""
        rows = self.world.rows("Video_Engagement__c")
        told = {str(row["Session_Key__c"]): row for row in rows}
        assert len(told) == len(rows)
        assert set(told) == {visit for visit, person in self.visits.items() if person not in but}
        for visit, row in told.items():
            assert row.get("Contact__c") == self.visits[visit]
            assert (row["Max_Milestone__c"], row["CTA_Clicked__c"], row["Revision__c"]) == (75, True, 2)


def make_owing(world: World, number: int, **fields: object) -> Owing:
    """So many contacts, a whole visit of each."""
    people = [world.add("Contact", LastName=f"P{place}", **fields) for place in range(number)]
    owing = Owing(world, people)
    for place, person in enumerate(people):
        owing.owe(person, f"v{place}")
    return owing
