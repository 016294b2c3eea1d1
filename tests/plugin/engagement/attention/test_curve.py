"""The course of a campaign: of a group, never of a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.decisions.models import Open
from plugin.engagement.attention.consent import allow
from plugin.engagement.attention.curve import curves
from plugin.engagement.models import Visit
from plugin.kernel.errors import NotFound
from plugin.links.models import Link
from plugin.recipients.models import Recipient
from tests.conftest import NOW
from tests.plugin.engagement.attention.pages import NOTICE, make_attentive, second, told
from tests.plugin.engagement.visits import make_visit


@pytest.fixture
def first(database, vault) -> str:
    """A visit to a published campaign, the first of many."""
    visit_id = make_attentive(database, vault)
    with database.transaction() as session:
        session.scalars(select(Campaign)).one().published_version = 1
    return visit_id


def another(database, vault, first: str, *, same_person: bool = False) -> str:
    """One more attentive visit to the same campaign."""
    with database.transaction() as session:
        one = session.get_one(Visit, first)
        visit = make_visit(session, vault, again=one)
        opened, earlier = session.get_one(Open, visit.id), session.get_one(Open, first)
        opened.storyboard_version_id = earlier.storyboard_version_id
        if not same_person:
            person = Recipient(
                installation_id=session.scalars(select(Campaign.installation_id)).first() or "",
                external_type="contact",
                external_id=visit.id,
            )
            session.add(person)
            session.flush()
            visit.recipient_id = session.get_one(Link, opened.link_id).recipient_id = person.id
        allow(session, visit.id, NOTICE, vault=vault, clock=lambda: NOW)
        return visit.id


def seen(database, group: int):
    with database.reading() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.published_version == 1)).one()
        return curves(session, campaign.slug, group=group)


def test_a_group_is_shown_by_scene_and_second_and_one_fewer_is_not(database, vault, first):
    visits = [first, *(another(database, vault, first) for _ in range(9))]
    for number, visit_id in enumerate(visits):
        # Everyone faces the first scene; half of them look away in the second, which two of them never reach.
        away = 0.0 if number % 2 else 1.0
        late = [] if number < 2 else [second(at, away) for at in range(10, 30)]
        told(database, vault, visit_id, [*(second(at) for at in range(10)), *late])

    hello, pricing, goodbye = seen(database, group=10)

    assert (hello.title, hello.people, hello.share) == ("Hello", 10, 1.0)
    assert hello.seconds == (1.0,) * 10
    assert (pricing.people, pricing.share, pricing.seconds) == (0, None, ())
    assert (goodbye.people, goodbye.share) == (0, None)
    _, pricing, _ = seen(database, group=8)
    assert pricing.share == 0.5
    assert len(pricing.seconds) == 20


def test_one_person_who_watches_often_is_one_person(database, vault, first):
    for visit_id in (first, *(another(database, vault, first, same_person=True) for _ in range(9))):
        told(database, vault, visit_id, [second(at) for at in range(10)])

    assert all(curve.people == 0 for curve in seen(database, group=5))


def test_seconds_that_could_not_be_judged_make_no_group(database, vault, first):
    for visit_id in (first, *(another(database, vault, first) for _ in range(4))):
        told(database, vault, visit_id, [second(0), *(second(at, None) for at in range(1, 10))])

    hello = seen(database, group=5)[0]

    assert hello.seconds == (1.0, *(None,) * 9)


def test_what_is_withdrawn_is_out_of_the_group_at_once(database, vault, first):
    from plugin.engagement.attention.consent import withdraw

    visits = [first, *(another(database, vault, first) for _ in range(4))]
    for visit_id in visits:
        told(database, vault, visit_id, [second(at) for at in range(10)])
    assert seen(database, group=5)[0].share == 1.0

    with database.transaction() as session:
        withdraw(session, visits[3], NOTICE, vault=vault, clock=lambda: NOW)

    assert seen(database, group=5)[0].share is None


def test_an_unknown_campaign_is_said_to_be_one(database, first):
    with database.reading() as session, pytest.raises(NotFound):
        curves(session, "nowhere", group=5)
    with database.reading() as session:
        assert session.scalars(select(StoryboardVersion)).first() is not None
