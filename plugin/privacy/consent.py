"""Consent as receipts: every decision is a new row, the last one holds, and its maker may take a copy away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.privacy.models import ConsentReceipt, ConsentState, Purpose

_MOMENT = timedelta(microseconds=1)
_LAST = (
    select(ConsentReceipt)
    .where(ConsentReceipt.principal == bindparam("principal"), ConsentReceipt.purpose == bindparam("purpose"))
    .order_by(ConsentReceipt.at.desc(), ConsentReceipt.id.desc())
    .limit(1)
)
_DECIDED = _LAST.where(ConsentReceipt.state != ConsentState.SIGNALLED_OFF.value)
_STATE = Prepared(_DECIDED.with_only_columns(ConsentReceipt.state))


@dataclass(frozen=True, slots=True)
class Notice:
    """What the person was shown when they decided; the hash is over the very words, in the language they read."""

    version: str
    language: str
    sha256: str
    legal_basis: str
    data_categories: tuple[str, ...]
    controller: str
    recipients: str
    retention: str
    withdrawal: str


def principal_of(vault: Vault, recipient_id: str, campaign_id: str) -> str:
    """The keyed pseudonym a receipt is filed under: it names no one, and outlives the person's erasure as proof."""
    return vault.pseudonym("consent-principal", f"{campaign_id}|{recipient_id}")


def record(
    session: Session,
    *,
    principal: str,
    campaign_id: str,
    state: ConsentState,
    notice: Notice,
    purpose: Purpose = Purpose.WATCH_TRACKING,
    clock: Clock = utcnow,
) -> ConsentReceipt:
    """Add one decision. Rows are never changed; of two made at once, the one added later is the later."""
    last = latest(session, principal, purpose)
    at = clock() if last is None else max(clock(), last.at + _MOMENT)
    receipt = ConsentReceipt(
        principal=principal, campaign_id=campaign_id, purpose=purpose, state=state, at=at, notice=asdict(notice)
    )
    session.add(receipt)
    session.flush()
    return receipt


def latest(session: Session, principal: str, purpose: Purpose = Purpose.WATCH_TRACKING) -> ConsentReceipt | None:
    """What was last put on record, a browser's signal included, or None."""
    return session.scalars(_LAST, {"principal": principal, "purpose": purpose}).first()


def state_of(session: Session, principal: str, purpose: Purpose = Purpose.WATCH_TRACKING) -> ConsentState | None:
    """What the person last decided, or None.

    A browser's signal is no decision: it holds for the visits it comes with, and neither undoes a no nor anyone's yes.
    """
    last = _STATE.first(session, {"principal": principal, "purpose": purpose.value})
    return ConsentState(last[0]) if last else None


def withdrawn_or_refused(state: ConsentState | None, *, was_tracked: bool) -> ConsentState:
    """What saying no means now: ending what went on, or never letting it begin."""
    return ConsentState.WITHDRAWN if was_tracked or state == ConsentState.GIVEN else ConsentState.REFUSED


def state_held(
    session: Session, principal: str, receipts: Collection[str], purpose: Purpose = Purpose.WATCH_TRACKING
) -> ConsentState | None:
    """What was last decided where these receipts (ids) are held, or None."""
    ours = (
        select(ConsentReceipt.state)
        .where(ConsentReceipt.principal == principal, ConsentReceipt.purpose == purpose)
        .where(ConsentReceipt.id.in_(receipts))
        .order_by(ConsentReceipt.at.desc(), ConsentReceipt.id.desc())
    )
    state = session.scalar(ours.limit(1)) if receipts else None
    return ConsentState(state) if state else None


def copies(session: Session, receipts: Collection[str]) -> list[Mapping[str, Any]]:
    """These receipts (ids), each person's oldest first, in the terms of ISO/IEC TS 27560, for their holder to keep."""
    found = session.scalars(
        select(ConsentReceipt)
        .where(ConsentReceipt.id.in_(receipts))
        .order_by(ConsentReceipt.principal, ConsentReceipt.at, ConsentReceipt.id)
    )
    return [as_json(receipt) for receipt in found]


def as_json(receipt: ConsentReceipt) -> Mapping[str, Any]:
    """One receipt: record id, pseudonymous principal, purpose, event, and the notice it rests on."""
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": receipt.id,
        "pii_principal_id": receipt.principal,
        "campaign_id": receipt.campaign_id,
        "purpose": receipt.purpose,
        "event": {"state": receipt.state, "time": receipt.at.isoformat()},
        "notice": dict(receipt.notice),
    }
