"""One note a visit: made at its first summary, brought up to date by later ones, never made twice.

HubSpot has no key that keeps it from making the same note again. So the ledger says that one is about to be made before
the call, and whoever finds it so without an id looks in HubSpot first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from connectors.hubspot.api.errors import HubSpotError, NotThere, Refused
from connectors.hubspot.api.transport import Answer
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback import find_notes, note_rows
from connectors.hubspot.writeback.calls import Calls, maybe_done
from connectors.hubspot.writeback.note import Summary, to_create, to_update
from connectors.hubspot.writeback.note_rows import Begun, Step
from connectors.hubspot.writeback.settle import done_in, errors_in, of_error
from connectors.hubspot.writeback.writing import write_down
from plugin.outbox.ports import Delivered, Retry, Settlement

log = structlog.get_logger()

BATCH = 100
_CREATE, _UPDATE = f"/crm/objects/{API}/notes/batch/create", f"/crm/objects/{API}/notes/batch/update"
_NO_ANSWER = "HubSpot gave no clear answer about a note: whether it was made is looked up first."

T = TypeVar("T")
Fate = dict[str, Settlement]
"""By visit."""


@dataclass(slots=True)
class Noted:
    """What became of each visit's note, and the revision it held before (0: there was none)."""

    fates: Fate = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)


def tell(calls: Calls, portal: Portal, summaries: Sequence[Summary]) -> Noted:
    """Make or bring up to date the notes of these visits, one summary each."""
    if not summaries:
        return Noted()
    return _Telling(calls, portal, {summary.visit_id: summary for summary in summaries}).tell()


