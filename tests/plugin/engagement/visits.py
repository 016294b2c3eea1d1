"""Makers of visits and of what a page tells of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.decisions.models import Open
from plugin.engagement import nonce
from plugin.engagement.accept import accept
from plugin.engagement.models import Visit
from plugin.engagement.settle import settle_due
from plugin.engagement.writer import commit
from plugin.kernel.database import Database
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault
from plugin.media.models import Assembly
from plugin.outbox.models import Delivery
from plugin.privacy import suppress
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW
from tests.make import make_campaign, make_link

DURATION_S = 40.0
SCENES = (("hello", "Hello", 0.0, 10.0), ("pricing", "Pricing", 10.0, 20.0), ("goodbye", "Goodbye", 30.0, 10.0))
DOCUMENT: dict[str, Any] = {
    "title": {"en": "Your year", "es": "Tu año"},
    "languages": ["en", "es"],
    "brand": {
        "name": "Lumen & Sons",
        "accent": "#204080",
        "url": "https://lumen.example",
        "privacy_url": "https://lumen.example/privacy",
        "contact": "hello@lumen.example",
    },
    "scenes": [{"id": id_, "title": {"en": title, "es": f"{title} (es)"}} for id_, title, _, _ in SCENES],
    "ctas": [{"id": "book-a-demo", "label": {"en": "Book a demo"}}],
}
HUMAN = {"declared": None, "declared_name": "", "prefetch": False, "not_navigated": False, "member": False}


def make_open(session: Session, *, regime: str = "consent", language: str = "en") -> Open:
    """An open of a campaign of its own, its link made a day ago."""
    campaign = make_campaign(session, regime=regime)
    assembly = Assembly(id=new_id(), clip_ids=["a", "b", "c"])
    version = StoryboardVersion(
        campaign_id=campaign.id, version=1, document=DOCUMENT, clip_ids={}, content_sha256=new_id()
    )
    session.add_all([assembly, version])
    session.flush()
    recipient = Recipient(installation_id=campaign.installation_id, external_type="contact", external_id=new_id())
    session.add(recipient)
    session.flush()
    link = make_link(session, campaign_id=campaign.id, recipient_id=recipient.id)
    link.issued_at = NOW - timedelta(days=1)
    made = Open(
        link_id=link.id,
        storyboard_version_id=version.id,
        assembly_id=assembly.id,
        language=language,
        choices=[
            {"scene": id_, "choice": "always", "clip_id": id_, "start_s": start, "duration_s": duration}
            for id_, _, start, duration in SCENES
        ],
        live=True,
        at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def make_visit(
    session: Session, vault: Vault, *, regime: str = "consent", again: Visit | None = None, **given: Any
) -> Visit:
    """A tracked visit begun at NOW; `again`: another one by the same person to the same campaign."""
    opened = make_open(session, regime=regime)
    link = session.get_one(_link(), opened.link_id)
    if again is not None:
        link.campaign_id, link.recipient_id = again.campaign_id, again.recipient_id
    recipient = session.get_one(Recipient, link.recipient_id)
    ref = ExternalRef(recipient.installation_id, recipient.external_type, recipient.external_id)
    visit = Visit(
        **{
            "id": opened.id,
            "campaign_id": link.campaign_id,
            "recipient_id": link.recipient_id,
            "started_at": NOW,
            "duration_s": DURATION_S,
            "tracked": True,
            "suppression": suppress.pseudonym_of(vault, ref),
            "evidence": HUMAN,
            **given,
        }
    )
    session.add(visit)
    session.flush()
    return visit


def _link() -> Any:
    from plugin.links.models import Link

    return Link


def regime_of(session: Session, visit: Visit) -> str:
    return session.get_one(Campaign, visit.campaign_id).regime


# -- what a page says ----------------------------------------------------------


def said(kind: str, at_s: float = 0, id_: str | None = None, **data: Any) -> dict[str, Any]:
    return {"id": id_ or str(uuid.uuid4()), "kind": kind, "at": ms(NOW + timedelta(seconds=at_s)), "data": data}


def span(start: float, end: float, at_s: float | None = None, rate: float = 1) -> dict[str, Any]:
    return said("video.watched", end if at_s is None else at_s, **{"from": start, "to": end, "rate": rate})


def seen(visible_s: float = 10, at_s: float = 10, webdriver: bool = False, **gestures: int) -> dict[str, Any]:
    return said(
        "page.seen",
        at_s,
        visible_ms=int(visible_s * 1000),
        gestures=gestures,
        moves=12,
        languages=2,
        webdriver=webdriver,
    )


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def beacon(vault: Vault, visit_id: str, events: Sequence[Any], *, opened_at: datetime = NOW) -> bytes:
    return orjson.dumps({"nonce": nonce.issue(vault, visit_id, now=opened_at), "events": list(events)})


def tell(database: Database, vault: Vault, visit_id: str, events: Sequence[Any], after_s: float = 60) -> None:
    """As if a page had sent them `after_s` seconds after the open, and been answered."""
    now = NOW + timedelta(seconds=after_s)
    commit(database, [accept(vault, beacon(vault, visit_id, events), now=now)])


def settle_at(database: Database, after_s: float) -> int:
    return settle_due(database, clock=lambda: NOW + timedelta(seconds=after_s))


def deliveries(session: Session) -> list[Delivery]:
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def count_rows(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0
