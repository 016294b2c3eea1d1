"""The ledger: each message taken into its contact's values once, and how far each has been told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Table, func, select, update
from sqlalchemy.orm import Session

from connectors.hubspot.accounts.config import Timeline
from connectors.hubspot.models import HubSpotTelling, TellingState
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import fold, values
from plugin.kernel.bulk import among, packed
from plugin.kernel.database import insert_ignoring
from plugin.outbox.ports import Message

_TELLINGS = cast("Table", HubSpotTelling.__table__)
NONE: Timeline = "none"
_PLAIN: Mapping[str, Any] = {"synchronize_session": False}


@dataclass(slots=True)
class Told:
    """A message on its way: where it stands in the delivery, whom it is about now, and how far the ledger has it."""

    place: int
    message: Message
    contact_id: str
    visit_id: str
    form: Timeline = NONE
    state: str = TellingState.FOLDED
    batch: str | None = None
    under_way_until: datetime | None = None

    @property
    def subject_id(self) -> str:
        """The contact the message names, who may be another by now."""
        return self.message.subject.partition(":")[2]

    @property
    def key(self) -> str:
        """The message's."""
        return self.message.key


def visit_of(message: Message) -> str:
    """The visit a message is about; one that names none is a visit of its own."""
    named = (message.payload.get(name) for name in ("visit_id", "session_key", "visit"))
    return next((each for each in named if isinstance(each, str) and each), message.key)


def take_in(session: Session, portal: Portal, told: Sequence[Told]) -> dict[str, fold.Folded]:
    """Write new messages down and fold them; each contact's values after that, by id. Fills in the rest of `told`.

    Both in the caller's transaction, so a message counts exactly when the ledger holds it. The contacts' rows are
    held: another delivery about them waits.
    """
    moves = {each.subject_id: each.contact_id for each in told if each.subject_id != each.contact_id}
    folded = values.hold(session, portal, {each.contact_id for each in told}, moves)
    new = _write_down(session, portal, told)
    by_contact: dict[str, list[Message]] = {}
    for each in told:
        if each.key in new:
            new.discard(each.key)
            by_contact.setdefault(each.contact_id, []).append(each.message)
    changed = {contact_id: fold.fold(folded[contact_id], added) for contact_id, added in by_contact.items()}
    values.keep(session, portal, changed)
    return folded | changed


def finish(session: Session, keys: Collection[str], *, form: Timeline | None = None) -> None:
    """These have been told; `form` NONE: not on the timeline, as that is closed to us by now."""
    told_by_now: dict[str, Any] = {"state": TellingState.TOLD, "under_way_until": None}
    if form is not None:
        told_by_now["form"] = form
    if keys:
        told = update(HubSpotTelling).where(_among(session, HubSpotTelling.key)).values(**told_by_now)
        session.execute(told, _given(sorted(keys)), execution_options=_PLAIN)


def begin_sending(session: Session, batches: Mapping[str, Collection[str]], until: datetime) -> None:
    """These go out now, batch by batch (id → keys): from here on nobody knows, until somebody writes down more."""
    for batch, keys in batches.items():
        sending = (
            update(HubSpotTelling)
            .where(_among(session, HubSpotTelling.key))
            .values(state=TellingState.SENDING, batch=batch, under_way_until=until)
        )
        session.execute(sending, _given(sorted(keys)), execution_options=_PLAIN)


def not_sent(session: Session, keys: Collection[str]) -> None:
    """They went out and were certainly not taken."""
    again = (
        update(HubSpotTelling)
        .where(_among(session, HubSpotTelling.key))
        .values(state=TellingState.FOLDED, batch=None, under_way_until=None)
    )
    if keys:
        session.execute(again, _given(sorted(keys)), execution_options=_PLAIN)


def ended_unknown(session: Session, keys: Collection[str], until: datetime) -> None:
    """Their call has ended without an answer: by `until` HubSpot is done with it, too."""
    ended = update(HubSpotTelling).where(_among(session, HubSpotTelling.key)).values(under_way_until=until)
    if keys:
        session.execute(ended, _given(sorted(keys)), execution_options=_PLAIN)


def _write_down(session: Session, portal: Portal, told: Sequence[Told]) -> set[str]:
    """The keys that weren't in the ledger yet; what it held of the others is filled in."""
    held = {
        row.key: row
        for row in session.execute(
            select(
                HubSpotTelling.key,
                HubSpotTelling.form,
                HubSpotTelling.state,
                HubSpotTelling.batch,
                HubSpotTelling.under_way_until,
            ).where(_among(session, HubSpotTelling.key)),
            _given({each.key for each in told}),
        )
    }
    fresh: dict[str, Told] = {}
    forms = _forms_of(session, portal, {each.visit_id for each in told})
    for each in told:
        if (row := held.get(each.key)) is None:
            each.form = _form(portal, forms.get(each.visit_id))
            each.state = TellingState.TOLD if each.form == NONE else TellingState.FOLDED
            fresh.setdefault(each.key, each)
        else:
            each.form, each.state = row.form, row.state
            each.batch, each.under_way_until = row.batch, row.under_way_until
    if not fresh:
        return set()
    now = portal.clock()
    added = insert_ignoring(session.get_bind().dialect.name, _TELLINGS, ["key"]).returning(_TELLINGS.c.key)
    rows = [
        {
            "key": each.key,
            "installation_id": portal.installation_id,
            "contact_id": each.contact_id,
            "visit_id": each.visit_id,
            "form": each.form,
            "state": each.state,
            "batch": None,
            "under_way_until": None,
            "at": now,
        }
        for each in fresh.values()
    ]
    return set(cast("CursorResult[Any]", session.execute(added, rows)).scalars())


def _form(portal: Portal, before: Timeline | None) -> Timeline:
    """A visit is told in one form to its end; when that is closed to us meanwhile, its rest isn't on the timeline."""
    if before is None:
        return portal.config.timeline
    return before if before in portal.config.possible else NONE


def _forms_of(session: Session, portal: Portal, visit_ids: Collection[str]) -> dict[str, Timeline]:
    # `none` sorts behind every form there is, so a visit that was begun in one and cut short is still that one's.
    first = func.min(HubSpotTelling.form)
    rows = session.execute(
        select(HubSpotTelling.visit_id, first)
        .where(HubSpotTelling.installation_id == portal.installation_id, _among(session, HubSpotTelling.visit_id))
        .group_by(HubSpotTelling.visit_id),
        _given(visit_ids),
    )
    return {visit_id: cast("Timeline", form) for visit_id, form in rows}


def _among(session: Session, column: Any) -> Any:
    return among(session.get_bind().dialect.name, column)


def _given(values: Iterable[str]) -> dict[str, str]:
    return {"given": packed((each,) for each in values)}
