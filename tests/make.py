"""Makers of what a test is about: each asks for no more than that."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from connectors.local import contacts
from connectors.local.models import Contact
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.kernel.ids import new_id
from plugin.links.models import Link
from plugin.media.index import RenditionIndex, Segment
from plugin.media.models import Clip, Rendition
from plugin.media.quality.records import keep
from plugin.media.quality.report import Finding, Report
from plugin.recipients.models import Recipient
from tests.conftest import NOW


def make_installation(session: Session, **given: Any) -> Installation:
    made = Installation(**{"connector": "local", "account": new_id(), "label": "A CRM", **given})
    session.add(made)
    session.flush()
    return made


def make_campaign(session: Session, **given: Any) -> Campaign:
    installation_id = given.pop("installation_id", None) or make_installation(session).id
    made = Campaign(**{"slug": f"story-{new_id().lower()}", "installation_id": installation_id, **given})
    session.add(made)
    session.flush()
    return made


def make_recipient(session: Session, installation_id: str, external_id: str | None = None) -> Recipient:
    made = Recipient(installation_id=installation_id, external_type="contact", external_id=external_id or new_id())
    session.add(made)
    session.flush()
    return made


def make_link(session: Session, *, expires_at: datetime | None = None, kid: str = "000000", **given: Any) -> Link:
    """A link's row; its token needs a keyring: `links.issue.issue` makes both."""
    if "campaign_id" not in given or "recipient_id" not in given:
        campaign = make_campaign(session)
        given = {
            "campaign_id": campaign.id,
            "recipient_id": make_recipient(session, campaign.installation_id).id,
            **given,
        }
    made = Link(kid=kid, issued_at=NOW, expires_at=expires_at or NOW.replace(year=NOW.year + 1), **given)
    session.add(made)
    session.flush()
    return made


def make_contact(session: Session, installation_id: str, contact_id: str | None = None, **properties: Any) -> Contact:
    return contacts.create(session, installation_id, properties, contact_id=contact_id)


def make_clip(session: Session, name: str, *, language: str = "en", seconds: float = 3.2, **given: Any) -> Clip:
    """A clip's rows as ingest would write them, without a byte in the store: enough for plans, pages and playlists."""
    frames = round(seconds * 25)
    folder = hashlib.md5(name.encode()).hexdigest()
    lines = given.pop("lines", (f"This is {name}.",))
    findings = given.pop("findings", ())
    step = seconds / max(1, len(lines))
    cues = [
        {"start_s": round(number * step + 0.2, 2), "end_s": round((number + 1) * step, 2), "text": text}
        for number, text in enumerate(lines)
    ]
    index = RenditionIndex(
        init=b"init",
        segments=(Segment(4, 1000, frames, 100, 900),),
        video_sizes=np.full(frames, 8, np.uint32),
        composition=np.zeros(frames, np.int8),
        audio_sizes=np.full(frames * 15 // 8, 1, np.uint32),
    )
    clip = Clip(
        **{
            "name": name,
            "title": name.title(),
            "language": language,
            "frames": frames,
            "loudness_lufs": -16.0,
            "ai_role": "none",
            "cues": cues,
            "poster_key": f"{folder}/poster.jpg",
            "source_sha256": new_id(),
            "content_sha256": hashlib.sha256(new_id().encode()).hexdigest(),
            **given,
        }
    )
    clip.renditions = [
        Rendition(
            name=f"{height}p",
            width=height * 16 // 9,
            height=height,
            peak_bps=800_000,
            average_bps=600_000,
            codecs="avc1.64001f,mp4a.40.2",
            key=f"{folder}/{height}p.mp4",
            size=index.size,
            init_sha256=index.init_sha256,
            index=index.pack(),
        )
        for height in (360, 720)
    ]
    session.add(clip)
    session.flush()
    keep(session, clip, make_report(clip, findings))
    return clip


def make_report(clip: Clip, findings: tuple[Finding, ...] = ()) -> Report:
    """What a check found in such a clip: nothing, unless told."""
    return Report(
        name=clip.name,
        content_sha256=clip.content_sha256,
        duration_s=clip.frames / 25,
        width=1280,
        height=720,
        findings=findings,
    )
