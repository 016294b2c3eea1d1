"""Much that is owed goes by bulk: once, whatever fails or is killed, and what bulk leaves goes as ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.salesforce.api import bulk
from connectors.salesforce.api.bulk import fault_of
from connectors.salesforce.api.errors import Fault, NotAllowed
from connectors.salesforce.api.transport import SalesforceApi
from connectors.salesforce.backfill import jobs, runner, send
from connectors.salesforce.models import SalesforceBulkJob
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.org import Hold, ValidationRule
from connectors.salesforce.sandbox.store.merge import merge
from plugin.engagement.attention.forget import WITHDRAWN
from plugin.engagement.attention.models import AttentionVisit
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.models import Delivery
from plugin.outbox.ports import Message
from plugin.recipients.enrol import enrol
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW, HeldClock
from tests.connectors.salesforce.backfill.owed import Owing, make_owing
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_fold import STORY, summary

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""


@pytest.fixture
def world(database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(send, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(send, "LONGEST_WAIT_S", 0.02)
    with Sandbox(seeded=False) as sandbox:
        yield World(sandbox, database, vault)


def test_much_that_is_owed_goes_in_a_few_calls(world: World) -> None:
    owing = make_owing(world, 260)
    world.sandbox.counts.reset()

    assert owing.backfill().work_once(many=100)

    assert set(owing.statuses()) == {"delivered"}
    owing.assert_told()
    # Opened, uploaded, closed, looked at, and what succeeded: however many rows.
    assert world.calls() == 5
    with world.database.reading() as session:
        assert session.scalars(select(SalesforceBulkJob.id)).all() == []


@SQLITE
def test_little_is_left_to_the_dispatcher(world: World) -> None:
    owing = make_owing(world, 3)

    assert not owing.backfill().work_once(many=100)
    assert not owing.backfill().due()
    assert set(owing.statuses()) == {"pending"}


@SQLITE
def test_a_row_reads_the_same_whichever_way_it_went(world: World) -> None:
    owing = make_owing(world, 2)
    odd = summary(2, title='She said "no", \n#N/A, naïve 日本', coverage_s=38.0)
    for place, person in enumerate(owing.people):
        owing.owe(person, f"odd{place}", (STORY[0], odd))
    by_bulk = owing.backfill().work_once(many=1)
    rows = {row["Session_Key__c"]: row for row in world.rows("Video_Engagement__c")}
    other = world.add("Contact", LastName="Other")
    ours = Owing(world, [other])
    ours.owe(other, "again")
    ours.owe(other, "oddagain", (STORY[0], odd))
    dispatch_once(world.database, lambda _: world.crm())
    rows |= {row["Session_Key__c"]: row for row in world.rows("Video_Engagement__c")}

    def told(visit: str) -> dict[str, Any]:
        own = {"Id", "Name", "Session_Key__c", "Contact__c", "SystemModstamp", "CreatedDate", "LastModifiedDate"}
        return {
            name: value for name, value in rows[visit].items() if name not in own and not name.endswith("Task_Id__c")
        }

    assert by_bulk
    assert told("v0") == told("again")
    assert told("odd1") == told("oddagain")


@SQLITE
def test_what_bulk_refuses_is_settled_row_by_row(world: World) -> None:
    owing = make_owing(world, 30)
    ruled, locked, merged, gone = owing.people[3:7]
    master = world.add("Contact", LastName="Master")
    world.sandbox.org.switches.rules.append(
        ValidationRule("Video_Engagement__c", f"Contact__c = '{ruled}'", "Not for this one")
    )
    world.sandbox.faults.add("lock_item", path="*jobs/ingest*", probability=0.5, times=8)
    world.sandbox.org.holds[locked] = Hold(world.sandbox.clock() + 9999)
    merge(world.sandbox.org, master, [merged])
    world.delete("Contact", gone)

    owing.backfill().work_once(many=1)

    assert set(owing.reasons()) == {ruled, gone}
    assert "Not for this one" in owing.reasons()[ruled]
    assert "was deleted in Salesforce" in owing.reasons()[gone]
    assert owing.statuses()["pending"] == len(STORY)
    owing.visits["v5"] = master
    owing.assert_told(ruled, gone, locked)
    world.sandbox.org.holds.clear()
    dispatch_once(world.database, lambda _: world.crm(), clock=HeldClock(datetime.now(UTC) + timedelta(minutes=5)))
    owing.assert_told(ruled, gone)


@SQLITE
@pytest.mark.parametrize("calls", range(6))
def test_killed_after_any_call_another_takes_over_and_no_row_is_worked_off_twice(world: World, calls: int) -> None:
    owing = make_owing(world, 12)
    world.sandbox.jobs.delay_s = 0.03
    left = [calls]

    class Killed(BaseException):
        pass

    def counted(real: Any) -> Any:
        def call(*words: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*words, **more)

        return call

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SalesforceApi, "call", counted(SalesforceApi.call))
        patched.setattr(SalesforceApi, "csv", counted(SalesforceApi.csv))
        with pytest.raises(Killed):
            owing.backfill().work_once(many=1)
    assert not owing.backfill().work_once(many=1)
    owing.let_leases_end()

    assert owing.backfill().work_once(many=1)

    assert set(owing.statuses()) == {"delivered"}
    assert set(owing.worked_off().values()) == {1}
    owing.assert_told()


@SQLITE
@pytest.mark.parametrize("fault", ["timeout_after_commit", "bad_json", "503"])
@pytest.mark.parametrize("path", ["*jobs/ingest", "*/batches", "*jobs/ingest/750*", "*/successfulResults"])
def test_an_answer_that_is_lost_loses_and_doubles_nothing(world: World, fault: str, path: str) -> None:
    owing = make_owing(world, 6)
    clock = HeldClock(datetime.now(UTC))
    world.sandbox.faults.add(fault, path=path, times=1)

    for _ in range(6):
        if owing.backfill(clock).work_once(many=1):
            break
        clock.now += runner.AGAIN + timedelta(seconds=1)

    assert set(owing.statuses()) == {"delivered"}
    assert set(owing.worked_off().values()) == {1}
    owing.assert_told()


@SQLITE
def test_when_the_days_calls_are_used_up_it_waits_and_what_it_holds_is_nobody_elses(world: World) -> None:
    owing = make_owing(world, 6)
    clock = HeldClock(datetime.now(UTC))
    world.sandbox.faults.add("limit_daily", path="*/batches", times=1)

    assert not owing.backfill(clock).work_once(many=1)

    assert dispatch_once(world.database, lambda _: world.crm(), clock=clock) == 0
    assert not owing.backfill(clock).work_once(many=1)
    clock.now += timedelta(hours=1, seconds=1)
    assert owing.backfill(clock).work_once(many=1)
    owing.assert_told()


@SQLITE
def test_where_bulk_isnt_for_our_user_rows_go_two_hundred_a_call(world: World) -> None:
    owing = make_owing(world, 12)

    def forbidden(*_: Any) -> str:
        raise NotAllowed("Salesforce forbids it: bulk is off")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(send.bulk, "open_job", forbidden)
        assert owing.backfill().work_once(many=1)

    assert set(owing.statuses()) == {"delivered"}
    owing.assert_told()


@SQLITE
def test_what_a_person_may_take_back_at_any_moment_never_waits_in_a_file(world: World) -> None:
    owing = make_owing(world, 4)
    faced = world.add("Contact", LastName="Faced")
    owing.owe(faced, "facing", (STORY[0], summary(2, attention={"share": 0.8})))
    owing.owe(faced, "facing", (Message("w", WITHDRAWN, "", {"revision": 2, "visit_id": "facing"}, NOW),))

    owing.backfill().work_once(many=1)

    assert "facing" not in owing.worked_off()
    assert owing.statuses()["pending"] == 3
    assert dispatch_once(world.database, lambda _: world.crm()) == 3
    (row,) = world.rows("Video_Engagement__c", Session_Key__c="facing")
    assert row.get("Facing_Screen_Percent__c") is None
    assert set(owing.statuses()) == {"delivered"}


@SQLITE
def test_nobody_who_may_take_something_back_waits_for_a_job_to_end(world: World) -> None:
    owing = make_owing(world, 2)
    ana, ben = owing.people
    with world.database.transaction() as session:
        person = enrol(session, ExternalRef(world.installation_id, "contact", ana))
        session.add(AttentionVisit(visit_id="earlier", campaign_id="c", recipient_id=person, receipt_id="r"))

    with world.database.transaction() as session:
        assert jobs.begin(session, world.installation_id, datetime.now(UTC)) is not None
    taken_back = Message("w", WITHDRAWN, "", {"revision": 2, "visit_id": "earlier"}, NOW)
    for person in (ana, ben):
        owing.owe(person, f"w{person}", (taken_back,))
    while dispatch_once(world.database, lambda _: world.crm()):
        pass

    with world.database.reading() as session:
        waiting = set(session.scalars(select(Delivery.subject).where(Delivery.status == "pending")))
    assert waiting == {f"contact:{ben}"}


@SQLITE
def test_what_happens_meanwhile_waits_behind_and_ends_on_top(world: World) -> None:
    owing = make_owing(world, 4)
    clock = HeldClock(datetime.now(UTC))
    with world.database.transaction() as session:
        job = jobs.begin(session, world.installation_id, clock())
        assert job is not None
    owing.owe(owing.people[0], "v0", (summary(3, coverage_s=40.0),))

    assert dispatch_once(world.database, lambda _: world.crm(), clock=clock) == 0
    owing.let_leases_end()
    clock.now += timedelta(minutes=1)
    assert owing.backfill(clock).work_once(many=100)
    assert dispatch_once(world.database, lambda _: world.crm(), clock=clock) == 1

    (row,) = world.rows("Video_Engagement__c", Session_Key__c="v0")
    assert (row["Revision__c"], row["Coverage_Percent__c"]) == (3, 100)


@SQLITE
def test_told_to_stop_it_leaves_the_job_to_whoever_comes_next(world: World) -> None:
    owing = make_owing(world, 4)
    world.sandbox.jobs.delay_s = 0.05
    first = owing.backfill()
    first.stop()
    assert not first.work_once(many=1)

    assert owing.backfill().work_once(many=1)

    assert set(owing.worked_off().values()) == {1}
    owing.assert_told()


@SQLITE
def test_a_job_that_takes_for_ever_is_ended_and_its_rows_go_as_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "GIVE_UP", timedelta(seconds=0.05))
    owing = make_owing(world, 4)
    world.sandbox.jobs.delay_s = 9999

    def aborting(api: SalesforceApi, job_id: str) -> None:
        world.sandbox.jobs.all[job_id].state = "Aborted"

    monkeypatch.setattr(send.bulk, "abort", aborting)

    assert owing.backfill().work_once(many=1)

    assert owing.worked_off() == {}
    owing.assert_told()


def test_a_refusal_is_read_as_bulk_writes_it() -> None:
    found = fault_of("FIELD_CUSTOM_VALIDATION_EXCEPTION:Ask: marketing first:Contact__c --")

    assert found == Fault("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ask: marketing first", ("Contact__c",))
    assert fault_of("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--").code == "UNABLE_TO_LOCK_ROW"
    assert fault_of("") == Fault("", "", ())


@SQLITE
def test_an_upload_that_takes_long_leaves_the_job_to_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owing, clock = make_owing(world, 3), HeldClock(datetime.now(UTC))
    monkeypatch.setattr(runner, "BEAT_S", 0.01)
    upload = bulk.upload

    def leased_until() -> datetime | None:
        with world.database.reading() as session:
            return session.scalar(select(SalesforceBulkJob.leased_until))

    def slow(*given: Any) -> None:
        for _ in range(3):
            before = leased_until()
            clock.now += jobs.LEASE * 0.9
            until = time.monotonic() + 5
            while leased_until() == before and time.monotonic() < until:
                time.sleep(0.01)
        assert not owing.backfill(clock).work_once(many=1)
        upload(*given)

    monkeypatch.setattr(bulk, "upload", slow)

    assert owing.backfill(clock).work_once(many=1)

    owing.assert_told()
    assert set(owing.worked_off().values()) == {1}
