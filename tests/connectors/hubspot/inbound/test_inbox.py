"""What webhooks told is kept until it was acted on, in whatever order and however often it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from connectors import people
from connectors.hubspot.inbound.give_link import give_link
from connectors.hubspot.inbound.inbox import act, store
from connectors.hubspot.inbound.run_action import Action, run_action
from connectors.hubspot.inbound.webhooks import parse
from connectors.hubspot.inbound.workflow import Done
from connectors.hubspot.models import HubSpotContact, HubSpotInbox
from plugin.links.models import Link
from plugin.privacy.suppress import BOUNCED, OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.models import ProfileSnapshot, Recipient
from plugin.recipients.ports import ExternalRef
from plugin.recipients.profile import Reading, settle_reading, snapshot_of
from tests.connectors.hubspot.inbound.conftest import World
from tests.connectors.hubspot.inbound.test_run_action import CALL
from tests.connectors.hubspot.inbound.test_webhooks import event
from tests.connectors.hubspot.scripted import Asked, Reply, json_reply


@pytest.fixture
def ana(world: World) -> str:
    """Contact 501 with a link and a snapshot; their recipient id."""
    with world.database.transaction() as session:
        given = give_link(session, world.installation_id, "501", "spring", world.issuing, clock=world.clock)
        reading = Reading({"contact.first_name": "Ana"}, world.clock() - timedelta(days=1), live=True)
        settle_reading(session, world.vault, given.recipient_id, ["contact.first_name"], reading)
    return given.recipient_id


def tell(world: World, *events: dict[str, Any]) -> int:
    told = parse(orjson.dumps(list(events)))
    with world.database.transaction() as session:
        return store(session, world.vault, {"111": world.installation_id}, told, clock=world.clock)


def work(world: World) -> int:
    return act(world.database, world.portals.of, clock=world.clock)


def count(world: World, model: Any, *where: Any) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def first_name(world: World, recipient_id: str) -> object:
    with world.database.reading() as session:
        kept = snapshot_of(session, world.vault, recipient_id, ["contact.first_name"])
    return kept.values.get("contact.first_name")


def changed(value: str, seconds: int = 0) -> dict[str, Any]:
    at = 1795262000000 + seconds * 1000
    return event("contact.propertyChange", propertyName="first_name", propertyValue=value, occurredAt=at)


def held(world: World, contact_id: str = "501") -> frozenset[str]:
    with world.database.reading() as session:
        return reasons(session, pseudonym_of(world.vault, ExternalRef(world.installation_id, "contact", contact_id)))


def test_an_erasure_withdraws_forgets_and_keeps_them_from_coming_back(world: World, ana: str) -> None:
    tell(world, event("contact.privacyDeletion"))
    assert work(world) == 1

    assert count(world, ProfileSnapshot) == 0
    assert count(world, Link, Link.revoked_at.is_(None)) == 0
    assert count(world, HubSpotInbox) == 0
    reply = run_action(Action(world.portal, world.issuing, CALL), within_s=10)
    assert isinstance(reply, Done)
    assert reply.outputs["errorCode"] == "NOT_WANTED"


def test_somebody_we_never_knew_is_kept_from_being_added_after_an_erasure(world: World) -> None:
    tell(world, event("contact.privacyDeletion", objectId=999))
    work(world)

    assert held(world, "999") == {people.ERASED}


def test_a_deletion_forgets_the_stand_in_and_leaves_the_link(world: World, ana: str) -> None:
    tell(world, event("contact.deletion"))
    work(world)

    assert count(world, ProfileSnapshot) == 0
    assert count(world, Link, Link.revoked_at.is_(None)) == 1
    assert count(world, HubSpotContact, HubSpotContact.gone_at.is_not(None)) == 1


def test_a_merged_contact_keeps_their_link_under_the_new_name(world: World, ana: str) -> None:
    tell(world, event("contact.merge", objectId=502, primaryObjectId=502, mergedObjectIds=[501], newObjectId=502))
    work(world)

    with world.database.transaction() as session:
        given = give_link(session, world.installation_id, "501", "spring", world.issuing, clock=world.clock)
    assert (given.contact_id, given.recipient_id, given.reused) == ("502", ana, True)


def test_told_twice_and_in_the_wrong_order_it_is_the_same(world: World, ana: str) -> None:
    merge = event("contact.merge", objectId=502, primaryObjectId=502, mergedObjectIds=[501], newObjectId=502)
    for _ in range(2):
        tell(world, event("contact.deletion"), merge, event("contact.deletion"), merge)
        work(world)

    assert count(world, HubSpotInbox) == 0
    assert count(world, Recipient) == 1
    with world.database.reading() as session:
        assert session.get_one(Recipient, ana).external_id == "502"


def test_what_waits_is_one_row_however_often_it_is_told(world: World, ana: str) -> None:
    for _ in range(3):
        tell(world, event("contact.deletion"), event("contact.deletion"))

    assert count(world, HubSpotInbox) == 1


def test_of_people_we_do_not_know_nothing_is_kept(world: World) -> None:
    merge = event("contact.merge", objectId=8, primaryObjectId=8, mergedObjectIds=[9], newObjectId=8)

    assert tell(world, event("contact.deletion", objectId=7), merge, changed("Eve")) == 0
    assert count(world, HubSpotInbox) == 0


def test_a_changed_value_replaces_the_stand_in_and_the_later_one_counts(world: World, ana: str) -> None:
    tell(world, changed("Anabel", 20), changed("Anna", 10))
    assert first_name(world, ana) == "Anabel"

    tell(world, changed("", 30))
    assert first_name(world, ana) is None


def test_only_what_a_storyboard_may_show_is_taken_in(world: World, ana: str) -> None:
    tell(world, event("contact.propertyChange", propertyName="salary", propertyValue="90000"))

    with world.database.reading() as session:
        assert dict(snapshot_of(session, world.vault, ana, ["contact.salary"]).values) == {}


def test_nobody_without_a_snapshot_gets_one_by_a_webhook(world: World) -> None:
    with world.database.transaction() as session:
        give_link(session, world.installation_id, "502", "spring", world.issuing, clock=world.clock)

    tell(world, changed("Bo") | {"objectId": 502})

    assert count(world, ProfileSnapshot) == 0


def test_an_opt_out_is_read_as_it_stands_whatever_order_it_was_told_in(world: World, ana: str) -> None:
    def answer(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/batch/read"):
            return None
        properties = {"hs_email_optout": "true", "hs_email_hard_bounce_reason_enum": "MAILBOX_FULL"}
        return json_reply(200, {"results": [{"id": "501", "properties": properties}]})

    world.hub.before = answer
    off = event("contact.propertyChange", propertyName="hs_email_optout", propertyValue="false")
    on = event("contact.propertyChange", propertyName="hs_email_optout", propertyValue="true", occurredAt=1)
    tell(world, off, on)
    assert work(world) == 2

    assert held(world) == {OPTED_OUT, BOUNCED}
    assert len(world.hub.asked) == 1


def test_what_fails_is_tried_again_and_holds_up_nothing_else(world: World, ana: str) -> None:
    world.hub.before = lambda _: json_reply(403, {"category": "MISSING_SCOPES"})
    tell(
        world,
        event("contact.propertyChange", propertyName="hs_email_optout", propertyValue="true"),
        event("contact.deletion"),
    )
    work(world)

    assert count(world, ProfileSnapshot) == 0
    with world.database.reading() as session:
        [left] = session.scalars(select(HubSpotInbox)).all()
    assert left.kind == "standing"
    assert left.problem
    assert work(world) == 0
    world.hub.before = lambda _: json_reply(200, {"results": []})
    world.clock.now += timedelta(minutes=2)
    assert work(world) == 1
    assert count(world, HubSpotInbox) == 0