class _Telling:
    """The notes of one delivery."""

    def __init__(self, calls: Calls, portal: Portal, summaries: Mapping[str, Summary]) -> None:
        self._calls, self._portal, self._summaries = calls, portal, summaries

    def tell(self) -> Noted:
        until = self._calls.end_by(self._portal.clock())
        steps = self._write_down(lambda session: note_rows.begin(session, self._portal, self._summaries, until))
        self._summaries = {visit_id: step.sayable(self._summaries[visit_id]) for visit_id, step in steps.items()}
        noted = Noted(held={visit_id: step.revision for visit_id, step in steps.items()})
        for visit_id in _of(steps, Step.WAIT):
            noted.fates[visit_id] = Retry(_NO_ANSWER, self._seconds_until(steps[visit_id]))
        noted.fates |= dict.fromkeys(_of(steps, Step.DONE), Delivered())
        note_ids = {visit_id: str(steps[visit_id].note_id) for visit_id in _of(steps, Step.UPDATE)}
        looked_for = _of(steps, Step.LOOK)
        fresh = _of(steps, Step.CREATE)
        if looked_for:
            found, unsure = self._look(looked_for)
            noted.fates |= unsure
            note_ids |= found
            fresh += [visit_id for visit_id in looked_for if visit_id not in found and visit_id not in unsure]
        jobs: list[Callable[[], Fate]] = [partial(self._create, some) for some in _batches(fresh)]
        jobs += [partial(self._update, some, note_ids) for some in _batches(list(note_ids))]
        for fates in self._calls.each(jobs):
            noted.fates |= fates
        return noted

    def _look(self, visits: Sequence[str]) -> tuple[dict[str, str], Fate]:
        """The notes that were made after all, by visit; and what becomes of the visits when that can't be seen."""
        wanted: dict[str, list[str]] = {}
        for visit_id in visits:
            wanted.setdefault(self._summaries[visit_id].contact_id, []).append(visit_id)
        try:
            found = find_notes.find(self._calls, wanted)
        except HubSpotError as error:
            now = self._portal.clock()
            self._write_down(lambda session: note_rows.ended(session, visits, now))
            return {}, dict.fromkeys(visits, of_error(error))
        log.info(
            "hubspot.notes_looked_up",
            installation_id=self._portal.installation_id,
            asked=len(visits),
            found=len(found),
        )
        self._write_down(lambda session: note_rows.made(session, {visit: (note, 0) for visit, note in found.items()}))
        return found, {}

    def _create(self, visits: Sequence[str]) -> Fate:
        inputs = [to_create(self._summaries[visit_id]) for visit_id in visits]
        try:
            answer = self._calls.post(_CREATE, {"inputs": inputs}, repeatable=False)
        except HubSpotError as error:
            return self._not_created(visits, error)
        made = {
            visit_id: (str(each.get("id")), self._summaries[visit_id].revision)
            for visit_id, each in done_in(answer).items()
            if visit_id in visits and each.get("id")
        }
        refused = {visit_id: fate for visit_id, fate in _refused(answer, visits).items() if visit_id not in made}
        unclear = [visit_id for visit_id in visits if visit_id not in made and visit_id not in refused]
        until = self._portal.clock() + self._calls.times.lag

        def keep(session: Session) -> None:
            note_rows.made(session, made)
            note_rows.not_made(session, list(refused))
            note_rows.ended(session, unclear, until)

        self._write_down(keep)
        fates: Fate = dict.fromkeys(made, Delivered())
        return fates | refused | dict.fromkeys(unclear, Retry(_NO_ANSWER, self._calls.times.lag_s))

    def _not_created(self, visits: Sequence[str], error: HubSpotError) -> Fate:
        if isinstance(error, Refused | NotThere) and len(visits) > 1:
            # Nothing of it was made; only whom it is about may be refused.
            return self._create(visits[: len(visits) // 2]) | self._create(visits[len(visits) // 2 :])
        if maybe_done(error):
            until = self._portal.clock() + self._calls.times.lag
            self._write_down(lambda session: note_rows.ended(session, visits, until))
            return dict.fromkeys(visits, Retry(_NO_ANSWER, self._calls.times.lag_s))
        self._write_down(lambda session: note_rows.not_made(session, visits))
        return dict.fromkeys(visits, of_error(error))

    def _update(self, visits: Sequence[str], note_ids: Mapping[str, str]) -> Fate:
        inputs = [to_update(self._summaries[visit_id], note_ids[visit_id]) for visit_id in visits]
        try:
            answer = self._calls.post(_UPDATE, {"inputs": inputs})
        except (Refused, NotThere) as error:
            if len(visits) > 1:
                middle = len(visits) // 2
                return self._update(visits[:middle], note_ids) | self._update(visits[middle:], note_ids)
            # A note somebody deleted in HubSpot stays deleted, and counts as told.
            fates: Fate = {visits[0]: Delivered() if isinstance(error, NotThere) else of_error(error)}
        except HubSpotError as error:
            return dict.fromkeys(visits, of_error(error))
        else:
            said = _refused(answer, visits, gone=Delivered())
            fates = {visit: said.get(visit) or said.get(note_ids[visit]) or Delivered() for visit in visits}
        told = {visit: self._summaries[visit].revision for visit, fate in fates.items() if fate == Delivered()}
        bare = [visit for visit in told if not self._summaries[visit].is_attentive]

        def keep(session: Session) -> None:
            note_rows.updated(session, told)
            note_rows.is_bare(session, bare)

        self._write_down(keep)
        return fates

    def _write_down(self, work: Callable[[Session], T]) -> T:
        return write_down(self._portal.database, work)

    def _seconds_until(self, step: Begun) -> float:
        return max(0.0, (step.until - self._portal.clock()).total_seconds()) if step.until is not None else 0.0


def _of(steps: Mapping[str, Begun], kind: Step) -> list[str]:
    return [visit_id for visit_id, step in steps.items() if step.kind == kind]


def _refused(answer: Answer, visits: Sequence[str], *, gone: Settlement | None = None) -> Fate:
    """What a 207 says of those it names; an error that names none is about all that weren't done."""
    found: Fate = {}
    for each in errors_in(answer):
        fate = gone if gone is not None and isinstance(each.error, NotThere) else of_error(each.error)
        found |= dict.fromkeys(each.of or visits, fate)
    return found


def _batches(visits: Sequence[str]) -> list[Sequence[str]]:
    return [visits[start : start + BATCH] for start in range(0, len(visits), BATCH)]
