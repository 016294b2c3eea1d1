"""Each thing once, though answers get lost, workers are killed in between, and two come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.models import HubSpotNote, HubSpotTelling
from connectors.hubspot.writeback import calls, find_notes
from connectors.hubspot.writeback.events import event_of
from plugin.outbox.ports import Delivered, Message, Retry, Settlement
from tests.connectors.hubspot.writeback.stage import Stage, kinds, summary, told, visit_of

StageIn = Callable[..., Stage]
NOTES, APP, CUSTOM = "/crm/objects/*/notes/batch/create", "/integrators/*", "/events/custom/*"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Killed(BaseException):
    """The process is gone: nothing after this is done."""


def kill(monkeypatch: pytest.MonkeyPatch, path: str, *, after: bool) -> None:
    """Die at the first call to this path: before it is sent, or before its answer is seen."""
    post, left = calls.Calls.post, [1]

    def dying(self: Any, to: str, body: Any, **how: Any) -> Any:
        if path in to and left:
            if after:
                post(self, to, body, **how)
            left.clear()
            raise Killed
        return post(self, to, body, **how)

    monkeypatch.setattr(calls.Calls, "post", dying)


def deliver_until_done(stage: Stage, messages: Sequence[Message]) -> list[list[Settlement]]:
    """As the outbox would, with workers that come when the last one's lease has ended."""
    answers: list[list[Settlement]] = []
    for _ in range(12):
        answers.append(list(stage.crm().deliver(messages)))
        if all(isinstance(answer, Delivered) for answer in answers[-1]):
            return answers
        stage.lease_ends()
    raise AssertionError(answers[-1])


@on_sqlite
@pytest.mark.parametrize("fault", ["timeout_after_commit", "cut_mid_answer", "bad_json", "502", "cut"])
def test_a_note_whose_answer_got_lost_is_looked_for_before_it_is_made_again(stage: Stage, fault: str) -> None:
    people = [stage.contact() for _ in range(3)]
    messages = [message for who in people for message in visit_of(who, f"visit-{who}")]
    stage.sandbox.faults.add(fault, path=NOTES, times=1)

    deliver_until_done(stage, messages)

    assert [len(stage.notes(who)) for who in people] == [1, 1, 1]
    assert all(row.note_id for row in stage.rows(HubSpotNote))


@on_sqlite
def test_one_note_among_hundreds_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_notes, "NOTES", 7)
    ana = stage.contact()
    for n in range(20):
        stage.crm().deliver([summary(ana, visit=f"visit-{n}")])
    stage.sandbox.faults.add("timeout_after_commit", path=NOTES, times=1)

    deliver_until_done(stage, [summary(ana, visit="visit-99")])

    assert len(stage.notes(ana)) == 21


@on_sqlite
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_while_making_a_note_leaves_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    ana = stage.contact()
    kill(monkeypatch, "notes/batch/create", after=after)
    with pytest.raises(Killed):
        stage.crm().deliver(visit_of(ana))

    early = stage.crm().deliver(visit_of(ana))
    made_early = len(stage.notes(ana))
    stage.lease_ends()
    late = stage.crm().deliver(visit_of(ana))

    # Nobody can know yet what became of that call: wait.
    assert isinstance(early[-1], Retry)
    assert early[-1].after_s is not None
    assert made_early == int(after)
    assert list(late) == [Delivered()] * 7
    assert len(stage.notes(ana)) == 1
    assert stage.values(ana)["segue_open_count"] == "1"


@on_sqlite
@pytest.mark.parametrize("form", ["custom_events", "app_events", "media_bridge"])
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_while_telling_leaves_everything_told_once(
    stage_in: StageIn, monkeypatch: pytest.MonkeyPatch, form: Timeline, after: bool
) -> None:
    stage = stage_in(form)
    ana, ben = stage.contact(), stage.contact()
    path = {"custom_events": "/events/custom", "app_events": "/integrators", "media_bridge": "/media-bridge"}[form]
    kill(monkeypatch, path, after=after)
    with pytest.raises(Killed):
        stage.crm().deliver([*visit_of(ana), *visit_of(ben, "visit-2")])
    stage.lease_ends()

    # Those who come after may have others on their hands at the same time.
    deliver_until_done(stage, visit_of(ben, "visit-2"))
    deliver_until_done(stage, [*visit_of(ana), *visit_of(ana, "visit-3", after_s=900)])

    events = [kind for kind in kinds(visit_of(ana)) if form != "media_bridge"]
    assert [kind for kind, _ in stage.events(ana)] == events * 2
    assert [kind for kind, _ in stage.events(ben)] == events
    assert len(stage.cards(ana)) == (2 if form == "media_bridge" else 0)
    assert [len(stage.notes(who)) for who in (ana, ben)] == [2, 1]
    assert {row.state for row in stage.rows(HubSpotTelling)} == {"told"}


