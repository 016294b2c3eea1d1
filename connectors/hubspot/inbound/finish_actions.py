"""Workflow calls that couldn't be answered at once: their links written a hundred at a time, then HubSpot told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.hubspot.api.batch import MOST
from connectors.hubspot.api.errors import AlreadyThere, NotThere, Refused
from connectors.hubspot.api.version import API
from connectors.hubspot.inbound.callbacks import ANSWERED, BLOCKED, WAITING
from connectors.hubspot.inbound.give_link import Issuing, NoLink, link_again
from connectors.hubspot.inbound.run_action import told
from connectors.hubspot.inbound.workflow import EXPIRES, WHY
from connectors.hubspot.models import HubSpotCallback
from connectors.hubspot.portal import Portal
from connectors.hubspot.write_links import LinkToWrite, write_links
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import SegueError

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
_FIRST_S, _MOST_S = 5, 900
_CALLBACKS = f"/automation/actions/callbacks/{API}"
_DUE = HubSpotCallback.due_at

Why = Mapping[str, str]


def finish_actions(
    database: Database, portals: Callable[[str], Portal], issuing: Issuing, *, clock: Clock = utcnow
) -> int:
    """Carry out what is due of one account; how many calls that was. What fails for now is tried again later.

    A claim moves `due_at` to the lease's end, so a worker that dies here needs no reaper. Done twice it changes
    nothing: the link is the same, and HubSpot takes one completion of a callback.
    """
    rows = _claim(database, clock())
    if not rows:
        return 0
    try:
        portal = portals(rows[0].installation_id)
        why = _write(portal, rows, issuing, clock())
        _keep(database, rows, why)
        _complete(portal, rows, issuing, clock())
        _answered(database, rows)
    except SegueError as error:
        after = timedelta(seconds=max(_wait_s(rows), getattr(error, "after_s", 0.0)))
        _put_off(database, rows, clock() + after)
        log.warning("hubspot.actions_put_off", calls=len(rows), error=type(error).__name__, reason=str(error)[:200])
    return len(rows)


def _claim(database: Database, now: datetime) -> Sequence[HubSpotCallback]:
    due = select(HubSpotCallback).where(now >= _DUE, HubSpotCallback.state.in_((WAITING, BLOCKED))).order_by(_DUE)
    with database.reading() as session:
        first = session.scalar(due.with_only_columns(HubSpotCallback.installation_id).limit(1))
    if first is None:
        return []
    with database.transaction() as session:
        ours = due.where(HubSpotCallback.installation_id == first).limit(MOST).with_for_update(skip_locked=True)
        rows = session.scalars(ours).all()
        for row in rows:
            row.due_at, row.attempts = now + LEASE, row.attempts + 1
        return rows


def _write(portal: Portal, rows: Sequence[HubSpotCallback], issuing: Issuing, now: datetime) -> dict[str, Why]:
    """Write the links that don't stand yet; why not, by callback id."""
    why: dict[str, Why] = {}
    links: dict[str, LinkToWrite] = {}
    with portal.database.reading() as session:
        for row in rows:
            if row.written or row.answer:
                continue
            if row.at <= now - EXPIRES:
                why[row.callback_id] = _why("LATE", "HubSpot or Segue was out of reach for too long")
                continue
            try:
                given = link_again(session, str(row.link_id), row.contact_id, issuing, clock=lambda: now)
            except NoLink as ended:
                why[row.callback_id] = _why(ended.code, str(ended))
            else:
                links[row.callback_id] = LinkToWrite(given.contact_id, given.slug, given.url)
    failed = write_links(portal, list(links.values()))
    return why | {
        callback_id: _refused(failed[link.contact_id])
        for callback_id, link in links.items()
        if link.contact_id in failed
    }


def _refused(error: Refused | NotThere) -> Why:
    return _why("CONTACT_GONE" if isinstance(error, NotThere) else "NOT_WRITTEN", str(error))


def _keep(database: Database, rows: Sequence[HubSpotCallback], why: Mapping[str, Why]) -> None:
    """Written down before HubSpot is told, so that it is told the same whoever tells it."""
    with database.transaction() as session:
        for row in rows:
            if row.answer or row.written:
                continue
            row.answer = dict(why.get(row.callback_id, {}))
            row.written = row.callback_id not in why
            _update(session, row, answer=row.answer, written=row.written)


def _complete(portal: Portal, rows: Sequence[HubSpotCallback], issuing: Issuing, now: datetime) -> None:
    waiting = [row for row in rows if row.state == BLOCKED]
    if not waiting:
        return
    with portal.database.reading() as session:
        outputs = {row.callback_id: dict(told(session, row, issuing, now).outputs) for row in waiting}
    inputs = [{"callbackId": each, **_completion(outputs[each])} for each in outputs]
    try:
        portal.api.call("POST", f"{_CALLBACKS}/complete", body={"inputs": inputs})
    except (NotThere, AlreadyThere, Refused):
        # One that HubSpot waits for no more must not hold up the others.
        for callback_id, told_ in outputs.items():
            _complete_one(portal, callback_id, told_)


def _complete_one(portal: Portal, callback_id: str, outputs: Mapping[str, str]) -> None:
    path = f"{_CALLBACKS}/{quote(callback_id, safe='')}/complete"
    try:
        portal.api.call("POST", path, body=_completion(outputs))
    except (NotThere, AlreadyThere, Refused) as error:
        log.info("hubspot.callback_over", callback_id=callback_id, status=error.status)


def _completion(outputs: Mapping[str, str]) -> dict[str, Any]:
    return {"outputFields": dict(outputs), "typedOutputs": {}}


def _answered(database: Database, rows: Sequence[HubSpotCallback]) -> None:
    with database.transaction() as session:
        for row in rows:
            _update(session, row, state=ANSWERED, due_at=None)


def _put_off(database: Database, rows: Sequence[HubSpotCallback], until: datetime) -> None:
    with database.transaction() as session:
        for row in rows:
            _update(session, row, due_at=until)


def _update(session: Session, row: HubSpotCallback, **values: Any) -> None:
    session.execute(
        update(HubSpotCallback)
        .where(
            HubSpotCallback.installation_id == row.installation_id,
            HubSpotCallback.callback_id == row.callback_id,
            HubSpotCallback.state != ANSWERED,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _wait_s(rows: Sequence[HubSpotCallback]) -> int:
    tries = min(row.attempts for row in rows)
    return int(min(_MOST_S, _FIRST_S * 2 ** min(tries, 10)))


def _why(code: str, text: str) -> Why:
    return {"errorCode": code, WHY: text[:400]}
