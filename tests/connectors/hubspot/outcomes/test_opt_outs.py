"""Whoever opts out of mail is left alone within minutes, without anybody opening anything."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from connectors.hubspot.inbound.effects import contacts_merged
from connectors.hubspot.outcomes.opt_outs import poll_opt_outs
from connectors.hubspot.sandbox import write
from plugin.privacy.models import Suppression
from plugin.privacy.suppress import BOUNCED, OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.enrol import enrol
from tests.connectors.hubspot.world import World, connected


@pytest.fixture
def world(database, vault):
    with connected(database, vault) as made:
        yield made


def enrolled(world: World, **values) -> str:
    contact = world.make("contacts", **values)
    with world.database.transaction() as session:
        enrol(session, world.ref(contact))
    return contact


def standing(world: World, contact: str) -> frozenset[str]:
    with world.database.reading() as session:
        return reasons(session, pseudonym_of(world.vault, world.ref(contact)))


def test_opt_outs_and_bounces_of_recipients_are_found_whenever_they_happened(world: World):
    out, bounced, fine = enrolled(world), enrolled(world), enrolled(world)
    world.set_by_hubspot(out, hs_email_optout="true")
    world.set_by_hubspot(bounced, hs_email_hard_bounce_reason_enum="MAILBOX_FULL")

    assert poll_opt_outs(world.portal) == 2
    assert (standing(world, out), standing(world, bounced), standing(world, fine)) == (
        {OPTED_OUT},
        {BOUNCED},
        frozenset(),
    )

    world.set_by_hubspot(fine, hs_email_optout="true")
    assert poll_opt_outs(world.portal) == 1
    assert standing(world, fine) == {OPTED_OUT}
    assert poll_opt_outs(world.portal) == 0


def test_of_people_who_never_got_a_link_nothing_is_kept(world: World):
    world.set_by_hubspot(world.make("contacts"), hs_email_optout="true")

    assert poll_opt_outs(world.portal) == 0
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_whoever_was_merged_into_someone_who_opted_out_is_left_alone_too(world: World):
    old, survivor = enrolled(world), enrolled(world)
    store = world.account.contacts
    write.merge(world.account, store, store.records[survivor], store.records[old])
    contacts_merged(world.portal, survivor, [old])
    world.set_by_hubspot(survivor, hs_email_optout="true")

    poll_opt_outs(world.portal)

    assert standing(world, old) == standing(world, survivor) == {OPTED_OUT}
