"""Consent as receipts: every decision is a new row, the last one holds, and its maker may take a copy away."""

from __future__ import annotations

from collections.abc import Mapping
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
_STATE = Prepared(_LAST.with_only_columns(ConsentReceipt.state))


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
    """The decision that holds, or None when none was ever made."""
    return session.scalars(_LAST, {"principal": principal, "purpose": purpose}).first()


def state_of(session: Session, principal: str, purpose: Purpose = Purpose.WATCH_TRACKING) -> ConsentState | None:
    """What was last decided, or None."""
    last = _STATE.first(session, {"principal": principal, "purpose": purpose.value})
    return ConsentState(last[0]) if last else None


def withdrawn_or_refused(state: ConsentState | None, *, was_tracked: bool) -> ConsentState:
    """What saying no means now: ending what went on, or never letting it begin."""
    return ConsentState.WITHDRAWN if was_tracked or state == ConsentState.GIVEN else ConsentState.REFUSED


def history(session: Session, principal: str) -> list[Mapping[str, Any]]:
    """Every receipt of one person in one campaign, oldest first, in the terms of ISO/IEC TS 27560, for them to keep."""
    receipts = session.scalars(
        select(ConsentReceipt)
        .where(ConsentReceipt.principal == principal)
        .order_by(ConsentReceipt.at, ConsentReceipt.id)
    )
    return [as_json(receipt) for receipt in receipts]


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
