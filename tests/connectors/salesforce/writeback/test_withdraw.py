"""Taken back is emptied: in the visit's row, whatever became of its person; and no row is made for it."""

from __future__ import annotations

import pytest

from connectors.salesforce.accounts.probe import probe
from plugin.outbox.ports import Delivered, Message, Retry
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.connectors.salesforce.world import World
from tests.connectors.salesforce.writeback.test_deliver import a_contact, about, row_of
from tests.connectors.salesforce.writeback.test_fold import FACED, STORY, WITHDRAWN, summary, told

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""

FIELD = "Facing_Screen_Percent__c"
FACING = (*STORY[:-2], summary(2, attention=FACED))


def taken_back(record_id: str, visit: str = "v1") -> list[Message]:
    return about(record_id, (told(WITHDRAWN, revision=2),), visit)


def test_the_share_stands_in_the_row_and_goes_alone(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    before = row_of(world)
    assert before[FIELD] == 82
    world.sandbox.counts.reset()

    answers = crm.deliver(taken_back(ana))

    assert list(answers) == [Delivered()]
    assert world.calls() == 2
    changed = {name for name, value in before.items() if row_of(world).get(name) != value}
    assert changed - {"LastModifiedDate", "SystemModstamp"} == {FIELD}


@SQLITE
def test_two_hundred_take_it_back_in_two_calls(world: World) -> None:
    people = [a_contact(world, FirstName=str(number)) for number in range(200)]
    crm = world.crm()
    crm.deliver([each for number, person in enumerate(people) for each in about(person, FACING, f"v{number}")])
    world.sandbox.counts.reset()

    crm.deliver([each for number, person in enumerate(people) for each in taken_back(person, f"v{number}")])

    assert world.calls() == 2
    assert {row.get(FIELD) for row in world.rows("Video_Engagement__c")} == {None}


@SQLITE
def test_with_more_news_of_the_visit_it_is_one_call(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    world.sandbox.counts.reset()

    crm.deliver([*taken_back(ana), *about(ana, (summary(3),))])

    assert world.calls() == 1
    assert (row_of(world).get(FIELD), row_of(world)["Revision__c"]) == (None, 3)


@SQLITE
def test_though_the_person_was_deleted_meanwhile(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    world.delete("Contact", ana)

    answers = crm.deliver([*taken_back(ana), *about(ana, (summary(3),))])

    assert row_of(world).get(FIELD) is None
    assert isinstance(answers[0], Delivered)


@SQLITE
def test_a_row_an_admin_deleted_is_not_made_again(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    world.delete("Video_Engagement__c", str(row_of(world)["Id"]))

    assert list(crm.deliver(taken_back(ana))) == [Delivered()]
    assert world.rows("Video_Engagement__c") == []


@SQLITE
def test_of_somebody_nothing_may_be_told_of_it_is_taken_back_all_the_same(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    with world.database.transaction() as session:
        ref = ExternalRef(world.installation_id, "contact", ana)
        suppress(session, pseudonym_of(world.vault, ref), OPTED_OUT)

    answers = crm.deliver([*about(ana, (summary(3, attention=FACED),)), *taken_back(ana)])

    assert list(answers) == [Delivered()] * 2
    assert (row_of(world).get(FIELD), row_of(world)["Revision__c"]) == (None, 2)


@SQLITE
def test_a_lost_answer_or_a_refusal_leaves_it_owed(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    world.sandbox.faults.add("lock_item", times=1, path="*composite/sobjects*")
    [first] = crm.deliver(taken_back(ana))

    [second] = crm.deliver(taken_back(ana))

    assert isinstance(first, Retry)
    assert second == Delivered()
    assert row_of(world).get(FIELD) is None


@SQLITE
def test_an_earlier_package_has_nowhere_to_say_it_and_the_rest_is_told(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    world.sandbox.org.schema.dropped = {f"Video_Engagement__c.{FIELD}"}
    world.sandbox.org.schema.changed()

    answers = crm.deliver(about(ana, FACING))

    assert set(answers) == {Delivered()}
    assert row_of(world)["Coverage_Percent__c"] == 95
    assert any(FIELD in finding.words and "package" in finding.mend for finding in probe(world.org()).findings)


@SQLITE
def test_where_our_user_cannot_see_the_field_any_more_it_stays_owed(world: World) -> None:
    ana, crm = a_contact(world), world.crm()
    crm.deliver(about(ana, FACING))
    world.sandbox.org.schema.of(world.sandbox.org.integration_id).hidden = {f"Video_Engagement__c.{FIELD}"}
    world.sandbox.org.schema.changed()

    [answer] = crm.deliver(taken_back(ana))

    assert isinstance(answer, Retry)
    assert "permission set" in answer.reason
