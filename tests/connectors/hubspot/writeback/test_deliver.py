"""What a rep sees in HubSpot after a visit, in each form; and what an admin reads when something stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.models import HubSpotAsset, HubSpotContact, HubSpotTelling
from connectors.hubspot.sandbox import write
from connectors.hubspot.sandbox.rules import Rule
from plugin.outbox.ports import Dead, Delivered, Retry
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.connectors.hubspot.writeback.stage import ALL, Stage, kinds, summary, told, visit_of

StageIn = Callable[..., Stage]
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PROGRESS = ["video.quartile_reached"] * 3


@pytest.mark.parametrize("form", ALL)
def test_a_visit_stands_on_the_contact_once_however_often_it_is_delivered(stage_in: StageIn, form: Timeline) -> None:
    stage = stage_in(form)
    ana = stage.contact(firstname="Ana")

    first = stage.crm().deliver(visit_of(ana))
    again = stage.crm().deliver([*visit_of(ana), *visit_of(ana)])

    assert list(first) == [Delivered()] * 7
    assert list(again) == [Delivered()] * 14
    assert stage.values(ana)["segue_open_count"] == "1"
    assert stage.values(ana)["segue_score"] == "83"
    assert len(stage.notes(ana)) == 1
    events = kinds(visit_of(ana)) if form in ("custom_events", "app_events") else []
    assert [kind for kind, _ in stage.events(ana)] == events
    cards = [(card.percent, card.events, card.attention["10"]) for card in stage.cards(ana)]
    assert cards == ([(75, 5, 2)] if form == "media_bridge" else [])


def test_a_later_summary_changes_the_note_and_an_older_one_never_does(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()

    stage.crm().deliver([summary(ana, 1, coverage_s=10.0)])
    stage.crm().deliver([summary(ana, 3, coverage_s=30.0)])
    late = stage.crm().deliver([summary(ana, 2, coverage_s=20.0)])

    assert list(late) == [Delivered()]
    (note,) = stage.notes(ana)
    assert "Watched 30 of 40 s" in note
    assert [values["revision"] for _, values in stage.events(ana)] == ["1", "3"]


def test_of_several_summaries_at_once_only_the_newest_is_told(stage_in: StageIn) -> None:
    stage = stage_in("app_events")
    ana = stage.contact()

    stage.crm().deliver([summary(ana, 1, coverage_s=10.0), summary(ana, 2, coverage_s=20.0)])

    assert [values["revision"] for _, values in stage.events(ana)] == ["2"]
    assert stage.calls("notes/batch") == 1
    assert {row.state for row in stage.rows(HubSpotTelling)} == {"told"}


def test_a_note_a_rep_deleted_stays_deleted(stage: Stage) -> None:
    ana = stage.contact()
    stage.crm().deliver([summary(ana, 1)])
    notes = stage.account.stores["notes"]
    write.archive(stage.account, notes, next(iter(notes.live())))

    answers = stage.crm().deliver([summary(ana, 2)])

    assert list(answers) == [Delivered()]
    assert stage.notes(ana) == []


@pytest.mark.parametrize(
    ("before", "after"), [("custom_events", "app_events"), ("media_bridge", "custom_events"), ("none", "app_events")]
)
def test_a_visit_is_told_to_its_end_in_the_form_it_was_begun_in(
    stage_in: StageIn, before: Timeline, after: Timeline
) -> None:
    stage = stage_in(before)
    ana = stage.contact()
    first, rest = visit_of(ana)[:3], visit_of(ana)[2:]
    stage.crm().deliver(first)
    stage.choose(after)

    stage.crm().deliver([*rest, *visit_of(ana, "visit-2", after_s=900)])

    forms = {(row.visit_id, row.form) for row in stage.rows(HubSpotTelling)}
    assert forms == {("visit-1", before), ("visit-2", after)}
    assert len(stage.rows(HubSpotTelling)) == 14
    assert len(stage.notes(ana)) == 2
    assert len(stage.events(ana)) == {"custom_events": 14, "media_bridge": 7, "none": 7}[before]


def test_a_scope_taken_away_loses_nothing_and_the_next_visit_is_told_otherwise(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()
    stage.crm().deliver(visit_of(ana)[:2])
    stage.app.scopes = stage.app.scopes - {"analytics.behavioral_events.send"}

    answers = stage.crm().deliver(visit_of(ana)[2:])
    stage.crm().deliver(visit_of(ana, "visit-2", after_s=900))

    assert list(answers) == [Delivered()] * 5
    assert len(stage.notes(ana)) == 2
    assert "custom_events" not in stage.config().possible
    assert "analytics.behavioral_events.send" not in stage.config().scopes
    # Two of the first visit; all of the second, in the next best form.
    assert [kind for kind, _ in stage.events(ana)] == [*kinds(visit_of(ana)[:2]), *kinds(visit_of(ana))]


def test_an_event_definition_taken_away_closes_custom_events_without_losing_anything(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana, ben = stage.contact(), stage.contact()
    (gone,) = [name for name in stage.account.event_types if name.endswith("segue_video_progress")]
    del stage.account.event_types[gone]

    answers = stage.crm().deliver([*visit_of(ana), *visit_of(ben, "visit-2")])

    assert list(answers) == [Delivered()] * 14
    assert [kind for kind, _ in stage.events(ana)] == [kind for kind in kinds(visit_of(ana)) if kind not in PROGRESS]
    assert stage.config().possible == ("app_events", "media_bridge", "none")


def test_a_rule_of_the_admins_holds_up_nobody_but_whom_it_is_about(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    people = [stage.contact(lastname="Berg") for _ in range(8)]
    nameless = stage.contact()
    stage.account.rules.add("contacts", Rule("lastname", "Every contact needs a last name", required=True))

    answers = stage.crm().deliver(
        [told(who, "link.opened", visit=f"visit-{who}") for who in [*people[:4], nameless, *people[4:]]]
    )

    refused = answers[4]
    assert isinstance(refused, Dead)
    assert "A rule of your account" in refused.reason
    assert "Every contact needs a last name" in refused.reason
    assert [answer for answer in answers if answer != refused] == [Delivered()] * 8
    assert all(stage.values(who)["segue_open_count"] == "1" for who in people)
    # What happened is on their timeline all the same.
    assert [kind for kind, _ in stage.events(nameless)] == ["link.opened"]


def test_once_the_rule_is_changed_the_rest_is_told_and_nothing_twice(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()
    stage.account.rules.add("contacts", Rule("lastname", "Every contact needs a last name", required=True))
    stage.crm().deliver(visit_of(ana))
    stage.account.rules.clear()

    answers = stage.crm().deliver(visit_of(ana))

    assert list(answers) == [Delivered()] * 7
    assert stage.values(ana)["segue_open_count"] == "1"
    assert len(stage.events(ana)) == 7


def test_a_contact_that_is_gone_is_said_to_be_and_the_others_stand(stage: Stage) -> None:
    ana, ben = stage.contact(), stage.contact()
    write.archive(stage.account, stage.account.contacts, stage.account.contact(ben))

    answers = stage.crm().deliver([*visit_of(ben, "visit-2"), *visit_of(ana)])

    assert all(isinstance(answer, Dead) and "no such contact" in answer.reason for answer in answers[:7])
    assert list(answers[7:]) == [Delivered()] * 7
    assert len(stage.notes(ana)) == 1
    gone = {row.contact_id for row in stage.rows(HubSpotContact) if row.gone_at is not None}
    assert gone == {ben}


@pytest.mark.parametrize("new_id", [False, True])
def test_contacts_that_were_merged_are_followed_and_have_the_sum_of_both(stage_in: StageIn, new_id: bool) -> None:
    stage = stage_in("app_events")
    stage.account.merge_makes_new_id = new_id
    ana, ana_too = stage.contact(email="ana@example.com"), stage.contact(email="ana@example.org")
    stage.crm().deliver([*visit_of(ana), *visit_of(ana_too, "visit-2")])
    survivor = write.merge(
        stage.account, stage.account.contacts, stage.account.contact(ana), stage.account.contact(ana_too)
    ).id

    answers = stage.crm().deliver(
        [*visit_of(ana_too, "visit-3", after_s=900), told(ana, "link.opened", visit="visit-4", after_s=1800)]
    )

    assert list(answers) == [Delivered()] * 8
    assert stage.values(survivor)["segue_open_count"] == "4"
    assert len(stage.notes(survivor)) == 3
    assert len(stage.events(survivor)) == 22
    moved = {row.contact_id: row.moved_to for row in stage.rows(HubSpotContact) if row.moved_to}
    assert moved == ({ana: survivor, ana_too: survivor} if new_id else {ana_too: survivor})


def test_a_property_taken_away_is_named_and_all_else_is_written(stage: Stage) -> None:
    ana = stage.contact()
    score = stage.account.contacts.definitions.pop("segue_score")

    answers = stage.crm().deliver(visit_of(ana))

    assert list(answers[:-1]) == [Delivered()] * 6
    lacking = answers[-1]
    assert isinstance(lacking, Dead)
    assert "segue_score" in lacking.reason
    assert "segue hubspot provision --apply" in lacking.reason
    assert stage.values(ana)["segue_max_coverage"] == "95"
    assert len(stage.notes(ana)) == 1

    stage.account.contacts.definitions["segue_score"] = score
    assert list(stage.crm().deliver([visit_of(ana)[-1]])) == [Delivered()]
    assert stage.values(ana)["segue_score"] == "83"
    assert len(stage.notes(ana)) == 1


def test_a_property_the_account_was_never_given_is_left_out(stage: Stage) -> None:
    ana = stage.contact()
    del stage.account.contacts.definitions["segue_confidence"]
    with stage.database.transaction() as session:
        session.execute(delete(HubSpotAsset).where(HubSpotAsset.name == "segue_confidence"))
    stage.sandbox.counts.reset()

    first = stage.crm().deliver(visit_of(ana))
    stage.crm().deliver(visit_of(ana, "visit-2", after_s=900))

    assert list(first) == [Delivered()] * 7
    assert stage.values(ana)["segue_open_count"] == "2"
    # Tried once, then known for a while.
    assert stage.calls("contacts/batch/update") == 3


def test_nothing_is_written_about_people_who_are_suppressed(stage: Stage) -> None:
    ana, ben = stage.contact(), stage.contact()
    with stage.database.transaction() as session:
        suppress(session, pseudonym_of(stage.vault, ExternalRef(stage.installation_id, "contact", ana)), "stop")

    answers = stage.crm().deliver([*visit_of(ana), *visit_of(ben, "visit-2")])

    assert list(answers) == [Delivered()] * 14
    assert stage.values(ana) == {}
    assert stage.notes(ana) == []
    assert len(stage.notes(ben)) == 1
    assert {row.contact_id for row in stage.rows(HubSpotTelling)} == {ben}


def test_kinds_hubspot_has_nothing_to_hear_of_are_done_with(stage: Stage) -> None:
    ana = stage.contact()

    answers = stage.crm().deliver(
        [told(ana, "attention.withdrawn"), told(ana, "moon.landed"), told(ana, "link.opened")]
    )

    assert list(answers) == [Delivered()] * 3
    assert stage.calls() == 1


@pytest.mark.parametrize("subject", ["company:7", "contact:", "contact:nobody", "contact:501 ", "nonsense"])
def test_what_is_no_contact_of_hubspots_is_said_to_be_none(stage: Stage, subject: str) -> None:
    message = told("501", "link.opened")

    (answer,) = stage.crm().deliver([type(message)("k", message.kind, subject, message.payload, message.occurred_at)])

    assert isinstance(answer, Dead)
    assert "no such contact" in answer.reason
    assert stage.calls() == 0


def test_odd_values_are_written_as_they_are_or_cut(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()
    label = "👩‍🚀 שלום <b>" + "x" * 10_000
    messages = [
        told(ana, "link.opened", campaign_title="Spring\x00\n🌴 " + "ñ" * 600),
        told(ana, "cta.clicked", after_s=9, label=label, cta=7),
        summary(ana, ctas=[label, 3], reasons=None, score_reasons="none"),
    ]

    answers = stage.crm().deliver(messages)

    assert list(answers) == [Delivered()] * 3
    assert stage.values(ana)["segue_last_campaign"].startswith("Spring 🌴 ñ")
    assert stage.values(ana)["segue_cta_label"].startswith("👩‍🚀 שלום <b>x")
    assert len(stage.events(ana)) == 3


def test_a_limit_for_the_day_is_waited_for_until_the_accounts_midnight(stage: Stage) -> None:
    ana, ben = stage.contact(), stage.contact()
    stage.sandbox.faults.add("429_daily", times=1)

    answers = stage.crm().deliver([*visit_of(ana), *visit_of(ben, "visit-2")])

    assert all(isinstance(answer, Retry) and answer.after_s is not None for answer in answers)
    assert {round(answer.after_s) for answer in answers if isinstance(answer, Retry) and answer.after_s} == {
        round((stage_midnight(stage) - stage.portal().clock()).total_seconds())
    }
    assert stage.calls() == 1


def stage_midnight(stage: Stage) -> Any:
    now = stage.portal().clock()
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def test_a_short_limit_or_trouble_is_waited_out_within_the_delivery(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()
    for kind in ("429", "503"):
        stage.sandbox.faults.add(kind, times=1, retry_after=0)

    assert list(stage.crm().deliver(visit_of(ana))) == [Delivered()] * 7
    assert len(stage.events(ana)) == 7


def test_trouble_that_lasts_puts_all_of_a_contact_off_in_order(stage_in: StageIn) -> None:
    stage = stage_in("custom_events")
    ana = stage.contact()
    trouble = stage.sandbox.faults.add("503", path="/events/custom/*")

    answers = stage.crm().deliver(visit_of(ana))
    stage.sandbox.faults.rules.remove(trouble)
    later = stage.crm().deliver(visit_of(ana))

    assert all(isinstance(answer, Retry) for answer in answers)
    assert list(later) == [Delivered()] * 7
    assert [kind for kind, _ in stage.events(ana)] == kinds(visit_of(ana))


def test_a_token_withdrawn_kills_nothing_and_says_what_to_do(stage: Stage) -> None:
    ana = stage.contact()
    stage.app.token = "another"

    answers = stage.crm().deliver(visit_of(ana))

    assert all(isinstance(answer, Retry) and "Connect the account again" in answer.reason for answer in answers)


def test_a_scope_that_nothing_works_without_is_named(stage: Stage) -> None:
    ana = stage.contact()
    stage.app.scopes = stage.app.scopes - {"crm.objects.contacts.write"}

    answers = stage.crm().deliver(visit_of(ana))

    assert all(isinstance(answer, Retry) and "crm.objects.contacts.write" in answer.reason for answer in answers)


@pytest.mark.parametrize(
    ("form", "calls"), [("none", 2), ("custom_events", 3), ("app_events", 5), ("media_bridge", 202)]
)
def test_forty_visits_take_as_few_calls_as_can_be(stage_in: StageIn, form: Timeline, calls: int) -> None:
    stage = stage_in(form, held_to_specs=False)
    people = [stage.contact() for _ in range(40)]

    answers = stage.crm().deliver([message for who in people for message in visit_of(who, f"visit-{who}")])

    assert list(answers) == [Delivered()] * 280
    assert stage.calls() == calls
    assert all(len(stage.notes(who)) == 1 for who in people)
