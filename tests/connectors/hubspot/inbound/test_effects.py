"""What follows from a contact's deletion, erasure or merger; told twice, it follows once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from connectors.hubspot.inbound.effects import contact_deleted, contacts_merged, privacy_deleted
from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.read.known import aliases_of, known
from connectors.people import ERASED
from plugin.campaigns.models import StoryboardVersion
from plugin.decisions.models import Open
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.kernel.ids import new_id
from plugin.links.issue import LinkOrder, RecipientSuppressed, issue
from plugin.links.keys import Keyring
from plugin.links.models import Link
from plugin.media.models import Assembly
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, reasons, suppress
from plugin.recipients.enrol import enrol
from plugin.recipients.models import OutcomePerson, ProfileSnapshot, Recipient
from tests.connectors.hubspot.world import World, connected
from tests.make import make_campaign

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made:
        yield made


class Person:
    """A contact with a link, a snapshot, a measured visit and a message owed to the CRM."""

    def __init__(self, world: World, campaign_id: str, contact: str) -> None:
        self.world, self.contact = world, contact
        keyring = Keyring(world.database, world.vault)
        with world.database.transaction() as session:
            self.recipient = enrol(session, world.ref(contact))
            self.link = issue(session, LinkOrder(campaign_id, self.recipient), keyring=keyring).id
            session.add(ProfileSnapshot(recipient_id=self.recipient, sealed=b"x", read_at=AT))
            self.visit = new_id()
            session.add(
                Open(
                    id=self.visit,
                    link_id=self.link,
                    storyboard_version_id=campaign_id,
                    assembly_id=campaign_id,
                    language="en",
                    choices=[],
                    profile_read_at=None,
                    live=True,
                    at=AT,
                )
            )
            session.flush()
            session.add(
                Visit(
                    id=self.visit,
                    campaign_id=campaign_id,
                    recipient_id=self.recipient,
                    started_at=AT,
                    duration_s=40.0,
                    tracked=True,
                    network="n",
                    suppression="s",
                    evidence={"agent": "x"},
                    who="person",
                    coverage_s=38.0,
                    spans=[[0, 38]],
                    summary={"ctas": ["Book"]},
                )
            )
            session.add(Event(id=new_id(), visit_id=self.visit, kind="video.played", at=AT, data={"x": 1}))
            session.add(VisitDue(visit_id=self.visit, due_at=AT))
            payload = {"visit_id": self.visit, "occurred_at": AT.isoformat()}
            enqueue(
                session,
                [Draft(world.installation_id, new_id(), "video.played", f"contact:{contact}", payload)],
            )

    def count(self, table, *where) -> int:
        with self.world.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    @property
    def owed(self) -> int:
        return self.count(Delivery, Delivery.subject == f"contact:{self.contact}")

    @property
    def live_links(self) -> int:
        return self.count(Link, Link.recipient_id == self.recipient, Link.revoked_at.is_(None))

    @property
    def snapshots(self) -> int:
        return self.count(ProfileSnapshot, ProfileSnapshot.recipient_id == self.recipient)

    @property
    def row(self) -> Visit:
        with self.world.database.reading() as session:
            return session.get_one(Visit, self.visit)

    @property
    def reasons(self) -> frozenset[str]:
        with self.world.database.reading() as session:
            return reasons(session, pseudonym_of(self.world.vault, self.world.ref(self.contact)))


@pytest.fixture
def campaign_id(world: World) -> str:
    with world.database.transaction() as session:
        made = make_campaign(session, installation_id=world.installation_id, published_version=1).id
        session.add(Assembly(id=made, clip_ids=[]))
        session.add(
            StoryboardVersion(id=made, campaign_id=made, version=1, document={}, clip_ids={}, content_sha256="x")
        )
    return made


def test_a_deleted_contact_leaves_no_stand_in_and_nothing_owed_but_may_come_back(world: World, campaign_id: str):
    ana, ben = Person(world, campaign_id, "501"), Person(world, campaign_id, "502")

    for _ in range(2):
        contact_deleted(world.portal, "501")

    assert (ana.owed, ana.snapshots, ana.live_links, ana.reasons) == (0, 0, 1, frozenset())
    assert known(world.portal, "501")[1].gone_at is not None
    assert (ben.owed, ben.snapshots) == (1, 1)


def test_an_erased_person_is_forgotten_and_never_addressed_again(world: World, campaign_id: str, database):
    ana, ben = Person(world, campaign_id, "501"), Person(world, campaign_id, "502")

    for _ in range(2):
        privacy_deleted(world.portal, "501")

    assert (ana.owed, ana.snapshots, ana.live_links) == (0, 0, 0)
    assert ana.reasons == {ERASED}
    assert ana.count(Event, Event.visit_id == ana.visit) == ana.count(VisitDue, VisitDue.visit_id == ana.visit) == 0
    row = ana.row
    assert (row.tracked, row.who, row.coverage_s, row.spans, row.summary, row.evidence, row.network) == (
        False,
        "unknown",
        0.0,
        [],
        {},
        {},
        None,
    )
    assert (ben.owed, ben.snapshots, ben.live_links, ben.row.coverage_s) == (1, 1, 1, 38.0)
    keyring = Keyring(database, world.vault)
    with database.transaction() as session, pytest.raises(RecipientSuppressed):
        issue(session, LinkOrder(campaign_id, enrol(session, world.ref("501"))), keyring=keyring)


def test_erasing_reaches_whoever_was_merged_into_them(world: World, campaign_id: str, database):
    old = Person(world, campaign_id, "501")
    survivor = Person(world, campaign_id, "502")
    contacts_merged(world.portal, "502", ["501"])
    with database.transaction() as session:
        session.add(HubSpotContact(installation_id=world.installation_id, contact_id="502", folded={"opens": 3}))

    privacy_deleted(world.portal, "502")

    assert old.reasons == survivor.reasons == {ERASED}
    assert (old.live_links, survivor.live_links) == (0, 0)
    assert old.count(HubSpotContact) == old.count(OutcomePerson) == 0


def test_a_merged_recipient_becomes_the_survivors_and_keeps_links_visits_and_consent(
    world: World, campaign_id: str, database
):
    ana = Person(world, campaign_id, "501")

    for _ in range(2):
        contacts_merged(world.portal, "777", ["501"])

    with database.reading() as session:
        (recipient,) = session.scalars(select(Recipient))
    assert (recipient.id, recipient.external_id) == (ana.recipient, "777")
    assert ana.live_links == 1
    assert known(world.portal, "501")[0] == "777"


def test_when_both_had_links_both_go_on_and_one_leads_to_the_other(world: World, campaign_id: str):
    ana, anna = Person(world, campaign_id, "501"), Person(world, campaign_id, "502")

    contacts_merged(world.portal, "502", ["501"])

    assert (ana.live_links, anna.live_links) == (1, 1)
    assert aliases_of(world.portal, ["502"]) == {"501": "502"}


def test_chains_of_mergers_lead_to_the_last_whatever_order_they_are_told_in(world: World):
    contacts_merged(world.portal, "503", ["502"])
    contacts_merged(world.portal, "502", ["501"])

    assert known(world.portal, "501")[0] == "503"
    assert aliases_of(world.portal, ["503"]) == {"501": "503", "502": "503"}


def test_mergers_told_round_in_a_circle_end(world: World):
    contacts_merged(world.portal, "502", ["501"])
    contacts_merged(world.portal, "501", ["502"])

    assert known(world.portal, "501")[0] in {"501", "502"}
    aliases_of(world.portal, ["501", "502"])


def test_what_holds_for_one_of_the_merged_holds_for_the_survivor(world: World, campaign_id: str, database):
    ana, anna = Person(world, campaign_id, "501"), Person(world, campaign_id, "502")
    with database.transaction() as session:
        suppress(session, pseudonym_of(world.vault, world.ref("501")), "stop")
        suppress(session, pseudonym_of(world.vault, world.ref("502")), OPTED_OUT)

    contacts_merged(world.portal, "502", ["501"])

    assert ana.reasons == anna.reasons == {"stop", OPTED_OUT}


def test_word_of_a_contact_we_never_heard_of_changes_nothing_of_note(world: World):
    contact_deleted(world.portal, "900")
    privacy_deleted(world.portal, "901")
    contacts_merged(world.portal, "902", ["903"])

    assert known(world.portal, "903")[0] == "902"
    assert known(world.portal, "900")[1].gone_at is not None
    assert timedelta(0) <= world.portal.clock() - known(world.portal, "900")[1].gone_at < timedelta(minutes=5)
