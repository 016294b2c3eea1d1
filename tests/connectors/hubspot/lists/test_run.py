"""Links for a whole list: everyone who may have one, once, on their own contact; stopped anywhere, it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select

from connectors.hubspot.lists import find, page, runner as running
from connectors.hubspot.lists.find import ListInfo, find_lists, get_list
from connectors.hubspot.models import HubSpotContact
from connectors.hubspot.sandbox import write
from connectors.hubspot.sandbox.rules import Rule
from connectors.runs import run as runs
from connectors.runs.models import LinkRun
from connectors.runs.tally import members_done
from plugin.kernel.errors import BadInput, NotFound
from plugin.privacy.suppress import pseudonym_of, suppress
from tests.conftest import HeldClock
from tests.connectors.hubspot.lists.listed import PROPERTY, Listed, make_listed
from tests.connectors.hubspot.world import World, connected

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""


@pytest.fixture
def world(database, vault, monkeypatch):
    monkeypatch.setattr(find, "PAGE", 10)
    monkeypatch.setattr(page, "MOST", 5)
    with connected(database, vault) as made:
        yield made


def done(listed: Listed, run_id: str) -> LinkRun:
    found = listed.run(run_id)
    assert (found.state, found.reason) == ("done", None)
    return found


def test_every_member_gets_a_link_of_their_own(world: World):
    listed = make_listed(world, 33)
    run_id = listed.start()

    assert listed.runner().work_once()

    found = done(listed, run_id)
    assert found.counts == {"issued": 33, "written": 33}
    assert members_done(found.counts) == found.size == 33
    listed.assert_whole()


@SQLITE
def test_it_takes_no_more_calls_than_pages_and_batches(world: World):
    listed = make_listed(world, 30)
    listed.start()
    listed.runner().work_once()
    world.sandbox.counts.reset()
    listed.start()

    listed.runner().work_once()

    assert world.calls("memberships") == 3
    assert world.calls("batch/read") == 6
    # Everyone holds the link they had: there is nothing to write.
    assert world.calls("batch/update") == 0
    assert world.calls() == 9


@SQLITE
def test_done_again_everyone_keeps_the_link_they_have(world: World):
    listed = make_listed(world, 12)
    listed.start()
    listed.runner().work_once()
    world.change("contacts", listed.members[3], **{PROPERTY: "https://elsewhere.example/"})
    again = listed.start()

    listed.runner().work_once()

    assert done(listed, again).counts == {"reused": 12, "unchanged": 11, "written": 1}
    listed.assert_whole()


def test_who_may_not_be_addressed_gets_none_and_the_reason_is_told(world: World, database):
    listed = make_listed(world, 14)
    out, bounced, stopped, gone = listed.members[2:6]
    world.set_by_hubspot(out, hs_email_optout="true")
    world.set_by_hubspot(bounced, hs_email_hard_bounce_reason_enum="UNKNOWN_USER")
    with database.transaction() as session:
        suppress(session, pseudonym_of(world.vault, world.ref(stopped)), "stop")
    run_id = listed.start()
    real = find.members

    def members(api, list_id, after):
        answer = real(api, list_id, after)
        if gone in answer[0]:
            # Deleted between the look at the list and the look at the contact.
            write.archive(world.account, world.account.contacts, world.account.contacts.records[gone])
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(running, "members", members)
        listed.runner().work_once()

    found = done(listed, run_id)
    assert found.counts == {"issued": 10, "written": 10, "suppressed": 3, "gone": 1}
    assert dict(found.refused) == {
        out: "they opted out of mail",
        bounced: "mail to their address comes back",
        stopped: "they asked not to be addressed",
        gone: "deleted in HubSpot, or merged into another contact",
    }
    listed.assert_whole(but=frozenset({out, bounced, stopped, gone}))


@SQLITE
def test_a_contact_an_admins_rule_refuses_keeps_no_other_from_their_link(world: World):
    listed = make_listed(world, 13)
    world.account.rules.add("contacts", Rule("phone", "A phone number is needed", required=True))
    for contact in listed.members:
        if contact != listed.members[4]:
            world.account.contacts.records[contact].properties["phone"] = "+49 30 1"
    run_id = listed.start()

    listed.runner().work_once()

    found = done(listed, run_id)
    assert found.counts == {"issued": 13, "written": 12, "refused": 1}
    ((contact, why),) = found.refused
    assert contact == listed.members[4]
    assert "A phone number is needed" in why


@SQLITE
def test_a_link_property_deleted_meanwhile_is_made_again(world: World):
    listed = make_listed(world, 20)
    listed.start()
    listed.runner().work_once()
    world.portal.api.call("DELETE", f"/crm/properties/2026-09/contacts/{PROPERTY}")
    for contact in listed.members:
        world.account.contacts.records[contact].properties.pop(PROPERTY, None)
    again = listed.start()

    listed.runner().work_once()

    assert done(listed, again).counts["written"] == 20
    listed.assert_whole()


@SQLITE
@pytest.mark.parametrize("calls", [1, 4, 9, 14, 22])
def test_cut_short_after_any_call_another_worker_goes_on_and_nothing_is_lost_or_doubled(world: World, calls: int):
    listed = make_listed(world, 42)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    first = listed.runner(clock)

    class Killed(BaseException):
        pass

    portal = first._portals.of(world.installation_id)
    real, left = portal.api.read, [calls]

    def read(*words, **more):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*words, **more)

    portal.api.read = read  # type: ignore[method-assign]
    with pytest.raises(Killed):
        first.work_once()
    assert not listed.runner(clock).work_once()
    clock.now += runs.LEASE

    assert listed.runner(clock).work_once()

    found = done(listed, run_id)
    assert members_done(found.counts) == 42
    listed.assert_whole()


@SQLITE
def test_paused_it_stops_after_the_page_and_goes_on_when_told(world: World, database, monkeypatch):
    monkeypatch.setattr(running.ListRunner, "at_once", 1)
    listed = make_listed(world, 45)
    run_id = listed.start()
    real = page.do_page

    def pausing(*words):
        with database.transaction() as session:
            runs.pause(session, run_id)
        return real(*words)

    with monkeypatch.context() as patched:
        patched.setattr(running, "do_page", pausing)
        listed.runner().work_once()
    assert listed.run(run_id).state == "paused"
    assert not listed.runner().work_once()
    with database.transaction() as session:
        runs.resume(session, run_id)

    listed.runner().work_once()

    done(listed, run_id)
    listed.assert_whole()


@SQLITE
def test_a_runner_told_to_stop_leaves_the_run_to_whoever_comes_next(world: World):
    listed = make_listed(world, 45)
    run_id = listed.start()
    first = listed.runner()
    first.stop()
    first.work_once()
    assert listed.run(run_id).state == "running"

    assert listed.runner().work_once()

    done(listed, run_id)
    listed.assert_whole()


@SQLITE
def test_two_workers_never_work_on_one_run(world: World):
    listed = make_listed(world, 12)
    listed.start()
    at_work, go_on = Event(), Event()
    first = listed.runner()
    real = first._work

    def waiting(run, lease):
        at_work.set()
        assert go_on.wait(20)
        real(run, lease)

    first._work = waiting  # type: ignore[method-assign]
    thread = Thread(target=first.work_once)
    thread.start()
    assert at_work.wait(20)

    assert not listed.runner().work_once()
    go_on.set()
    thread.join(20)
    listed.assert_whole()


@SQLITE
def test_when_the_days_calls_are_used_up_it_waits_for_the_accounts_midnight(world: World):
    listed = make_listed(world, 12)
    run_id = listed.start()
    world.sandbox.faults.add("429_daily", path="*batch/update")

    listed.runner().work_once()

    found = listed.run(run_id)
    assert (found.state, found.lease) == ("running", None)
    assert found.leased_until is not None
    assert found.leased_until.astimezone(UTC).hour in (4, 5)
    assert "used up" in (found.reason or "")


@SQLITE
def test_trouble_of_hubspots_is_waited_out(world: World, monkeypatch):
    monkeypatch.setattr("connectors.hubspot.api.batch.WITHIN_S", 0.3)
    listed = make_listed(world, 22)
    clock = HeldClock(datetime.now(UTC))
    run_id = listed.start()
    world.sandbox.faults.add("503", path="*batch/read")
    listed.runner(clock).work_once()
    assert "503" in (listed.run(run_id).reason or "")
    world.sandbox.faults.clear()
    assert not listed.runner(clock).work_once()
    clock.now += running.AGAIN

    assert listed.runner(clock).work_once()

    done(listed, run_id)
    listed.assert_whole()


@SQLITE
@pytest.mark.parametrize(
    ("scope", "says"), [("crm.lists.read", "crm.lists.read"), ("crm.objects.contacts.write", "contacts.write")]
)
def test_a_missing_scope_ends_it_by_name_and_once_mended_it_goes_on(world: World, database, scope: str, says: str):
    listed = make_listed(world, 12)
    run_id = listed.start()
    whole = world.app.scopes
    world.app.scopes = whole - {scope}
    listed.runner().work_once()
    assert listed.run(run_id).state == "failed"
    assert says in (listed.run(run_id).reason or "")
    world.app.scopes = whole
    with database.transaction() as session:
        runs.resume(session, run_id)

    listed.runner().work_once()

    done(listed, run_id)
    listed.assert_whole()


@SQLITE
def test_a_list_that_was_deleted_ends_it_in_words(world: World):
    listed = make_listed(world, 3)
    run_id = listed.start()
    del world.account.lists[listed.list_id]

    listed.runner().work_once()

    found = listed.run(run_id)
    assert found.state == "failed"
    assert "no list" in (found.reason or "")


@SQLITE
def test_a_campaign_taken_back_meanwhile_ends_it(world: World, database):
    listed = make_listed(world, 3)
    run_id = listed.start()
    with database.transaction() as session:
        session.merge(listed.campaign).published_version = None

    listed.runner().work_once()

    assert listed.run(run_id).state == "failed"


@SQLITE
def test_an_empty_list_is_done_at_once(world: World):
    listed = make_listed(world, 0)
    run_id = listed.start()

    listed.runner().work_once()

    assert done(listed, run_id).counts == {}


def test_starting_twice_is_one_run_and_a_cancelled_one_is_over(world: World, database):
    listed = make_listed(world, 3)
    first = listed.start()
    assert listed.start() == first
    with database.transaction() as session:
        runs.cancel(session, first)

    assert not listed.runner().work_once()
    assert listed.start() != first
    with database.transaction() as session, pytest.raises(BadInput, match="cancelled"):
        runs.resume(session, first)


@SQLITE
def test_what_can_not_be_started_says_why(world: World, database):
    listed = make_listed(world, 1)
    with pytest.raises(BadInput, match="1 to 3650"):
        listed.start(days=0)
    with database.transaction() as session:
        listed.campaign.published_version = None
        with pytest.raises(BadInput, match="isn't published"):
            runs.start(session, listed.campaign, runs.Source(find.SOURCE, "1", "x", 1), days=9)
        with pytest.raises(NotFound):
            runs.pause(session, "nonsense")


@SQLITE
def test_companies_are_looked_up_ahead_when_the_storyboard_needs_them(world: World, database):
    listed = make_listed(world, 12, fields={"tier": "company.tier"})
    company = world.make("companies", name="X")
    world.bind("contacts", listed.members[0], "companies", company, primary=True)
    listed.start()

    listed.runner().work_once()

    with database.reading() as session:
        known = {each.contact_id: each.company_id for each in session.scalars(select(HubSpotContact))}
    assert known == {member: company if member == listed.members[0] else None for member in listed.members}
    assert world.calls("associations") == 1


@SQLITE
def test_lists_are_found_by_name_and_looked_at_by_id(world: World):
    listed = make_listed(world, 4)

    (found,) = find_lists(world.portal, "every")

    assert found == get_list(world.portal, listed.list_id) == ListInfo(listed.list_id, "Everyone", 4, "MANUAL")
    assert find_lists(world.portal, "nobody") == ()
    with pytest.raises(NotFound):
        get_list(world.portal, "987654")
    with pytest.raises(BadInput):
        get_list(world.portal, "../contacts")


@SQLITE
def test_only_so_many_reasons_are_kept(world: World, monkeypatch):
    monkeypatch.setattr("connectors.runs.tally.KEPT", 7)
    listed = make_listed(world, 25)
    for contact in listed.members:
        world.set_by_hubspot(contact, hs_email_optout="true")
    run_id = listed.start()

    listed.runner().work_once()

    found = done(listed, run_id)
    assert found.counts == {"suppressed": 25}
    assert len(found.refused) == 7


def test_a_run_takes_a_lease_that_ends(database, vault):
    with connected(database, vault) as world:
        listed = make_listed(world, 1)
        run_id = listed.start()
        now = datetime(2027, 1, 1, tzinfo=UTC)
        with database.transaction() as session:
            assert runs.claim(session, [find.SOURCE], now).id == run_id
            assert runs.claim(session, [find.SOURCE], now + runs.LEASE - timedelta(seconds=1)) is None
            again = runs.claim(session, [find.SOURCE], now + runs.LEASE)
            assert again.id == run_id
            assert not runs.keep_on(session, run_id, "an older lease", now)
