"""The link stands on the contact before HubSpot hears 'done'; the same call is the same link; slow is never late."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from connectors.hubspot.accounts.config import change_config
from connectors.hubspot.inbound.callbacks import KEPT, LOST, forget
from connectors.hubspot.inbound.finish_actions import finish_actions
from connectors.hubspot.inbound.run_action import Action, run_action
from connectors.hubspot.inbound.workflow import ActionCall, Blocked, ComeAgain, Done, Reply
from connectors.hubspot.models import HubSpotCallback
from plugin.links.models import Link
from plugin.links.revoke import revoke
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, reasons
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef
from plugin.recipients.profile import snapshot_of
from tests.connectors.hubspot.inbound.conftest import World
from tests.connectors.hubspot.scripted import Asked, Reply as HttpReply, json_reply

CALL = ActionCall("cb-1", "111", "501", "spring", None, {})


def run(world: World, call: ActionCall = CALL, within_s: float = 10) -> Reply:
    return run_action(Action(world.portal, world.issuing, call), within_s=within_s)


def outputs(reply: Reply) -> dict[str, str]:
    assert isinstance(reply, Done), reply
    return dict(reply.outputs)


def work(world: World) -> int:
    return finish_actions(world.database, world.portals.of, world.issuing, clock=world.clock)


def count(world: World, model: type) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def unwell(asked: Asked) -> HttpReply:
    return json_reply(503, {"message": "busy"})


def without_automation(world: World) -> None:
    with world.database.transaction() as session:
        change_config(session, world.installation_id, lambda config: replace(config, scopes=()))
    world.portals.forget(world.installation_id)


def test_the_link_is_on_the_contact_when_success_is_told(world: World) -> None:
    told = outputs(run(world))

    assert told["hs_execution_state"] == "SUCCESS"
    assert told["video_url"].startswith("https://video.example.com/v/")
    assert told["video_expires_at"].startswith("2027-02-19T12:0")
    written = world.hub.contacts["501"]
    assert written == {"segue_link_spring": told["video_url"], "segue_link": told["video_url"]}


def test_the_same_call_again_is_answered_the_same_and_not_written_again(world: World) -> None:
    first = run(world)
    asked = len(world.hub.asked)

    assert run(world) == first
    assert len(world.hub.asked) == asked
    assert count(world, Link) == 1


def test_another_turn_of_the_same_contact_reuses_their_link(world: World) -> None:
    first = outputs(run(world))

    assert outputs(run(world, replace(CALL, callback_id="cb-2")))["video_url"] == first["video_url"]


def test_the_days_the_author_chose_hold(world: World) -> None:
    assert outputs(run(world, replace(CALL, days=7)))["video_expires_at"].startswith("2026-11-28T12:0")


def test_asked_twice_at_once_it_is_one_link_and_one_answer(world: World) -> None:
    together = threading.Barrier(2)

    def slow(asked: Asked) -> None:
        time.sleep(0.2)

    world.hub.before = slow

    def both() -> Reply:
        together.wait(5)
        return run(world)

    with ThreadPoolExecutor(2) as pool:
        first, second = [each.result(20) for each in [pool.submit(both) for _ in range(2)]]

    assert first == second
    assert outputs(first)["hs_execution_state"] == "SUCCESS"
    assert (count(world, Link), count(world, HubSpotCallback)) == (1, 1)
    assert len(world.hub.asked) == 1


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"slug": "summer"}, "CAMPAIGN_UNKNOWN", "'summer'"),
        ({"slug": "elsewhere"}, "CAMPAIGN_UNKNOWN", "'elsewhere'"),
        ({"slug": "' or 1=1"}, "CAMPAIGN_UNKNOWN", "no campaign"),
        ({"slug": ""}, "CAMPAIGN_UNKNOWN", "no campaign"),
        ({"slug": "drafted"}, "CAMPAIGN_UNPUBLISHED", "isn't published"),
        ({"days": 0}, "DAYS_WRONG", "1 to 3650"),
        ({"days": 99999}, "DAYS_WRONG", "1 to 3650"),
        ({"contact_id": "404"}, "CONTACT_GONE", "deleted"),
    ],
)
def test_what_can_not_be_is_said_and_the_workflow_goes_on(
    world: World, change: dict[str, object], code: str, said: str
) -> None:
    told = outputs(run(world, replace(CALL, **change)))  # type: ignore[arg-type]

    assert (told["hs_execution_state"], told["errorCode"]) == ("FAIL_CONTINUE", code)
    assert said in told["why_no_link"]
    assert outputs(run(world, replace(CALL, **change))) == told  # type: ignore[arg-type]


def test_who_is_not_to_be_addressed_gets_no_link(world: World) -> None:
    world.suppress("501")

    told = outputs(run(world))

    assert (told["errorCode"], count(world, Link)) == ("NOT_WANTED", 0)
    assert world.hub.contacts["501"] == {}


def test_an_opt_out_that_comes_with_the_call_is_honoured_and_kept(world: World) -> None:
    told = outputs(run(world, replace(CALL, values={"hs_email_optout": "true"})))

    assert told["errorCode"] == "NOT_WANTED"
    assert "opted out" in told["why_no_link"]
    with world.database.reading() as session:
        pseudonym = pseudonym_of(world.vault, ExternalRef(world.installation_id, "contact", "501"))
        assert reasons(session, pseudonym) == {OPTED_OUT}


def test_your_own_validation_rule_is_quoted(world: World) -> None:
    world.hub.refuse["501"] = "Lifecycle stage is required for customers"

    told = outputs(run(world))

    assert told["errorCode"] == "NOT_WRITTEN"
    assert "Lifecycle stage is required" in told["why_no_link"]


def test_a_property_that_is_not_there_is_made_and_one_we_can_do_without_is_left_out(world: World) -> None:
    world.hub.missing = {"segue_link_spring"}
    assert outputs(run(world))["hs_execution_state"] == "SUCCESS"

    world.hub.missing = {"segue_link"}
    told = outputs(run(world, replace(CALL, contact_id="502", callback_id="cb-2")))

    assert world.hub.contacts["502"] == {"segue_link_spring": told["video_url"]}


def test_what_hubspot_sent_along_stands_in_until_the_first_live_read(world: World) -> None:
    values = {"first_name": "Ana", "tier": "", "secret_salary": "1"}

    run(world, replace(CALL, values=values))

    with world.database.reading() as session:
        recipient = session.scalars(select(Recipient)).one()
        paths = ["contact.first_name", "contact.tier", "contact.secret_salary"]
        kept = snapshot_of(session, world.vault, recipient.id, paths)
    assert dict(kept.values) == {"contact.first_name": "Ana"}


def test_when_hubspot_is_unwell_the_contact_waits_and_is_sent_on_later(world: World) -> None:
    world.hub.before = unwell
    assert run(world) == Blocked()
    assert run(world) == Blocked()

    world.hub.before = None
    world.clock.now += timedelta(seconds=2)
    assert work(world) == 1
    assert work(world) == 0

    [told] = world.hub.completed
    assert told["callbackId"] == "cb-1"
    assert told["outputFields"]["hs_execution_state"] == "SUCCESS"
    assert world.hub.contacts["501"]["segue_link_spring"] == told["outputFields"]["video_url"]
    assert outputs(run(world)) == told["outputFields"]


def test_without_the_scope_to_send_it_on_hubspot_is_asked_to_come_again(world: World) -> None:
    without_automation(world)
    world.hub.before = unwell
    assert isinstance(run(world), ComeAgain)

    world.hub.before = None
    world.clock.now += timedelta(seconds=2)
    assert work(world) == 1

    assert world.hub.completed == []
    assert "segue_link_spring" in world.hub.contacts["501"]
    asked = len(world.hub.asked)
    assert outputs(run(world))["hs_execution_state"] == "SUCCESS"
    assert len(world.hub.asked) == asked


def test_a_late_hubspot_is_not_waited_for(world: World) -> None:
    answered = threading.Event()
    world.hub.before = lambda _: answered.wait(5) and None

    assert run(world, within_s=0.3) == Blocked()

    answered.set()
    world.clock.now += timedelta(seconds=2)
    for _ in range(50):
        with world.database.reading() as session:
            if session.scalars(select(HubSpotCallback)).one().written:
                break
        time.sleep(0.05)
    work(world)
    assert [each["callbackId"] for each in world.hub.completed] == ["cb-1"]


def test_many_that_waited_are_written_in_one_call_and_one_bad_one_holds_up_nobody(world: World) -> None:
    world.hub.contacts |= {str(number): {} for number in range(600, 640)}
    world.hub.before = unwell
    for number in range(600, 640):
        run(world, replace(CALL, callback_id=f"cb-{number}", contact_id=str(number)))
    world.hub.before = None
    world.hub.refuse["607"] = "Phone is required"
    world.clock.now += timedelta(seconds=2)
    world.hub.asked.clear()

    assert work(world) == 40

    assert len(world.hub.asked) == 2
    states = {each["callbackId"]: each["outputFields"] for each in world.hub.completed}
    assert states["cb-607"]["errorCode"] == "NOT_WRITTEN"
    assert "Phone is required" in states["cb-607"]["why_no_link"]
    assert [each["hs_execution_state"] for each in states.values()].count("SUCCESS") == 39


def test_a_callback_nobody_waits_for_any_more_holds_up_nobody(world: World) -> None:
    world.hub.before = unwell
    run(world)
    run(world, replace(CALL, callback_id="cb-2", contact_id="502"))
    world.hub.before, world.hub.over = None, {"cb-1"}
    world.clock.now += timedelta(seconds=2)

    assert work(world) == 2

    assert [each["callbackId"] for each in world.hub.completed] == ["cb-2"]
    assert work(world) == 0


def test_what_still_fails_is_tried_again_later_each_time_and_given_up_after_three_days(world: World) -> None:
    world.hub.before = unwell
    run(world)
    world.hub.before = lambda _: json_reply(403, {"category": "MISSING_SCOPES"})
    tried = 0
    for _ in range(10):
        world.clock.now += timedelta(seconds=30)
        tried += work(world)
    assert 2 <= tried < 8

    world.hub.before = None
    world.clock.now += timedelta(days=3)
    assert work(world) == 1

    [told] = world.hub.completed
    assert told["outputFields"]["errorCode"] == "LATE"


def test_a_worker_killed_between_writing_and_telling_tells_the_same(world: World) -> None:
    world.hub.before = unwell
    run(world)
    world.clock.now += timedelta(seconds=2)
    world.hub.before = lambda asked: unwell(asked) if "callbacks" in asked.path else None
    work(world)

    world.hub.before = None
    world.clock.now += timedelta(seconds=60)
    assert work(world) == 1

    assert [each["outputFields"]["hs_execution_state"] for each in world.hub.completed] == ["SUCCESS"]


def test_a_request_that_was_killed_is_taken_over_by_the_next(world: World) -> None:
    world.hub.before = unwell
    run(world)
    world.hub.before = None
    with world.database.transaction() as session:
        session.execute(update(HubSpotCallback).values(state="working", due_at=None))
    world.clock.now += LOST

    assert outputs(run(world))["hs_execution_state"] == "SUCCESS"
    assert count(world, Link) == 1


def test_a_link_withdrawn_since_is_not_told_again(world: World) -> None:
    run(world)
    with world.database.transaction() as session:
        revoke(session, session.scalars(select(Link.id)).one(), clock=world.clock)

    assert outputs(run(world))["errorCode"] == "LINK_ENDED"


def test_calls_are_forgotten_after_a_month(world: World) -> None:
    run(world)

    assert forget(world.database, world.clock() - KEPT) == 0
    assert forget(world.database, world.clock() + timedelta(seconds=1)) == 1
    assert count(world, HubSpotCallback) == 0
