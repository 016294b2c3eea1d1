"""What the card may show of a contact, gathered: their links, what they said to being measured, their visits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.hubspot.inbound.card import MOST_VISITS, Facts, ShownLink, ShownVisit
from connectors.hubspot.inbound.give_link import CONTACT, Issuing, current_contact
from connectors.hubspot.models import HubSpotContact
from plugin.campaigns.choose import in_words
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.engagement.attention.share import shares_of
from plugin.engagement.models import Event, Visit
from plugin.engagement.spans import Span
from plugin.engagement.who import PEOPLE
from plugin.links.address import address
from plugin.links.models import Link
from plugin.links.token import sign
from plugin.privacy import suppress
from plugin.privacy.consent import principal_of
from plugin.privacy.models import ConsentReceipt, ConsentState, Purpose
from plugin.recipients.models import Recipient
from plugin.recipients.ports import ExternalRef

_MOST_EVENTS = 20_000
_NOT_ASKED = "not_asked"


def facts_of(session: Session, installation_id: str, contact_id: str, issuing: Issuing, now: datetime) -> Facts | None:
    """What there is to show; None: the contact is gone, or asked to be forgotten."""
    present = current_contact(session, installation_id, contact_id)
    if _is_gone(session, installation_id, present) or _is_erased(session, issuing, installation_id, present):
        return None
    people = _people(session, installation_id, present)
    titles = _titles(session, installation_id)
    quiet = _is_suppressed(session, issuing, installation_id, present)
    return Facts(
        contact_id=present,
        links=_links(session, people, titles, issuing, now, quiet=quiet),
        campaigns=[] if quiet else [(slug, title) for slug, (title, published) in titles.items() if published],
        consent=_consent(session, issuing, people),
        visits=_visits(session, people, titles),
    )


def _people(session: Session, installation_id: str, contact_id: str) -> Sequence[str]:
    """The contact's recipients: one, or more after a merge of two who both had links."""
    before = select(HubSpotContact.contact_id).where(
        HubSpotContact.installation_id == installation_id, HubSpotContact.moved_to == contact_id
    )
    return session.scalars(
        select(Recipient.id)
        .where(
            Recipient.installation_id == installation_id,
            Recipient.external_type == CONTACT,
            Recipient.external_id.in_([contact_id, *session.scalars(before.limit(100))]),
        )
        .order_by(Recipient.id)
    ).all()


def _is_gone(session: Session, installation_id: str, contact_id: str) -> bool:
    return (
        session.scalar(
            select(HubSpotContact.gone_at).where(
                HubSpotContact.installation_id == installation_id, HubSpotContact.contact_id == contact_id
            )
        )
        is not None
    )


def _reasons(session: Session, issuing: Issuing, installation_id: str, contact_id: str) -> frozenset[str]:
    ref = ExternalRef(installation_id, CONTACT, contact_id)
    return suppress.reasons(session, suppress.pseudonym_of(issuing.keyring.vault, ref))


def _is_erased(session: Session, issuing: Issuing, installation_id: str, contact_id: str) -> bool:
    return bool(_reasons(session, issuing, installation_id, contact_id) - set(suppress.CRM_REASONS))


def _is_suppressed(session: Session, issuing: Issuing, installation_id: str, contact_id: str) -> bool:
    """Opted out of mail, or it bounces: no link can be made. What was told before they did stays."""
    return bool(_reasons(session, issuing, installation_id, contact_id))


def _titles(session: Session, installation_id: str) -> Mapping[str, tuple[str, bool]]:
    """Every campaign of the account: slug → its title and whether it is published."""
    rows = session.execute(
        select(Campaign.slug, Campaign.published_version, StoryboardVersion.document)
        .outerjoin(
            StoryboardVersion,
            (StoryboardVersion.campaign_id == Campaign.id) & (StoryboardVersion.version == Campaign.published_version),
        )
        .where(Campaign.installation_id == installation_id)
        .order_by(Campaign.slug)
    )
    return {slug: (_title(document) or slug, version is not None) for slug, version, document in rows}


