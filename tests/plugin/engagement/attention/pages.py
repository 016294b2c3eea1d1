"""Makers of visits whose viewer was asked about the camera, and of what their page tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign
from plugin.engagement import nonce
from plugin.engagement.attention.accept import accept
from plugin.engagement.attention.consent import allow
from plugin.engagement.attention.keep import keep
from plugin.engagement.models import Visit
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.privacy.consent import Notice
from tests.conftest import NOW
from tests.plugin.engagement.visits import make_visit, seen, span, tell

NOTICE = Notice("1", "en", "0" * 64, "consent", ("second",), "Lumen & Sons", "staff", "30 days", "one tap")


def make_asked(session: Session, vault: Vault, *, attention: bool = True, **given: Any) -> Visit:
    """A measured visit to a campaign that asks about the camera."""
    visit = make_visit(session, vault, **given)
    session.get_one(Campaign, visit.campaign_id).attention = attention
    session.flush()
    return visit


def make_attentive(database: Database, vault: Vault, **given: Any) -> str:
    """The id of one whose viewer said yes at the beginning."""
    with database.transaction() as session:
        visit = make_asked(session, vault, **given)
        allow(session, visit.id, NOTICE, vault=vault, clock=lambda: NOW)
        return visit.id


def second(at: int, score: float | None = 1.0, n: int = 5, quality: str | None = None) -> dict[str, Any]:
    said = quality or ("ok" if score is not None else "dark")
    return {"second": at, "score": score, "n": n, "quality": said}


def body(vault: Vault, visit_id: str, seconds: list[Any]) -> bytes:
    return orjson.dumps({"nonce": nonce.issue(vault, visit_id, now=NOW), "seconds": seconds})


def told(database: Database, vault: Vault, visit_id: str, seconds: list[Any], after_s: float = 60) -> int:
    """As if the page had sent them so long after the open; returns how many were let in."""
    now = NOW + timedelta(seconds=after_s)
    with database.transaction() as session:
        return keep(session, accept(vault, body(vault, visit_id, seconds), now=now), clock=lambda: now)


def watched(database: Database, vault: Vault, visit_id: str, to_s: float = 20) -> None:
    """The video was played by a person, from its start."""
    tell(database, vault, visit_id, [seen(pointer=3, key=1), span(0, to_s)])
