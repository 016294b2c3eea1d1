"""A run as it stands in the database: begun, paused, gone on with; held by one worker at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, or_, select, update
from sqlalchemy.orm import Session

from connectors.runs.models import LinkRun
from connectors.runs.tally import Tally
from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.ids import new_id
from plugin.links.issue import MAX_DAYS

RUNNING, PAUSED, DONE, FAILED, CANCELLED = "running", "paused", "done", "failed", "cancelled"
LEASE = timedelta(seconds=60)
"""A worker that dies keeps a run waiting no longer than this."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a CRM keeps the people a run is for; `size` None: it doesn't say how many."""

    kind: str
    """See `LinkRun.source_kind`."""
    id: str
    name: str
    size: int | None


def start(session: Session, campaign: Campaign, source: Source, *, days: int, clock: Clock = utcnow) -> LinkRun:
    """Make links to a campaign for everyone a source holds; the run under way for the same, if there is one.

    Raises `BadInput` for a campaign that isn't published or days out of bounds.
    """
    if campaign.published_version is None:
        raise BadInput(
            f"{campaign.slug!r} isn't published yet, so its links would lead nowhere: segue campaign publish"
        )
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"a link lives for 1 to {MAX_DAYS} days")
    same = select(LinkRun).where(
        LinkRun.installation_id == campaign.installation_id,
        LinkRun.campaign_id == campaign.id,
        LinkRun.source_kind == source.kind,
        LinkRun.source_id == source.id,
        LinkRun.state.in_((RUNNING, PAUSED)),
    )
    under_way = session.scalars(same.order_by(LinkRun.started_at).limit(1)).first()
    if under_way is not None:
        return under_way
    now = clock()
    made = LinkRun(
        installation_id=campaign.installation_id,
        campaign_id=campaign.id,
        source_kind=source.kind,
        source_id=source.id,
        source_name=source.name,
        size=source.size,
        days=days,
        started_at=now,
        updated_at=now,
    )
    session.add(made)
    session.flush()
    return made


def look(session: Session, run_id: str) -> LinkRun:
    """One run; raises `NotFound`."""
    found = session.get(LinkRun, run_id)
    if found is None:
        raise NotFound("no such run")
    return found


def runs(session: Session, installation_id: str, *, limit: int = 20) -> Sequence[LinkRun]:
    """A CRM account's runs, the newest first."""
    mine = select(LinkRun).where(LinkRun.installation_id == installation_id)
    return session.scalars(mine.order_by(LinkRun.started_at.desc(), LinkRun.id).limit(limit)).all()


def pause(session: Session, run_id: str, *, clock: Clock = utcnow) -> LinkRun:
    """Stop after the page under way; it can go on later."""
    return _change(session, run_id, (RUNNING,), PAUSED, clock)


def resume(session: Session, run_id: str, *, clock: Clock = utcnow) -> LinkRun:
    """Go on where it stopped, also after a failure whose cause was mended."""
    return _change(session, run_id, (PAUSED, FAILED, RUNNING), RUNNING, clock)


def cancel(session: Session, run_id: str, *, clock: Clock = utcnow) -> LinkRun:
    """Stop for good; links that were made stay."""
    return _change(session, run_id, (RUNNING, PAUSED, FAILED), CANCELLED, clock)


def claim(session: Session, kinds: Collection[str], now: datetime) -> LinkRun | None:
    """Take a run over such a source that nobody works on, the one that waits longest; ours while its lease runs."""
    waiting = select(LinkRun).where(*_free(kinds, now)).order_by(LinkRun.updated_at).limit(1)
    found = session.scalars(waiting.with_for_update(skip_locked=True)).first()
    if found is not None:
        found.lease, found.leased_until = new_id(), now + LEASE
        session.flush()
    return found


def waits(session: Session, kinds: Collection[str], now: datetime) -> bool:
    """Whether there is one to claim."""
    return session.scalar(select(LinkRun.id).where(*_free(kinds, now)).limit(1)) is not None


def advance(
    session: Session, run_id: str, lease: str, tally: Tally, *, after: str | None, done: bool, now: datetime
) -> bool:
    """A page is wholly done; False when the run isn't ours any more, and then nothing is kept of it."""
    found = session.scalars(select(LinkRun).where(*_mine(run_id, lease)).with_for_update()).one_or_none()
    if found is None:
        return False
    found.counts, found.refused = tally.on_top_of(found.counts, found.refused)
    found.updated_at, found.leased_until, found.reason = now, now + LEASE, None
    if done:
        found.state, found.lease, found.leased_until = DONE, None, None
    else:
        found.after = after
    return True


def keep_on(session: Session, run_id: str, lease: str, now: datetime) -> bool:
    """We are still at it."""
    return _set(session, run_id, lease, {"leased_until": now + LEASE})


def put_off(session: Session, run_id: str, lease: str, until: datetime, reason: str) -> None:
    """Nobody goes on with it before then."""
    _set(session, run_id, lease, {"lease": None, "leased_until": until, "reason": reason[:500]})


def fail(session: Session, run_id: str, lease: str, reason: str, now: datetime) -> None:
    """It can't go on until an admin has mended the cause."""
    ended = {"state": FAILED, "lease": None, "leased_until": None, "reason": reason[:500], "updated_at": now}
    _set(session, run_id, lease, ended)


def _change(session: Session, run_id: str, of: tuple[str, ...], to: str, clock: Clock) -> LinkRun:
    found = session.get(LinkRun, run_id, with_for_update=True)
    if found is None:
        raise NotFound("no such run")
    if found.state not in of:
        raise BadInput(f"this run is {found.state}")
    if found.state != to:
        found.state, found.lease, found.leased_until = to, None, None
        found.reason = None if to == RUNNING else found.reason
        found.updated_at = clock()
    return found


def _free(kinds: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    unheld = or_(LinkRun.leased_until.is_(None), LinkRun.leased_until <= now)
    return (LinkRun.state == RUNNING, LinkRun.source_kind.in_(sorted(kinds)), unheld)


def _mine(run_id: str, lease: str) -> tuple[ColumnElement[bool], ...]:
    return (LinkRun.id == run_id, LinkRun.lease == lease, LinkRun.state == RUNNING)


def _set(session: Session, run_id: str, lease: str, values: Mapping[str, object]) -> bool:
    changed = session.execute(update(LinkRun).where(*_mine(run_id, lease)).values(dict(values)))
    return cast("CursorResult[object]", changed).rowcount == 1
