"""Taken back is taken out: of the visit's note, whatever became of the call that told it, and of nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.hubspot.models import HubSpotNote
from connectors.hubspot.sandbox import write
from connectors.hubspot.writeback.forget import forget_told
from plugin.outbox.ports import Dead, Delivered, Message, Retry
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW
from tests.connectors.hubspot.writeback.stage import Stage, summary, told, visit_of

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""What differs by database is tested on both by the others."""

FACED = {"attention": {"share": 0.82, "seconds": 31, "quality": 0.9}}
SAID = "Facing the screen 82 % of what played"


def taken_back(contact_id: str, revision: int = 1, *, visit: str = "visit-1") -> Message:
    return told(
        contact_id, "attention.withdrawn", f"back:{visit}:{revision}", visit=visit, session_key=visit, revision=revision
    )


def test_one_note_is_said_anew_and_all_else_stands(stage: Stage) -> None:
    ana, ben = stage.contact(), stage.contact()
    crm = stage.crm()
    crm.deliver([*visit_of(ana)[:-1], summary(ana, **FACED), summary(ben, visit="visit-2", **FACED)])
    before = stage.values(ana)
    stage.sandbox.counts.reset()

    answers = crm.deliver([taken_back(ana)])

    assert list(answers) == [Delivered()]
    assert stage.calls() == 1
    [note] = stage.notes(ana)
    assert SAID not in note
    assert "Watched 38 of 40 s" in note
    assert SAID in stage.notes(ben)[0]
    assert stage.values(ana) == before


@SQLITE
def test_told_again_it_costs_no_call(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    crm.deliver([summary(ana, **FACED), taken_back(ana)])
    stage.sandbox.counts.reset()

    assert list(crm.deliver([taken_back(ana)])) == [Delivered()]
    assert stage.calls() == 0


@SQLITE
def test_a_note_whose_making_nobody_knows_of_is_looked_for(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    stage.sandbox.faults.add("timeout_after_commit", times=1, path="*notes/batch/create")
    crm.deliver([summary(ana, **FACED)])
    stage.lease_ends()

    answers = crm.deliver([taken_back(ana)])

    assert list(answers) == [Delivered()]
    assert [SAID in note for note in stage.notes(ana)] == [False]


@SQLITE
def test_while_another_makes_the_note_it_waits(stage: Stage) -> None:
    ana = stage.contact()
    stage.times = replace(stage.times, lag_s=30.0)
    crm = stage.crm()
    stage.sandbox.faults.add("timeout_after_commit", times=1, path="*notes/batch/create")
    crm.deliver([summary(ana, **FACED)])

    [answer] = crm.deliver([taken_back(ana)])

    assert isinstance(answer, Retry)
    assert answer.after_s is not None
    assert 0 < answer.after_s <= 30


@SQLITE
def test_when_hubspot_is_unwell_it_is_owed_until_it_is_gone(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    crm.deliver([summary(ana, **FACED)])
    stage.sandbox.faults.add("503", path="*notes/batch/update")
    [answer] = crm.deliver([taken_back(ana)])
    assert isinstance(answer, Retry)
    stage.sandbox.faults.clear()

    crm.deliver([taken_back(ana)])

    assert SAID not in stage.notes(ana)[0]


@SQLITE
def test_of_somebody_nothing_may_be_told_of_it_is_taken_back_all_the_same(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    crm.deliver([summary(ana, **FACED)])
    with stage.database.transaction() as session:
        ref = ExternalRef(stage.installation_id, "contact", ana)
        suppress(session, pseudonym_of(stage.vault, ref), OPTED_OUT)

    crm.deliver([summary(ana, 2, **FACED), taken_back(ana)])

    assert SAID not in stage.notes(ana)[0]


@SQLITE
def test_a_note_somebody_deleted_has_nothing_to_forget(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    crm.deliver([summary(ana, **FACED)])
    [row] = stage.rows(HubSpotNote)
    notes = stage.account.stores["notes"]
    write.archive(stage.account, notes, notes.records[row.note_id])

    assert not any(isinstance(answer, Dead) for answer in crm.deliver([taken_back(ana)]))
    [row] = stage.rows(HubSpotNote)
    assert row.bare is None


def test_what_has_to_be_taken_out_is_known_until_it_was(stage: Stage) -> None:
    ana, crm = stage.contact(), stage.crm()
    crm.deliver([summary(ana, **FACED), summary(ana, visit="visit-2")])
    later = NOW + timedelta(days=9_000)

    forget_told(stage.database, event_days=1, clock=lambda: later)
    assert [row.visit_id for row in stage.rows(HubSpotNote)] == ["visit-1"]

    crm.deliver([taken_back(ana)])
    forget_told(stage.database, event_days=1, clock=lambda: later)
    assert stage.rows(HubSpotNote) == []
    assert SAID not in stage.notes(ana)[0]
