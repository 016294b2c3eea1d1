"""The rows that hold which visit has which note, and which note is being made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.models import HubSpotNote
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.note import Summary, text_of
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring

_TABLE = cast("Table", HubSpotNote.__table__)
_PLAIN: Mapping[str, Any] = {"synchronize_session": False}


class Step(StrEnum):
    """What is to be done about a visit's note."""

    CREATE = "create"
    UPDATE = "update"
    LOOK = "look"
    """Somebody was about to make it: look whether it is there."""
    WAIT = "wait"
    """Somebody may be making it at this moment."""
    DONE = "done"
    """It says this, or something newer."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A step, with the note if it is known, the revision it holds, and until when to wait."""

    kind: Step
    note_id: str | None = None
    revision: int = 0
    until: datetime | None = None
    withdrawn: int = 0
    """Of summaries up to this one no share of facing the screen may be told any more."""

    def sayable(self, summary: Summary) -> Summary:
        """What of it may be told."""
        return summary.bare() if summary.revision <= self.withdrawn else summary


def begin(session: Session, portal: Portal, summaries: Mapping[str, Summary], until: datetime) -> dict[str, Begun]:
    """Decide on each visit's note; those to be made or looked for are ours until `until`."""
    visits = sorted(summaries)
    now = portal.clock()
    fresh = insert_ignoring(session.get_bind().dialect.name, _TABLE, ["visit_id"]).returning(_TABLE.c.visit_id)
    rows = [
        {
            "visit_id": visit_id,
            "installation_id": portal.installation_id,
            "contact_id": summaries[visit_id].contact_id,
            "note_id": None,
            "revision": 0,
            "bare": None,
            "withdrawn": 0,
            "under_way_until": until,
            "at": now,
        }
        for visit_id in visits
    ]
    mine = set(cast("CursorResult[Any]", session.execute(fresh, rows)).scalars())
    held = session.execute(
        select(
            HubSpotNote.visit_id,
            HubSpotNote.note_id,
            HubSpotNote.revision,
            HubSpotNote.under_way_until,
            HubSpotNote.withdrawn,
        )
        .where(_among(session))
        .order_by(HubSpotNote.visit_id)
        .with_for_update(),
        _given(visits),
    ).all()
    steps: dict[str, Begun] = {}
    for visit_id, note_id, revision, busy_until, withdrawn in held:
        if visit_id in mine:
            steps[visit_id] = Begun(Step.CREATE)
        elif note_id is not None:
            told = revision >= summaries[visit_id].revision
            steps[visit_id] = Begun(Step.DONE if told else Step.UPDATE, note_id, revision, withdrawn=withdrawn)
        elif busy_until is not None and busy_until > now:
            steps[visit_id] = Begun(Step.WAIT, until=busy_until)
        else:
            steps[visit_id] = Begun(Step.LOOK, withdrawn=withdrawn)
    _keep_bare(session, steps, summaries)
    ended(session, [visit_id for visit_id, step in steps.items() if step.kind == Step.LOOK], until)
    return steps


def made(session: Session, notes: Mapping[str, tuple[str, int]]) -> None:
    """These visits have these notes (id, revision)."""
    if notes:
        rows = [{"of": visit_id, "id": note_id, "holds": revision} for visit_id, (note_id, revision) in notes.items()]
        session.connection().execute(
            update(_TABLE)
            .where(_TABLE.c.visit_id == bindparam("of"))
            .values(note_id=bindparam("id"), revision=bindparam("holds"), under_way_until=None),
            rows,
        )


def _keep_bare(session: Session, steps: Mapping[str, Begun], summaries: Mapping[str, Summary]) -> None:
    """Before a share is sent: what the note says without it, so that whoever has to take it out can."""
    sent = {
        visit_id: summaries[visit_id]
        for visit_id, step in steps.items()
        if step.kind not in (Step.DONE, Step.WAIT) and step.sayable(summaries[visit_id]).is_attentive
    }
    if sent:
        session.connection().execute(
            update(_TABLE).where(_TABLE.c.visit_id == bindparam("of")).values(bare=bindparam("says")),
            [{"of": visit_id, "says": text_of(summary.bare())} for visit_id, summary in sent.items()],
        )


def is_bare(session: Session, visits: Collection[str]) -> None:
    """No share stands in these visits' notes any more."""
    if visits:
        session.execute(
            update(HubSpotNote).where(_among(session)).values(bare=None), _given(visits), execution_options=_PLAIN
        )


def updated(session: Session, revisions: Mapping[str, int]) -> None:
    """These visits' notes hold these summaries now."""
    if revisions:
        rows = [{"of": visit_id, "holds": revision} for visit_id, revision in revisions.items()]
        session.connection().execute(
            update(_TABLE)
            .where(_TABLE.c.visit_id == bindparam("of"), _TABLE.c.revision < bindparam("holds"))
            .values(revision=bindparam("holds")),
            rows,
        )


def withdraw(session: Session, portal: Portal, withdrawn: Mapping[str, tuple[str, int]]) -> None:
    """Of these visits (id → contact id, revision) no share up to that revision is told from now on."""
    fresh = insert_ignoring(session.get_bind().dialect.name, _TABLE, ["visit_id"])
    blank = {"installation_id": portal.installation_id, "note_id": None, "revision": 0, "bare": None, "withdrawn": 0}
    rows = [
        {**blank, "visit_id": visit_id, "contact_id": contact_id, "under_way_until": None, "at": portal.clock()}
        for visit_id, (contact_id, _) in sorted(withdrawn.items())
    ]
    session.execute(fresh, rows)
    session.connection().execute(
        update(_TABLE)
        .where(_TABLE.c.visit_id == bindparam("of"), _TABLE.c.withdrawn < bindparam("up_to"))
        .values(withdrawn=bindparam("up_to")),
        [{"of": visit_id, "up_to": revision} for visit_id, (_, revision) in sorted(withdrawn.items())],
    )


def attentive(session: Session, visits: Collection[str]) -> list[HubSpotNote]:
    """The rows of those whose note a share stands in, or may."""
    return list(
        session.scalars(select(HubSpotNote).where(_among(session), HubSpotNote.bare.is_not(None)), _given(visits))
    )


def not_made(session: Session, visits: Collection[str]) -> None:
    """Their notes certainly weren't made."""
    if visits:
        gone = delete(HubSpotNote).where(_among(session), HubSpotNote.note_id.is_(None))
        session.execute(gone, _given(visits), execution_options=_PLAIN)


def ended(session: Session, visits: Collection[str], until: datetime) -> None:
    """Nobody knows whether their notes were made; from `until` on it is worth a look."""
    if visits:
        unknown = update(HubSpotNote).where(_among(session), HubSpotNote.note_id.is_(None))
        session.execute(unknown.values(under_way_until=until), _given(visits), execution_options=_PLAIN)


def _among(session: Session) -> Any:
    return among(session.get_bind().dialect.name, HubSpotNote.visit_id)


def _given(values: Iterable[str]) -> dict[str, str]:
    return {"given": packed((each,) for each in values)}
