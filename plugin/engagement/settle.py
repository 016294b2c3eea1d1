"""From accepted events to what the CRM is owed: totals, milestones, who it was; running it again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from plugin.engagement import tell
from plugin.engagement.attention.share import share_to_tell
from plugin.engagement.due import mark_due
from plugin.engagement.limit import MOST_EVENTS
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.engagement.story import Story, Told, story_of
from plugin.engagement.totals import Happened, Totals, derive, signs_of
from plugin.engagement.who import PEOPLE, RULE, Evidence, Verdict, classify
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import Busy
from plugin.outbox.enqueue import enqueue
from plugin.privacy import suppress

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
QUIET = timedelta(seconds=8)
"""A visit is summed up once it has been silent so long; a click or the end is told at once."""
AT_ONCE = timedelta(seconds=2)


def settle_due(database: Database, *, clock: Clock = utcnow, limit: int = 200) -> int:
    """Settle visits whose events wait, each in its own transaction; returns how many.

    A claim moves `due_at` to the lease's end, so a worker that dies here needs no reaper. A visit that can't be
    settled is logged and tried again after its lease; the others go on. Raises `Busy`.
    """
    settled = 0
    for visit_id in _claim(database, clock(), limit):
        try:
            with database.transaction() as session:
                settled += settle(session, visit_id, clock=clock)
        except Busy:
            raise
        except Exception:
            # One visit no rule foresaw must not hold up everyone else's.
            log.exception("visit.unsettled", visit_id=visit_id)
    return settled


def settle(session: Session, visit_id: str, *, clock: Clock = utcnow) -> bool:
    """Bring one due visit up to date with its events; False when it isn't due any more.

    Writes derived events, totals, who it was, and what the CRM is owed, all in the caller's transaction. Nothing is
    owed unless it was a person, tracking is allowed now, and the person isn't suppressed.
    """
    # Taking the mark away comes first: events that arrive from here on wait for us and then mark the visit anew.
    if not session.execute(delete(VisitDue).where(VisitDue.visit_id == visit_id)).rowcount:  # type: ignore[attr-defined]
        return False
    visit = session.scalars(select(Visit).where(Visit.id == visit_id).with_for_update()).one_or_none()
    if visit is None or not visit.tracked or suppress.is_suppressed(session, visit.suppression):
        return True
    events = _events(session, visit_id)
    if not events:
        return True
    story, told = story_of(session, visit_id, visit.duration_s)
    understood = _understand(session, visit, events, story, told)
    _keep(visit, understood, clock())
    if understood.verdict.who in PEOPLE:
        _tell(session, visit, understood, clock)
    return True


def reclassify(session: Session, *, campaign_id: str | None = None, clock: Clock = utcnow) -> int:
    """Mark every visit that another version of the rule judged, so that it is judged anew; returns how many.

    Those whose events are forgotten keep their verdict.
    """
    judged = Visit.settled_at.is_not(None) & Visit.pruned.is_(False)
    stale = select(Visit.id).where(judged, Visit.verdict["rule"].as_integer() != RULE)
    if campaign_id is not None:
        stale = stale.where(Visit.campaign_id == campaign_id)
    visits = session.scalars(stale.order_by(Visit.id)).all()
    for visit_id in visits:
        mark_due(session, visit_id, clock())
    return len(visits)


@dataclass(frozen=True, slots=True)
class _Understood:
    story: Story
    told: Told
    events: Sequence[Happened]
    totals: Totals
    verdict: Verdict

    @property
    def last_received_at(self) -> datetime:
        return max(event.received_at for event in self.events)


def _claim(database: Database, now: datetime, limit: int) -> Sequence[str]:
    due = select(VisitDue.visit_id).where(VisitDue.due_at <= now).order_by(VisitDue.due_at).limit(limit)
    # Mostly nothing is due: finding that out must not take the writer's place on SQLite.
    with database.reading() as session:
        if session.scalar(due.limit(1)) is None:
            return []
    with database.transaction() as session:
        visits = session.scalars(due.with_for_update(skip_locked=True)).all()
        if visits:
            session.execute(update(VisitDue).where(VisitDue.visit_id.in_(visits)).values(due_at=now + LEASE))
        return visits


def _events(session: Session, visit_id: str) -> list[Happened]:
    told_by_the_page = ("page.seen", "video.played", "video.watched", "cta.clicked", "chapter.selected")
    rows = session.execute(
        select(Event.id, Event.kind, Event.at, Event.received_at, Event.data)
        .where(Event.visit_id == visit_id, Event.kind.in_(told_by_the_page))
        .order_by(Event.received_at, Event.id)
        .limit(MOST_EVENTS)
    )
    return [Happened(*row) for row in rows]


def _understand(session: Session, visit: Visit, events: Sequence[Happened], story: Story, told: Told) -> _Understood:
    totals = derive(events, story)
    signs = signs_of(events)
    elapsed = max(event.received_at for event in events) - visit.started_at
    request = visit.evidence
    verdict = classify(
        Evidence(
            declared=request.get("declared"),
            declared_name=request.get("declared_name", ""),
            prefetch=request.get("prefetch", False),
            not_navigated=request.get("not_navigated", False),
            webdriver=signs.webdriver,
            gestures=signs.gestures,
            moves=signs.moves,
            languages=signs.languages,
            visible_ms=signs.visible_ms,
            played_ms=totals.played_ms,
            elapsed_ms=max(0, round(elapsed.total_seconds() * 1000)),
            since_issue_s=(visit.started_at - told.issued_at).total_seconds(),
            links_at_once=_links_at_once(session, visit),
        )
    )
    return _Understood(story, told, events, totals, verdict)


def _links_at_once(session: Session, visit: Visit) -> int:
    if visit.network is None:
        return 1
    near = select(func.count(func.distinct(Visit.recipient_id))).where(
        Visit.network == visit.network,
        Visit.started_at.between(visit.started_at - AT_ONCE, visit.started_at + AT_ONCE),
    )
    return session.scalar(near) or 1


def _keep(visit: Visit, understood: _Understood, now: datetime) -> None:
    totals = understood.totals
    known = {
        "who": str(understood.verdict.who),
        "verdict": understood.verdict.as_json(),
        "coverage_s": totals.coverage_ms / 1000,
        "watch_s": totals.watch_ms / 1000,
        "spans": [[span.from_ms / 1000, span.to_ms / 1000] for span in totals.merged],
        "summary": tell.summary(understood.totals, understood.story),
    }
    changed = {name: value for name, value in known.items() if getattr(visit, name) != value}
    for name, value in changed.items():
        setattr(visit, name, value)
    if changed or visit.settled_at is None:
        visit.settled_at = now


def _tell(session: Session, visit: Visit, understood: _Understood, clock: Clock) -> None:
    derived = tell.derived_events(visit.id, visit.started_at, understood.totals)
    _insert(session, visit.id, derived, clock())
    about = tell.About(
        visit_id=visit.id,
        campaign_id=visit.campaign_id,
        started_at=visit.started_at,
        story=understood.story,
        told=understood.told,
        verdict=understood.verdict,
        consent=visit.consent or "not_asked",
    )
    enqueue(session, tell.messages(about, [*derived, *understood.events]), clock=clock)
    attention = share_to_tell(session, visit.id, understood.totals.merged)
    digest = tell.digest(about, understood.totals, attention)
    if digest == visit.reported:
        return
    ready_at = understood.last_received_at + QUIET
    if clock() < ready_at and tell.urgency(understood.totals) <= visit.told_acts:
        mark_due(session, visit.id, ready_at)
        return
    visit.revision += 1
    visit.reported = digest
    visit.told_acts = tell.urgency(understood.totals)
    enqueue(session, [tell.summary_message(about, understood.totals, visit.revision, attention)], clock=clock)


def _insert(session: Session, visit_id: str, events: Sequence[Happened], now: datetime) -> None:
    table = Event.__table__
    assert isinstance(table, Table)
    rows: list[dict[str, Any]] = [
        {
            "id": event.id,
            "visit_id": visit_id,
            "kind": event.kind,
            "at": event.at,
            "received_at": now,
            "data": dict(event.data),
        }
        for event in events
    ]
    session.execute(insert_ignoring(session.get_bind().dialect.name, table, ["id"]), rows)
