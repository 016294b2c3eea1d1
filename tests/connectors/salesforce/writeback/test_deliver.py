"""Told to an org: a row a visit, whatever goes wrong; statuses forward only; refusals in the admin's words."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from connectors.salesforce.sandbox.org import Hold, ValidationRule
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.merge import merge
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery, DeliveryStatus
from plugin.outbox.ports import Dead, Delivered, Message, Retry, Untried
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW, HeldClock
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_fold import STORY, summary, told


def about(record_id: str, messages: tuple[Message, ...] = STORY, visit: str = "v1") -> list[Message]:
    kind = {"003": "contact", "00Q": "lead", "00v": "campaign_member"}.get(record_id[:3], "contact")
    return [
        Message(
            f"{visit}|{each.key}",
            each.kind,
            f"{kind}:{record_id}",
            {**each.payload, "visit_id": visit, **({"session_key": visit} if each.kind.startswith("visit") else {})},
            each.occurred_at,
        )
        for each in messages
    ]


def row_of(world: World, visit: str = "v1") -> dict[str, object]:
    (row,) = world.rows("Video_Engagement__c", Session_Key__c=visit)
    return row


def a_contact(world: World, **fields: object) -> str:
    return world.add("Contact", **{"LastName": "N", **fields})


def test_a_visit_is_one_row_on_its_contact(world: World) -> None:
    ana = a_contact(world)

    answers = world.crm().deliver(about(ana))

    assert list(answers) == [Delivered()] * len(STORY)
    row = row_of(world)
    assert row["Contact__c"] == ana
    assert row["Coverage_Percent__c"] == 95
    assert row["Max_Milestone__c"] == 75
    assert row["CTA_Clicked__c"] is True
    assert row["Who__c"] == "person"


def test_told_twice_and_by_another_process_it_is_one_row(world: World) -> None:
    ana = a_contact(world)
    world.crm().deliver(about(ana))
    before = row_of(world)

    world.crm().deliver(about(ana)[:5])

    assert {**row_of(world), "SystemModstamp": 0, "LastModifiedDate": 0} == {
        **before,
        "SystemModstamp": 0,
        "LastModifiedDate": 0,
    }


def test_a_time_out_that_hid_a_success_doubles_nothing(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    world.sandbox.faults.add("timeout_after_commit", times=1, path="*Video_Engagement__c*")

    first = crm.deliver(about(ana))
    second = crm.deliver(about(ana))

    assert {type(each) for each in first} == {Retry}
    assert list(second) == [Delivered()] * len(STORY)
    assert row_of(world)["Revision__c"] == 2


def test_calls_go_full_and_what_fills_none_goes_with_the_next(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(230)]
    messages = [about(person, STORY[:1], visit=f"v{number}")[0] for number, person in enumerate(people)]
    crm = world.crm()
    world.sandbox.counts.reset()

    first = crm.deliver(messages)
    rest = crm.deliver(messages[200:])

    assert list(first) == [Delivered()] * 200 + [Untried()] * 30
    assert list(rest) == [Delivered()] * 30
    assert world.calls("composite/sobjects/{type}") == 2


def test_when_nothing_gets_through_the_rest_is_put_off_with_it(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(210)]
    world.sandbox.faults.add("503", path="*Video_Engagement__c*")

    answers = world.crm().deliver([about(person, STORY[:1], visit=person)[0] for person in people])

    assert {type(each) for each in answers} == {Retry}


def test_what_stands_in_the_org_is_not_sent_again(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(3)]
    messages = [message for person in people for message in about(person, visit=person)]
    world.crm().deliver(messages)
    world.sandbox.counts.reset()

    assert set(world.crm().deliver(messages)) == {Delivered()}

    assert world.calls("composite/sobjects/{type}") == 0


def test_a_locked_row_goes_once_more_with_the_next_call(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(400)]
    messages = [about(person, STORY[:1], visit=person)[0] for person in people]
    world.sandbox.faults.add("lock_item", times=1, path="*Video_Engagement__c*")
    world.sandbox.counts.reset()

    answers = list(world.crm().deliver(messages))

    assert answers == [Delivered()] * 399 + [Untried()]
    assert world.calls("composite/sobjects/{type}") == 2


def test_two_hundred_people_are_one_call(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(200)]
    crm = world.crm()
    messages = [each for number, person in enumerate(people) for each in about(person, visit=f"v{number}")]
    world.sandbox.counts.reset()

    answers = crm.deliver(messages)

    assert set(answers) == {Delivered()}
    assert world.calls() == 1


def test_a_converted_leads_visit_stands_on_the_contact_too(world: World) -> None:
    lead, crm = world.add("Lead", LastName="N", Company="M"), world.crm()
    crm.deliver(about(lead, STORY[:3]))
    assert row_of(world)["Lead__c"] == lead
    contact = convert(world.sandbox.org, lead).contact_id
    crm.read(ExternalRef(world.installation_id, "lead", lead), ["contact.FirstName"], timeout_s=5)

    crm.deliver(about(lead))

    assert row_of(world)["Contact__c"] == contact
    assert row_of(world)["Lead__c"] == lead


def test_what_is_about_a_merged_contact_goes_to_the_one_that_is_left(world: World) -> None:
    loser, winner, crm = a_contact(world), a_contact(world), world.crm()
    merge(world.sandbox.org, winner, [loser])

    answers = crm.deliver(about(loser))

    assert set(answers) == {Delivered()}
    assert row_of(world)["Contact__c"] == winner


def test_a_deleted_contact_is_dead_with_a_reason_and_the_others_stand(world: World) -> None:
    gone, ana = a_contact(world), a_contact(world)
    world.delete("Contact", gone)

    answers = world.crm().deliver([*about(gone, visit="v1"), *about(ana, visit="v2")])

    assert {type(each) for each in answers[: len(STORY)]} == {Dead}
    assert "deleted in Salesforce" in answers[0].reason  # type: ignore[union-attr]
    assert set(answers[len(STORY) :]) == {Delivered()}


def test_an_admins_rule_is_told_in_the_admins_words(world: World) -> None:
    rule = ValidationRule("Video_Engagement__c", "Max_Milestone__c > 50", "Ask Ada before writing here")
    world.sandbox.org.switches.rules.append(rule)

    answers = world.crm().deliver(about(a_contact(world)))

    assert {type(each) for each in answers} == {Dead}
    assert "Ask Ada before writing here" in answers[0].reason  # type: ignore[union-attr]


def test_without_the_package_nothing_is_lost_and_it_says_what_to_deploy(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    world.sandbox.org.deploy(False)

    answers = crm.deliver(about(ana))
    world.sandbox.org.deploy(True)
    again = crm.deliver(about(ana))

    assert {type(each) for each in answers} == {Retry}
    assert "Deploy the package" in answers[0].reason  # type: ignore[union-attr]
    assert set(again) == {Delivered()}


def test_a_locked_record_waits_alone(world: World) -> None:
    held, ana, crm = a_contact(world), a_contact(world), world.crm()
    crm.deliver(about(held, STORY[:1], visit="v1"))
    row = row_of(world, "v1")
    world.sandbox.org.holds[str(row["Id"])] = Hold(until=world.sandbox.clock() + 3600)

    answers = crm.deliver([*about(held, visit="v1"), *about(ana, visit="v2")])

    assert {type(each) for each in answers[: len(STORY)]} == {Retry}
    assert set(answers[len(STORY) :]) == {Delivered()}


def test_our_share_of_the_day_ends_and_begins_anew(world: World) -> None:
    ana, clock = a_contact(world), HeldClock(NOW)
    world.clock = clock
    org = world.org()
    org.api._allowance._max = 8  # type: ignore[union-attr]
    crm = type(world.crm())(org)

    answers = [crm.deliver(about(ana, visit=f"v{number}")) for number in range(6)]
    clock.now += timedelta(days=1)
    tomorrow = crm.deliver(about(ana, visit="v9"))

    assert [type(each[0]) for each in answers] == [Delivered] * 3 + [Retry] * 3
    assert answers[3][0].after_s == pytest.approx(12 * 3600)  # type: ignore[union-attr]
    assert set(tomorrow) == {Delivered()}


def test_a_members_status_goes_forward_and_never_back(world: World) -> None:
    campaign, person = world.add("Campaign", Name="Spring"), a_contact(world)
    for label in ("Opened", "Watched", "Clicked"):
        world.add("CampaignMemberStatus", CampaignId=campaign, Label=label)
    member = world.add("CampaignMember", CampaignId=campaign, ContactId=person)
    crm, seen = world.crm(), []

    for cut in (1, 5, 2):
        crm.deliver(about(member, STORY[:cut], visit=f"v{cut}"))
        seen.append(world.rows("CampaignMember", Id=member)[0]["Status"])

    assert seen == ["Opened", "Clicked", "Clicked"]
    assert row_of(world, "v1")["Contact__c"] == person
    assert row_of(world, "v1")["Campaign__c"] == campaign


def test_a_status_somebody_chose_stays(world: World) -> None:
    campaign, person = world.add("Campaign", Name="Spring"), a_contact(world)
    member = world.add("CampaignMember", CampaignId=campaign, ContactId=person, Status="Responded")

    world.crm().deliver(about(member))

    assert world.rows("CampaignMember", Id=member)[0]["Status"] == "Responded"


@pytest.mark.parametrize("value", ["'; DELETE", "<script>", "😀" * 300, "\u202eevil", "a" * 10_000, "{!$Api.Session}"])
def test_hostile_words_are_only_ever_values(world: World, value: str) -> None:
    ana = a_contact(world)
    messages = about(ana, (told("link.opened", campaign_title=value), told("cta.clicked", label=value), summary(1)))

    answers = world.crm().deliver(messages)

    assert set(answers) == {Delivered()}


def test_in_bad_weather_nothing_is_lost_and_nothing_doubled(world: World) -> None:
    chance, crm, clock = random.Random(3), world.crm(), HeldClock(NOW)
    people = [a_contact(world, FirstName=str(number)) for number in range(60)]
    drafts = [
        Draft(world.installation_id, each.key, each.kind, each.subject, {**each.payload})
        for number, person in enumerate(people)
        for each in about(person, visit=f"v{number}")
    ]
    chance.shuffle(drafts)
    with world.database.transaction() as session:
        enqueue(session, drafts, clock=clock)
    for kind, probability in (
        ("lock_item", 0.05),
        ("limit_concurrent", 0.1),
        ("timeout_after_commit", 0.1),
        ("503", 0.1),
    ):
        world.sandbox.faults.add(kind, probability=probability, path="*Video_Engagement__c*")

    for _ in range(200):
        if chance.random() < 0.2:
            world.sandbox.logins.end_sessions()
        dispatch_once(world.database, lambda _: crm, clock=clock, circuits=Circuits(clock=clock))
        clock.now += timedelta(seconds=30)
        with world.database.reading() as session:
            if not session.query(Delivery).filter(Delivery.status == DeliveryStatus.PENDING).count():
                break

    with world.database.reading() as session:
        assert {row.status for row in session.query(Delivery)} == {DeliveryStatus.DELIVERED}
    rows = world.rows("Video_Engagement__c")
    assert sorted(str(row["Session_Key__c"]) for row in rows) == sorted(f"v{number}" for number in range(60))
    assert {row["Revision__c"] for row in rows} == {2}
    assert {row["Max_Milestone__c"] for row in rows} == {75}
