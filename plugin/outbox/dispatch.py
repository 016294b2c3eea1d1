"""Delivering what is owed: lease a batch, call the CRM outside any transaction, settle item by item."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import stamina
import structlog
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy, SegueError
from plugin.outbox.circuits import Circuit, Circuits
from plugin.outbox.lease import Claim, Owed, claim, installations_owed, still_ours
from plugin.outbox.models import Attempt, Delivery, DeliveryStatus
from plugin.outbox.ports import Connector, Dead, Delivered, Retry, Settlement, Untried
from plugin.outbox.schedule import Draw, RetryPolicy, Wait, decide

log = structlog.get_logger()

ConnectorOf = Callable[[str], Connector]
"""The connector of an installation; raises `SegueError` when there is none."""

_BATCH_UNKNOWN = 100
_LONGEST_REASON = 500


def dispatch_once(
    database: Database,
    connector_of: ConnectorOf,
    *,
    clock: Clock = utcnow,
    circuits: Circuits | None = None,
    policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    draw: Draw = random.uniform,
) -> int:
    """Deliver one batch for every installation that is owed something; how many messages were settled.

    On the wire a message may go twice (a worker died between the CRM's answer and ours); its key makes that
    harmless. Pass the same `circuits` each time, so that a CRM known to be down is left alone.
    """
    circuits = circuits or Circuits(clock=clock)
    with database.reading() as session:
        installations = installations_owed(session, clock())
    settled = 0
    for installation_id in installations:
        circuit = circuits.of(installation_id)
        if circuit.may_try():
            settled += _one_batch(database, connector_of, installation_id, circuit, clock, policy, draw)
    return settled


def _one_batch(
    database: Database,
    connector_of: ConnectorOf,
    installation_id: str,
    circuit: Circuit,
    clock: Clock,
    policy: RetryPolicy,
    draw: Draw,
) -> int:
    connector, missing = _find(connector_of, installation_id)
    with database.transaction() as session:
        limit = connector.max_batch if connector else _BATCH_UNKNOWN
        subjects = getattr(connector, "max_subjects", None)
        taken = claim(session, installation_id, limit=limit, subjects=subjects, now=clock())
    if not taken.owed:
        return 0
    answers = _call(connector, taken, circuit) if connector else [Retry(missing)] * len(taken.owed)
    # The CRM has answered: a busy database is worth a few tries before the batch has to go again.
    for attempt in stamina.retry_context(on=Busy, attempts=4, timeout=20):
        with attempt, database.transaction() as session:
            settled = settle(session, taken, answers, now=clock(), policy=policy, draw=draw)
    return settled


def _find(connector_of: ConnectorOf, installation_id: str) -> tuple[Connector | None, str]:
    try:
        return connector_of(installation_id), ""
    except Busy:
        raise
    except SegueError as error:
        return None, f"{_sentence(str(error))} Connect the CRM again, or withdraw what it is owed."


def _call(connector: Connector, taken: Claim, circuit: Circuit) -> Sequence[Settlement]:
    try:
        return circuit.call(connector.deliver, [owed.message for owed in taken.owed])
    except Exception as error:
        log.warning(
            "delivery.failed",
            installation_id=taken.installation_id,
            messages=len(taken.owed),
            error=type(error).__name__,
            breaker_open=circuit.is_open,
            exc_info=not isinstance(error, SegueError),
        )
        return [Retry(_why(error))] * len(taken.owed)


def _why(error: Exception) -> str:
    """A foreseen failure in its own words; of any other only the kind, as its text may quote a record."""
    if isinstance(error, SegueError):
        return _sentence(str(error))
    return f"The connector failed ({type(error).__name__}); the log has the details."


def _sentence(text: str) -> str:
    text = text.strip() or "The CRM gave no reason"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def settle(
    session: Session,
    taken: Claim,
    answers: Sequence[Settlement],
    *,
    now: datetime,
    policy: RetryPolicy,
    draw: Draw,
) -> int:
    """Write down what became of each message whose lease is still ours; how many those were."""
    ours = still_ours(session, taken)
    delivered: list[Owed] = []
    put_off: list[tuple[Owed, Wait]] = []
    dead: list[tuple[Owed, Dead]] = []
    untried: list[Owed] = []
    for owed, answer in zip(taken.owed, answers, strict=True):
        if owed.id not in ours:
            continue
        match _fate(owed, answer, now, policy, draw):
            case Delivered():
                delivered.append(owed)
            case Wait() as wait:
                put_off.append((owed, wait))
            case Dead() as end:
                dead.append((owed, end))
            case Untried():
                untried.append(owed)
    _write_delivered(session, delivered, now)
    _write_put_off(session, put_off)
    _write_dead(session, dead, now)
    _update_each(session, [{"id": owed.id, "due_at": now, "lease": None} for owed in untried])
    failed: list[tuple[Owed, str, str]] = [(owed, "retry", wait.reason) for owed, wait in put_off]
    failed += [(owed, "dead", end.reason) for owed, end in dead]
    _keep_evidence(session, failed, now)
    if ours:
        log.info(
            "delivery.settled",
            installation_id=taken.installation_id,
            delivered=len(delivered),
            put_off=len(put_off),
            dead=len(dead),
        )
    return len(ours)


def _fate(
    owed: Owed, answer: Settlement, now: datetime, policy: RetryPolicy, draw: Draw
) -> Delivered | Wait | Dead | Untried:
    if not isinstance(answer, Retry):
        return answer
    return decide(
        answer,
        attempts=owed.attempts + 1,
        owed_since=owed.owed_since,
        previous_wait_s=owed.wait_s,
        now=now,
        policy=policy,
        draw=draw,
    )


def _write_delivered(session: Session, delivered: Sequence[Owed], now: datetime) -> None:
    if delivered:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_([owed.id for owed in delivered]))
            .values(
                status=DeliveryStatus.DELIVERED,
                attempts=Delivery.attempts + 1,
                lease=None,
                reason=None,
                settled_at=now,
            )
            .execution_options(synchronize_session=False)
        )


def _write_put_off(session: Session, put_off: Sequence[tuple[Owed, Wait]]) -> None:
    # One subject's messages wait together, for as long as the longest: none may overtake another anyway.
    until: dict[str, datetime] = {}
    for owed, wait in put_off:
        subject = owed.message.subject
        until[subject] = max(until.get(subject, wait.due_at), wait.due_at)
    _update_each(
        session,
        [
            {
                "id": owed.id,
                "attempts": owed.attempts + 1,
                "wait_s": wait.wait_s,
                "due_at": until[owed.message.subject],
                "lease": None,
                "reason": wait.reason[:_LONGEST_REASON],
            }
            for owed, wait in put_off
        ],
    )


def _write_dead(session: Session, dead: Sequence[tuple[Owed, Dead]], now: datetime) -> None:
    for owed, _end in dead[:20]:
        log.warning("delivery.dead", delivery_id=owed.id, kind=owed.message.kind, attempts=owed.attempts + 1)
    _update_each(
        session,
        [
            {
                "id": owed.id,
                "attempts": owed.attempts + 1,
                "status": DeliveryStatus.DEAD,
                "lease": None,
                "reason": end.reason[:_LONGEST_REASON],
                "settled_at": now,
            }
            for owed, end in dead
        ],
    )


def _update_each(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        session.execute(update(Delivery), rows)


def _keep_evidence(session: Session, failed: Sequence[tuple[Owed, str, str]], now: datetime) -> None:
    if failed:
        session.execute(
            insert(Attempt),
            [
                {"delivery_id": owed.id, "at": now, "outcome": outcome, "reason": reason[:_LONGEST_REASON]}
                for owed, outcome, reason in failed
            ],
        )
