"""Links for a whole campaign: everyone who may have one, once, on their own record; stopped anywhere, it goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.runs import run as runs, runner as running
from connectors.runs.tally import members_done
from connectors.salesforce.api.transport import SalesforceApi
from connectors.salesforce.lists import page, walk, write
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.org import Hold, ValidationRule
from connectors.salesforce.sandbox.store.ids import make_id
from connectors.salesforce.work import SalesforceWork
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from plugin.links.keys import Keyring
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.conftest import HeldClock
from tests.connectors.salesforce.lists.listed import make_listed
from tests.connectors.salesforce.world import World

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""


@pytest.fixture
def world(database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(walk, "ASKED", 20)
    monkeypatch.setattr(walk, "PAGE", 5)
    monkeypatch.setattr(write, "_FIRST_S", 0.001)
    monkeypatch.setattr(write, "_LONGEST_S", 0.002)
    with Sandbox() as sandbox:
        yield World(sandbox, database, vault)


def test_every_member_gets_a_link_of_their_own_with_its_end(world: World) -> None:
    listed = make_listed(world, 70, leads=12)
    run_id = listed.start()

    assert listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 82, "written": 82}
    assert members_done(found.counts) == found.size == 82
    assert found.source_name == "Spring offers 2027"
    listed.assert_whole()
    ends = listed.held(listed.members[0], "Video_Link_Expires_At__c")
    assert timedelta(days=89) < ends - utcnow() < timedelta(days=91)


@SQLITE
def test_it_takes_no_more_calls_than_answers_and_writes_need(world: World) -> None:
    listed = make_listed(world, 40)
    listed.start()
    world.sandbox.counts.reset()

    listed.runner().work_once()
    first = world.calls()
    listed.start()
    world.sandbox.counts.reset()
    listed.runner().work_once()

    # Three answers of up to 20 (the last is empty: nobody could know), eight writes of 5.
    assert first == 3 + 8
    assert world.calls("query") == 3
    # Everyone holds the link they had: there is nothing to write.
    assert world.calls("composite/sobjects") == 0


@SQLITE
def test_done_again_everyone_keeps_the_link_they_have(world: World) -> None:
    listed = make_listed(world, 12)
    listed.start()
    listed.runner().work_once()
    world.change("CampaignMember", listed.members[3], Video_Link__c="https://elsewhere.example/")
    again = listed.start()

    listed.runner().work_once()

    assert listed.done(again).counts == {"reused": 12, "unchanged": 11, "written": 1}
    listed.assert_whole()


def test_who_may_not_be_addressed_gets_none_and_the_reason_is_told(world: World, database: Database) -> None:
    listed = make_listed(world, 12, leads=3)
    out, stopped, elsewhere, lead_out = listed.members[2], listed.members[3], listed.members[4], listed.members[13]
    row = world.sandbox.org.row("CampaignMember", out)
    assert row is not None
    world.change("Contact", row["ContactId"], HasOptedOutOfEmail=True)
    lead = world.sandbox.org.row("CampaignMember", lead_out)
    assert lead is not None
    world.change("Lead", lead["LeadId"], HasOptedOutOfEmail=True)
    member = world.sandbox.org.row("CampaignMember", elsewhere)
    assert member is not None
    with database.transaction() as session:
        for kind, record_id in (("campaign_member", stopped), ("contact", member["ContactId"])):
            ref = ExternalRef(world.installation_id, kind, record_id)
            suppress(session, pseudonym_of(world.vault, ref), "stop")
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 11, "written": 11, "suppressed": 4}
    assert dict(found.refused) == {
        out: "they opted out of mail",
        lead_out: "they opted out of mail",
        stopped: "they asked not to be addressed",
        elsewhere: "they asked not to be addressed",
    }
    listed.assert_whole(out, stopped, elsewhere, lead_out)


def test_a_stop_through_one_campaign_holds_for_the_next(world: World, database: Database) -> None:
    listed = make_listed(world, 3)
    listed.start()
    listed.runner().work_once()
    first = world.sandbox.org.row("CampaignMember", listed.members[0])
    assert first is not None
    with database.transaction() as session:
        ref = ExternalRef(world.installation_id, "campaign_member", listed.members[0])
        suppress(session, pseudonym_of(world.vault, ref), "stop")
    autumn = world.add("Campaign", Name="Autumn")
    theirs = world.add("CampaignMember", CampaignId=autumn, ContactId=first["ContactId"])
    run_id = listed.start(autumn)

    listed.runner().work_once()

    assert dict(listed.done(run_id).refused) == {theirs: "they asked not to be addressed"}
    assert listed.held(theirs) is None


@SQLITE
def test_a_record_an_admins_rule_refuses_keeps_no_other_from_their_link(world: World) -> None:
    listed = make_listed(world, 13)
    world.sandbox.org.switches.rules.append(
        ValidationRule("CampaignMember", "Contact.LastName = 'Contact 4'", "Ask marketing first")
    )
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 13, "written": 12, "refused": 1}
    ((record_id, why),) = found.refused
    assert record_id == listed.members[4]
    assert "Ask marketing first" in why


@SQLITE
def test_locked_records_are_tried_again_and_one_that_stays_locked_is_told(world: World) -> None:
    listed = make_listed(world, 20)
    world.sandbox.faults.add("lock_item", path="*composite/sobjects*", probability=0.3, times=15)
    world.sandbox.org.holds[listed.members[7]] = Hold(world.sandbox.clock() + 9999)
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 20, "written": 19, "refused": 1}
    ((record_id, why),) = found.refused
    assert record_id == listed.members[7]
    assert "locked" in why


@SQLITE
def test_members_deleted_between_the_look_and_the_write_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = make_listed(world, 12)
    real = page.write

    def deleting(*words: Any) -> Any:
        if listed.members[6] in words[1]:
            world.delete("CampaignMember", listed.members[6])
        return real(*words)

    monkeypatch.setattr(page, "write", deleting)
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 11, "written": 11, "gone": 1}
    assert dict(found.refused) == {listed.members[6]: "deleted in Salesforce, or hidden from our user"}


@SQLITE
@pytest.mark.parametrize("calls", [0, 1, 4, 9, 11])
def test_cut_short_after_any_call_another_worker_goes_on_and_nothing_is_lost_or_doubled(
    world: World, calls: int
) -> None:
    listed = make_listed(world, 42)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    left = [calls]

    class Killed(BaseException):
        pass

    real = SalesforceApi.call

    def call(*words: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*words, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SalesforceApi, "call", call)
        with pytest.raises(Killed):
            listed.runner(clock).work_once()
    assert not listed.runner(clock).work_once()
    clock.now += runs.LEASE

    assert listed.runner(clock).work_once()

    assert members_done(listed.done(run_id).counts) == 42
    listed.assert_whole()


@SQLITE
def test_when_the_orgs_day_is_used_up_it_waits_and_goes_on_by_itself(world: World) -> None:
    listed = make_listed(world, 12)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    world.sandbox.faults.add("limit_daily", path="*composite/sobjects", times=1)

    listed.runner(clock).work_once()

    waiting = listed.run(run_id)
    assert (waiting.state, waiting.lease) == ("running", None)
    assert waiting.leased_until is not None
    assert "used up" in (waiting.reason or "")
    assert not listed.runner(clock).work_once()
    clock.now = waiting.leased_until + timedelta(seconds=1)
    assert listed.runner(clock).work_once()
    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_our_share_of_the_day_is_never_exceeded_and_the_next_day_goes_on(world: World) -> None:
    listed = make_listed(world, 30)
    clock = HeldClock(datetime(2027, 1, 5, 22, 0, tzinfo=UTC))
    run_id = listed.start()
    runner = listed.runner(clock)
    org = runner._orgs.of(world.installation_id)
    assert org.api._allowance is not None
    org.api._allowance._max = 10
    world.sandbox.counts.reset()

    runner.work_once()

    # Half of ten is ours, a quarter of that is kept for people who open their link.
    assert world.calls() == 4
    waiting = listed.run(run_id)
    assert waiting.leased_until == datetime(2027, 1, 6, tzinfo=UTC)
    org.api._allowance._max = 15_000
    clock.now = waiting.leased_until
    assert runner.work_once()
    listed.done(run_id)
    listed.assert_whole()


@SQLITE
@pytest.mark.parametrize("fault", ["503", "limit_concurrent", "lock", "cut", "timeout_after_commit", "bad_json"])
def test_trouble_of_salesforces_is_waited_out(world: World, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "_WITHIN_S", 0.3)
    monkeypatch.setattr(write, "_WITHIN_S", 0.3)
    listed = make_listed(world, 22)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    world.sandbox.faults.add(fault, path="*composite/sobjects")
    listed.runner(clock).work_once()
    assert listed.run(run_id).state == "running"
    assert listed.run(run_id).reason
    world.sandbox.faults.clear()
    assert not listed.runner(clock).work_once()
    clock.now += running.AGAIN

    assert listed.runner(clock).work_once()

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_a_session_that_ends_is_renewed_in_between(world: World) -> None:
    listed = make_listed(world, 22)
    run_id = listed.start()
    world.sandbox.faults.add("session", path="*composite/sobjects", times=1)

    listed.runner().work_once()

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_an_org_that_lets_us_in_no_more_is_waited_for(world: World) -> None:
    listed = make_listed(world, 6)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    app = world.sandbox.logins.apps[0]
    secret, app.consumer_secret = app.consumer_secret, "changed"
    world.sandbox.logins.sessions.clear()
    listed.runner(clock).work_once()
    assert listed.run(run_id).state == "running"
    assert "onnect the org again" in (listed.run(run_id).reason or "")
    app.consumer_secret = secret
    world.connect()
    clock.now += timedelta(minutes=11)

    assert listed.runner(clock).work_once()

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
@pytest.mark.parametrize("how", ["hidden", "read_only", "no_rights"])
def test_a_missing_right_ends_it_by_name_and_once_mended_it_goes_on(world: World, how: str) -> None:
    listed = make_listed(world, 12)
    run_id = listed.start()
    schema = world.sandbox.org.schema
    access = schema.of(world.sandbox.org.integration_id)
    if how == "no_rights":
        access.objects["CampaignMember"] = "R"
    else:
        getattr(access, how).add("CampaignMember.Video_Link__c")
    schema.changed()
    listed.runner().work_once()
    failed = listed.run(run_id)
    assert failed.state == "failed"
    assert "CampaignMember.Video_Link__c" in (failed.reason or "")
    assert "Segue Integration" in (failed.reason or "")
    access.objects.clear()
    access.hidden.clear()
    access.read_only.clear()
    schema.changed()
    with world.database.transaction() as session:
        runs.resume(session, run_id)

    listed.runner().work_once()

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_a_worker_takes_up_what_was_begun(world: World) -> None:
    listed = make_listed(world, 8)
    run_id = listed.start()
    orgs = Orgs(world.database, world.vault, world.settings)
    work = SalesforceWork(orgs, Keyring(world.database, world.vault))

    until = time.monotonic() + 30
    while work.step() or listed.run(run_id).state == "running":
        assert time.monotonic() < until

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_an_empty_campaign_is_done_at_once_and_one_that_isnt_there_says_so(world: World) -> None:
    listed = make_listed(world, 0)
    run_id = listed.start()

    listed.runner().work_once()

    assert listed.done(run_id).counts == {}
    with pytest.raises(NotFound, match="no campaign"):
        listed.start(make_id("701", 99))
    with pytest.raises(BadInput, match="no campaign \\(701"):
        listed.start(world.sandbox.org.id)
    with pytest.raises(BadInput, match="15 or 18"):
        listed.start("../Account")


@SQLITE
def test_people_who_take_long_to_be_told_leave_the_run_to_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = make_listed(world, 3)
    run_id, clock = listed.start(), HeldClock(utcnow())
    monkeypatch.setattr(running, "BEAT_S", 0.01)
    asked = walk._ask

    def slow(*given: Any) -> Any:
        for _ in range(3):
            before = listed.run(run_id).leased_until
            clock.now += runs.LEASE * 0.9
            until = time.monotonic() + 5
            while listed.run(run_id).leased_until == before and time.monotonic() < until:
                time.sleep(0.01)
        with world.database.transaction() as session:
            assert runs.claim(session, ["salesforce_campaign"], clock()) is None
        return asked(*given)

    monkeypatch.setattr(walk, "_ask", slow)

    assert listed.runner(clock).work_once()

    assert listed.done(run_id).counts == {"issued": 3, "written": 3}