def _title(document: Mapping[str, Any] | None) -> str:
    told = document or {}
    return in_words(told.get("title") or {}, (told.get("languages") or ["en"])[0], "")


def _links(
    session: Session,
    people: Sequence[str],
    titles: Mapping[str, tuple[str, bool]],
    issuing: Issuing,
    now: datetime,
    *,
    quiet: bool,
) -> list[ShownLink]:
    """The latest to each campaign that nobody withdrew."""
    rows = session.execute(
        select(Link, Campaign.slug)
        .join(Campaign, Campaign.id == Link.campaign_id)
        .where(Link.recipient_id.in_(people), Link.revoked_at.is_(None))
        .order_by(Link.expires_at.desc(), Link.id)
        .limit(500)
    )
    found: dict[str, ShownLink] = {}
    for link, slug in rows:
        if slug in found:
            continue
        title, published = titles.get(slug, (slug, False))
        key = issuing.keyring.kept(session, link.kid)
        live = link.expires_at > now and published and key is not None
        url = address(issuing.origin, sign(link.id, link.expires_at, key)) if live and key is not None else None
        found[slug] = ShownLink(title, slug, url, link.expires_at, published and not quiet)
    return list(found.values())


def _consent(session: Session, issuing: Issuing, people: Sequence[str]) -> tuple[str, datetime | None]:
    """What they last decided, in whichever campaign; a browser's signal only where nothing was decided."""
    pairs = session.execute(
        select(Link.recipient_id, Link.campaign_id).where(Link.recipient_id.in_(people)).distinct().limit(500)
    )
    vault = issuing.keyring.vault
    principals = [principal_of(vault, recipient_id, campaign_id) for recipient_id, campaign_id in pairs]
    said = (
        select(ConsentReceipt.state, ConsentReceipt.at)
        .where(ConsentReceipt.principal.in_(principals), ConsentReceipt.purpose == Purpose.WATCH_TRACKING.value)
        .order_by(ConsentReceipt.at.desc(), ConsentReceipt.id.desc())
        .limit(1)
    )
    signalled = ConsentReceipt.state == ConsentState.SIGNALLED_OFF.value
    for one in (said.where(~signalled), said):
        if row := session.execute(one).first():
            return str(row[0]), row[1]
    return _NOT_ASKED, None


def _visits(session: Session, people: Sequence[str], titles: Mapping[str, tuple[str, bool]]) -> list[ShownVisit]:
    rows = session.execute(
        select(Visit, Campaign.slug)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(
            Visit.recipient_id.in_(people),
            Visit.tracked.is_(True),
            Visit.settled_at.is_not(None),
            Visit.who.in_([str(who) for who in PEOPLE]),
        )
        .order_by(Visit.started_at.desc(), Visit.id)
        .limit(MOST_VISITS)
    ).all()
    played = _played(session, [visit.id for visit, _ in rows])
    spans = {
        visit.id: [Span(round(start * 1000), round(end * 1000)) for start, end in visit.spans] for visit, _ in rows
    }
    faced = shares_of(session, spans)
    return [
        ShownVisit(
            id=visit.id,
            campaign=titles.get(slug, (slug, False))[0],
            slug=slug,
            at=visit.started_at,
            who=visit.who,
            verdict=visit.verdict,
            summary=visit.summary,
            spans=spans[visit.id],
            duration_s=visit.duration_s,
            played=played.get(visit.id, ()),
            attention=faced.get(visit.id),
        )
        for visit, slug in rows
    ]


def _played(session: Session, visit_ids: Collection[str]) -> Mapping[str, Sequence[Span]]:
    rows = session.execute(
        select(Event.visit_id, Event.data)
        .where(Event.visit_id.in_(visit_ids), Event.kind == "video.watched")
        .order_by(Event.received_at.desc())
        .limit(_MOST_EVENTS)
    )
    found: dict[str, list[Span]] = {}
    for visit_id, data in rows:
        start, end = round(data["from"] * 1000), round(data["to"] * 1000)
        if start < end:
            found.setdefault(visit_id, []).append(Span(start, end))
    return found