@on_sqlite
@pytest.mark.parametrize("fault", ["timeout_after_commit", "502", "bad_json", "429"])
@pytest.mark.parametrize(("form", "path"), [("custom_events", CUSTOM), ("app_events", APP)])
def test_events_whose_answer_got_lost_are_there_once(stage_in: StageIn, form: Timeline, path: str, fault: str) -> None:
    stage = stage_in(form)
    people = [stage.contact() for _ in range(20)]
    messages = [message for who in people for message in visit_of(who, f"visit-{who}")]
    stage.sandbox.faults.add(fault, path=path, times=3, retry_after=0)

    deliver_until_done(stage, messages)

    for who in people:
        assert [kind for kind, _ in stage.events(who)] == kinds(visit_of(who))


@on_sqlite
def test_of_app_events_sent_without_an_answer_each_part_is_told_by_whoever_has_it(stage_in: StageIn) -> None:
    stage = stage_in("app_events")
    stage.times = replace(stage.times, tries=1)
    ana, ben = stage.contact(), stage.contact()
    stage.sandbox.faults.add("502", path=APP, times=2)
    stage.crm().deliver([*visit_of(ana), *visit_of(ben, "visit-2")])
    assert {row.state for row in stage.rows(HubSpotTelling)} == {"sending"}
    stage.lease_ends()

    # Ana's part goes out, without an answer again but taken; then both are in one delivery.
    stage.sandbox.faults.add("timeout_after_commit", path=APP, times=2)
    stage.crm().deliver(visit_of(ana))
    deliver_until_done(stage, [*visit_of(ben, "visit-2"), *visit_of(ana)])

    assert [kind for kind, _ in stage.events(ana)] == kinds(visit_of(ana))
    assert [kind for kind, _ in stage.events(ben)] == kinds(visit_of(ben))


@on_sqlite
def test_app_events_hubspot_knows_already_hold_up_no_others(stage_in: StageIn) -> None:
    stage = stage_in("app_events")
    people = [stage.contact() for _ in range(12)]
    messages = [told(who, "link.opened", visit=f"visit-{who}") for who in people]
    # As after a database was put back from a backup.
    for message in messages[3:5]:
        event = event_of(message, str(message.payload["visit_id"]))
        body = {"eventTypeName": event.name, "id": message.key, "properties": event.properties}
        objectid = message.subject.removeprefix("contact:")
        stage.portal().api.call("POST", "/integrators/timeline/2026-03/events", body=body | {"objectId": objectid})
    stage.sandbox.counts.reset()

    answers = stage.crm().deliver(messages)

    assert list(answers) == [Delivered()] * 12
    assert all(len(stage.events(who)) == 1 for who in people)
    assert stage.calls("/integrators") <= 13


@on_sqlite
def test_a_session_whose_beginning_got_lost_is_begun_before_the_rest_of_it(stage_in: StageIn) -> None:
    stage = stage_in("media_bridge")
    ana = stage.contact()

    answers = stage.crm().deliver([told(ana, "video.quartile_reached", quartile=50), summary(ana)])

    assert list(answers) == [Delivered()] * 2
    (card,) = stage.cards(ana)
    assert (card.percent, card.media_name, card.page_url) == (50, "Spring", "")


@pytest.mark.parametrize("form", ["app_events", "custom_events"])
def test_two_deliveries_of_the_same_messages_at_once_tell_them_once(stage_in: StageIn, form: Timeline) -> None:
    stage = stage_in(form, held_to_specs=False)
    people = [stage.contact() for _ in range(10)]
    messages = [message for who in people for message in visit_of(who, f"visit-{who}")]
    ready = threading.Barrier(3)

    def race() -> None:
        crm = stage.crm()
        ready.wait(10)
        crm.deliver(messages)

    racers = [threading.Thread(target=race) for _ in range(3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    stage.lease_ends()
    deliver_until_done(stage, messages)

    for who in people:
        assert sorted(kind for kind, _ in stage.events(who)) == sorted(kinds(visit_of(who)))
        assert len(stage.notes(who)) == 1
        assert stage.values(who)["segue_open_count"] == "1"
