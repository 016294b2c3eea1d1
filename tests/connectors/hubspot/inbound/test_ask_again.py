"""'Copy link' gives the one link there is; 'Send again' is one wish however often it is pressed within minutes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from connectors.hubspot.inbound import ask_again
from connectors.hubspot.inbound.ask_again import ONCE_IN, copy_link, send_again
from plugin.privacy.suppress import OPTED_OUT
from tests.connectors.hubspot.inbound.conftest import World
from tests.connectors.hubspot.scripted import json_reply


def test_a_first_copy_makes_a_link_and_writes_it_a_second_does_neither(world: World) -> None:
    first = copy_link(world.portal, world.issuing, "501", "spring")
    asked = len(world.hub.asked)
    again = copy_link(world.portal, world.issuing, "501", "spring")

    assert first.done
    assert first.url == again.url
    assert world.hub.contacts["501"]["segue_link_spring"] == first.url
    assert len(world.hub.asked) == asked


def test_a_link_that_could_not_be_written_is_given_all_the_same_and_said_to_be_missing(world: World) -> None:
    world.hub.before = lambda _: json_reply(503, {})

    outcome = copy_link(world.portal, world.issuing, "501", "spring")

    assert outcome.done
    assert outcome.url
    assert "isn't on the contact yet" in outcome.message


def test_sending_again_writes_link_and_moment_for_a_workflow_to_start_on(world: World) -> None:
    outcome = send_again(world.portal, world.issuing, "501", "spring")

    written = world.hub.contacts["501"]
    assert outcome.done
    assert written["segue_link_spring"] == written["segue_link"] == outcome.url
    assert written["segue_link_requested_at"].startswith("2026-11-21T12:0")
    assert "workflow" in outcome.message


def test_pressed_again_within_minutes_it_is_the_same_wish(world: World) -> None:
    send_again(world.portal, world.issuing, "501", "spring")
    first = world.hub.contacts["501"]["segue_link_requested_at"]
    world.clock.now += ONCE_IN - timedelta(seconds=30)

    outcome = send_again(world.portal, world.issuing, "501", "spring")

    assert world.hub.contacts["501"]["segue_link_requested_at"] == first
    assert outcome.done
    assert "Asked for already, 5 minutes ago" in outcome.message


def test_later_it_is_a_new_one_and_other_campaigns_are_wishes_of_their_own(world: World) -> None:
    send_again(world.portal, world.issuing, "501", "spring")
    first = world.hub.contacts["501"]["segue_link_requested_at"]
    world.clock.now += timedelta(minutes=1)
    send_again(world.portal, world.issuing, "501", "autumn")
    second = world.hub.contacts["501"]["segue_link_requested_at"]
    world.clock.now += ONCE_IN
    send_again(world.portal, world.issuing, "501", "spring")

    assert first < second < world.hub.contacts["501"]["segue_link_requested_at"]


def test_a_wish_hubspot_did_not_hear_is_the_same_when_made_again(world: World) -> None:
    world.hub.before = lambda _: json_reply(503, {})
    assert not send_again(world.portal, world.issuing, "501", "spring").done

    world.hub.before = None
    world.clock.now += timedelta(seconds=5)

    assert send_again(world.portal, world.issuing, "501", "spring").done
    assert world.hub.contacts["501"]["segue_link_requested_at"].startswith("2026-11-21T12:00:0")


@pytest.mark.parametrize(
    ("contact", "slug", "said"),
    [("501", "summer", "no campaign"), ("501", "drafted", "isn't published"), ("404", "spring", "was deleted")],
)
def test_why_not_is_said(world: World, contact: str, slug: str, said: str) -> None:
    for ask in (copy_link, send_again):
        outcome = ask(world.portal, world.issuing, contact, slug)
        if ask is send_again or contact == "501":
            assert not outcome.done
            assert said in outcome.message


def test_who_opted_out_gets_nothing_sent_again(world: World) -> None:
    world.suppress("501", OPTED_OUT)

    outcome = send_again(world.portal, world.issuing, "501", "spring")

    assert (outcome.done, outcome.url) == (False, None)
    assert "opted out" in outcome.message
    assert world.hub.contacts["501"] == {}


def test_a_portal_that_was_not_set_up_says_so_rather_than_send_nothing(world: World) -> None:
    world.hub.missing = {"segue_link_requested_at"}

    outcome = send_again(world.portal, world.issuing, "501", "spring")

    assert not outcome.done
    assert "set the account up" in outcome.message


def test_a_slow_hubspot_keeps_nobody_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_again, "WITHIN_S", 0.2)
    answered = threading.Event()
    world.hub.before = lambda _: answered.wait(5) and None

    outcome = send_again(world.portal, world.issuing, "501", "spring")

    answered.set()
    assert not outcome.done
    assert "slow" in outcome.message
