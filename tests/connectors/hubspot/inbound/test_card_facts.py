"""What the card may show is found, and what it may not is left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from connectors import people
from connectors.hubspot.inbound import effects
from connectors.hubspot.inbound.card import Facts, as_json
from connectors.hubspot.inbound.card_facts import facts_of
from connectors.hubspot.inbound.give_link import GivenLink, give_link
from connectors.hubspot.models import HubSpotContact
from plugin.campaigns.find import find_campaign
from plugin.campaigns.publish import unpublish
from plugin.engagement.attention.forget import forget
from plugin.engagement.attention.models import AttentionSecond, AttentionVisit
from plugin.engagement.attention.share import Attention
from plugin.engagement.models import Event, Visit
from plugin.links.revoke import revoke
from plugin.privacy import consent, suppress
from plugin.privacy.models import ConsentState
from plugin.recipients.models import Recipient
from tests.connectors.hubspot.inbound.conftest import World
from tests.plugin.engagement.visits import make_visit
from tests.plugin.privacy.test_consent import NOTICE


def give(world: World, contact_id: str = "501", slug: str = "spring", days: int | None = None) -> GivenLink:
    with world.database.transaction() as session:
        return give_link(session, world.installation_id, contact_id, slug, world.issuing, days=days, clock=world.clock)


def facts(world: World, contact_id: str = "501") -> Facts | None:
    with world.database.reading() as session:
        return facts_of(session, world.installation_id, contact_id, world.issuing, world.clock())


def shown(world: World, contact_id: str = "501") -> Facts:
    found = facts(world, contact_id)
    assert found is not None
    return found


def visit(session: Session, world: World, given: GivenLink, **more: Any) -> Visit:
    made = make_visit(
        session,
        world.vault,
        **{"who": "person", "settled_at": world.clock(), "spans": [[0, 10]], "summary": {"coverage_s": 10.0}, **more},
    )
    made.campaign_id, made.recipient_id = given.campaign_id, given.recipient_id
    return made


def decide(world: World, given: GivenLink, state: ConsentState, after: timedelta = timedelta(0)) -> None:
    principal = consent.principal_of(world.vault, given.recipient_id, given.campaign_id)
    with world.database.transaction() as session:
        consent.record(
            session,
            principal=principal,
            campaign_id=given.campaign_id,
            state=state,
            notice=NOTICE,
            clock=lambda: world.clock() + after,
        )


def test_links_are_told_by_campaign_the_live_one_with_its_address(world: World) -> None:
    spring, autumn = give(world), give(world, slug="autumn", days=1)
    world.clock.now += timedelta(days=2)

    links = {link.slug: link for link in shown(world).links}

    assert (links["spring"].url, links["spring"].campaign) == (spring.url, "Your year")
    assert (links["autumn"].url, links["autumn"].can_resend) == (None, True)
    assert autumn.slug in links
    assert shown(world).campaigns == [("autumn", "Your year"), ("spring", "Your year")]


def test_a_withdrawn_link_and_one_to_a_campaign_taken_down_lead_nowhere(world: World) -> None:
    first, second = give(world), give(world, slug="autumn")
    with world.database.transaction() as session:
        revoke(session, first.link_id)
        unpublish(session, second.slug)

    [left] = shown(world).links

    assert (left.slug, left.url, left.can_resend) == ("autumn", None, False)


def test_only_a_persons_visits_measured_with_their_leave_are_shown(world: World) -> None:
    given, other = give(world), give(world, "502")
    with world.database.transaction() as session:
        good = visit(session, world, given).id
        visit(session, world, given, tracked=False)
        visit(session, world, given, who="scanner")
        visit(session, world, given, who="unknown")
        visit(session, world, given, settled_at=None)
        visit(session, world, other)

    assert [each.id for each in shown(world).visits] == [good]


def test_how_much_they_faced_the_screen_is_shown_until_they_take_it_back(world: World) -> None:
    given = give(world)
    with world.database.transaction() as session:
        made = visit(session, world, given)
        plain = visit(session, world, given)
        session.add(AttentionVisit(visit_id=made.id, campaign_id="c", recipient_id=made.recipient_id, receipt_id="r"))
        for second in range(8):
            session.add(AttentionSecond(visit_id=made.id, second=second, score=0.75, n=5, quality="ok"))
    shares = {each.id: each.attention for each in shown(world).visits}
    assert shares == {made.id: Attention(0.75, 8, 1.0), plain.id: None}
    told = {each["id"]: each["facing"] for each in as_json(shown(world), "https://x", world.clock())["visits"]}
    assert told == {made.id: "Facing the screen 75 % of what played", plain.id: ""}

    with world.database.transaction() as session:
        forget(session, [made.id], "withdrawn", clock=world.clock)

    assert [each.attention for each in shown(world).visits] == [None, None]


def test_what_was_played_comes_with_the_visit(world: World) -> None:
    given = give(world)
    with world.database.transaction() as session:
        made = visit(session, world, given)
        for number, (start, end) in enumerate([(0.0, 10.0), (4.0, 6.0)]):
            data = {"from": start, "to": end, "rate": 1}
            session.add(Event(id=f"e{number}", visit_id=made.id, kind="video.watched", at=world.clock(), data=data))

    [told] = shown(world).visits

    assert sorted((span.from_ms, span.to_ms) for span in told.played) == [(0, 10_000), (4_000, 6_000)]


def test_the_last_decision_in_any_campaign_counts_and_a_signal_only_without_one(world: World) -> None:
    spring, autumn = give(world), give(world, slug="autumn")
    assert shown(world).consent == ("not_asked", None)

    decide(world, spring, ConsentState.SIGNALLED_OFF)
    assert shown(world).consent[0] == "signalled_off"

    decide(world, spring, ConsentState.GIVEN, timedelta(minutes=1))
    decide(world, autumn, ConsentState.REFUSED, timedelta(minutes=2))
    decide(world, spring, ConsentState.SIGNALLED_OFF, timedelta(minutes=3))
    assert shown(world).consent[0] == "refused"


def test_who_opted_out_of_mail_keeps_what_was_told_and_gets_no_link(world: World) -> None:
    given = give(world)
    with world.database.transaction() as session:
        visit(session, world, given)
    world.suppress("501", suppress.OPTED_OUT)

    found = shown(world)

    assert (len(found.visits), found.campaigns) == (1, [])
    assert [link.can_resend for link in found.links] == [False]


def test_of_who_was_erased_or_deleted_nothing_is_shown(world: World) -> None:
    give(world)
    world.suppress("501", people.ERASED)
    with world.database.transaction() as session:
        session.add(HubSpotContact(installation_id=world.installation_id, contact_id="502", gone_at=world.clock()))

    assert facts(world) is None
    assert facts(world, "502") is None


def test_after_a_merge_both_histories_stand_on_whoever_is_left(world: World) -> None:
    one, two = give(world), give(world, "502")
    with world.database.transaction() as session:
        visit(session, world, one)
        visit(session, world, two)
    effects.contacts_merged(world.portal, "502", ["501"])

    assert len(shown(world, "502").visits) == 2
    assert shown(world, "501").contact_id == "502"


def test_a_contact_we_never_met_has_nothing_but_campaigns(world: World) -> None:
    found = shown(world, "777")

    assert (found.links, found.visits, found.consent) == ([], [], ("not_asked", None))
    with world.database.reading() as session:
        assert session.query(Recipient).count() == 0
        assert find_campaign(session, "spring").installation_id == world.installation_id
