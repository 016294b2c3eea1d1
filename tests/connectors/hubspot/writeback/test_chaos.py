"""Everything goes wrong at once – limits, failures, lost answers, killed workers – and each thing is told once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.connector import HubSpotCrm
from connectors.hubspot.models import HubSpotNote, HubSpotTelling
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.calls import Times
from connectors.hubspot.writeback.events import event_of
from connectors.hubspot.writeback.fold import fold, properties
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery
from plugin.outbox.ports import Message
from tests.connectors.hubspot.writeback.stage import Stage, summary, visit_of

SPEED = 12
"""Our clock runs so much faster: a lease of 60 s ends soon, yet not while a busy machine lets its worker wait."""
WITHIN_S = 240.0
TIMES = Times(budget_s=1.0, timeout_s=0.6, patience_s=0.4, lag_s=0.5, again_s=0.01)
CONTACTS, VISITS, WORKERS = 30, 5, 3
FAULTS = (("429", 0.05), ("503", 0.02), ("502", 0.02), ("timeout_after_commit", 0.01))
CAN_DOUBLE = ("/events/*", "/integrators/*", "/media-bridge/*", "/crm/objects/*/notes/batch/create")
"""Where an answer that gets lost is worst: let more get lost."""
PATHS = {"custom_events": "/events/custom", "app_events": "/integrators", "media_bridge": "/media-bridge"}


class Killed(BaseException):
    """This worker is gone."""


class Mortal:
    """An API whose caller may be killed before a call or after it, before the answer is seen."""

    def __init__(self, portal: Portal, chance: random.Random) -> None:
        self._api, self._chance = portal.api, chance
        self.dead = False

    def call(self, *args: Any, **how: Any) -> Any:
        if self.dead or self._chance.random() < 0.02:
            self.dead = True
            raise Killed
        answer = self._api.call(*args, **how)
        if self.dead or self._chance.random() < 0.02:
            self.dead = True
            raise Killed
        return answer

    read = call


class Clock:
    def __init__(self) -> None:
        self._began, self._at = time.monotonic(), datetime.now(UTC)

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._began) * SPEED)


def messages_of(contact_id: str, visit: int) -> list[Message]:
    name = f"{contact_id}-{visit}"
    later = [summary(contact_id, 2, visit=name, after_s=visit * 900, coverage_s=39.0)] if visit % 2 else []
    return [*visit_of(contact_id, name, after_s=visit * 900), *later]


def work(stage: Stage, clock: Clock, seed: int, until: float, deaths: list[int]) -> None:
    chance = random.Random(seed)
    while time.monotonic() < until:
        crm = mortal_crm(stage, clock, chance)
        circuits = Circuits(reset_s=0.1, clock=clock)
        try:
            while time.monotonic() < until:
                with suppress(Busy):
                    dispatch_once(stage.database, lambda _, crm=crm: crm, clock=clock, circuits=circuits)
                if not owed(stage.database):
                    return
                time.sleep(0.02)
        except Killed:
            deaths.append(seed)


def mortal_crm(stage: Stage, clock: Clock, chance: random.Random) -> HubSpotCrm:
    portal = stage.portal(clock)
    object.__setattr__(portal, "api", Mortal(portal, chance))
    crm = HubSpotCrm(portal, times=TIMES)
    # Small batches: many calls to go wrong, and workers that have parts of what another sent.
    crm.max_subjects, crm.max_batch = chance.choice(((5, 30), (3, 16), (8, 24)))
    return crm


def owed(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.status == "pending")) or 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["custom_events", "app_events", "media_bridge"])
def test_nothing_is_lost_nothing_is_doubled_and_everybodys_order_is_kept(
    stage_in: Callable[..., Stage], form: Timeline
) -> None:
    stage = stage_in(form, held_to_specs=False)
    people = [stage.contact() for _ in range(CONTACTS if form != "media_bridge" else 4)]
    told = {who: [each for visit in range(VISITS) for each in messages_of(who, visit)] for who in people}
    chance = random.Random(7)
    with stage.database.transaction() as session:
        for visit in range(VISITS):
            for who in chance.sample(people, len(people)):
                enqueue(session, [draft(stage, message) for message in messages_of(who, visit)])
    for path in CAN_DOUBLE:
        stage.sandbox.faults.add("timeout_after_commit", times=1, path=path)
        stage.sandbox.faults.add("timeout_after_commit", probability=0.1, path=path)
    for kind, probability in FAULTS:
        stage.sandbox.faults.add(kind, probability=probability, retry_after=0)
    deaths: list[int] = []
    clock, until = Clock(), time.monotonic() + WITHIN_S

    workers = [threading.Thread(target=work, args=(stage, clock, seed, until, deaths)) for seed in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(WITHIN_S + 10)

    assert owed(stage.database) == 0
    assert deaths
    assert all(stage.calls(path, status=0) > 0 for path in ("notes/batch/create", PATHS[form]))
    assert {row.status for row in stage.rows(Delivery)} == {"delivered"}
    assert {row.state for row in stage.rows(HubSpotTelling)} == {"told"}
    assert len(stage.rows(HubSpotNote)) == len(people) * VISITS
    for who in people:
        assert stage.values(who) == properties(fold({}, told[who]))
        notes = stage.notes(who)
        assert len(notes) == VISITS
        assert sum("Watched 39 of 40 s" in note for note in notes) == VISITS // 2
        if form == "media_bridge":
            assert [(card.percent, card.state) for card in stage.cards(who)] == [(75, "STARTED")] * VISITS
        else:
            found = [identity(kind, values) for kind, values in stage.events(who)]
            assert len(found) == len(set(found))
            # A summary that a newer one replaced before it was told needn't be told any more.
            wanted = [each for message in told[who] if (each := of_message(message)) in found or not is_replaced(each)]
            assert found == wanted


def draft(stage: Stage, message: Message) -> Draft:
    return Draft(stage.installation_id, message.key, message.kind, message.subject, message.payload)


def of_message(message: Message) -> tuple[str, ...]:
    payload = message.payload
    return identity(message.kind, event_of(message, str(payload["visit_id"])).properties)


def identity(kind: str, values: dict[str, str]) -> tuple[str, ...]:
    return kind, values["visit_id"], values.get("percent", ""), values.get("revision", "")


def is_replaced(event: tuple[str, ...]) -> bool:
    kind, visit, _, revision = event
    return kind == "visit.summarised" and revision == "1" and int(visit.rpartition("-")[2]) % 2 == 1
