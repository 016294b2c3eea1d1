"""One open over HTTP: from the link in the form or the cookie to everything the page shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cachetools import TTLCache
from flask import Request

from plugin.accounts.models import Installation
from plugin.decisions.open_link import decide, keep
from plugin.decisions.plan import OpenedVideo
from plugin.decisions.shell import StoryFront, front_of
from plugin.kernel.errors import Forbidden
from plugin.links.errors import LinkInvalid
from plugin.links.resolve import ResolvedLink, resolve
from web.attention import camera
from web.beacons.present import VisitView, begin_visit
from web.crm.access import is_member
from web.landing.kept import Kept
from web.landing.present import Freshness, facts, freshness, freshness_state, parts, used
from web.landing.shell import personal_page
from web.landing.words import language_name
from web.player.present import player_json
from web.security import csp_nonce, same_origin
from web.services import Services
from web.texts import texts

COOKIE = "__Host-segue"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_PRODUCTS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}
"""Where an account's label would show a recipient its number."""
_labels: Kept[tuple[int, str], str] = Kept(TTLCache(maxsize=256, ttl=60))


@dataclass(frozen=True, slots=True)
class Order:
    """What the page asked for, checked."""

    token: str
    language: str | None
    """What the viewer chose; None: as their record says."""
    personal: bool
    """False: without anything from their record."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An open, its visit, and the link it came by."""

    token: str
    link: ResolvedLink
    opened: OpenedVideo
    visit: VisitView
    front: StoryFront
    source: str
    """What the values come from, as 'Why this?' names it: the CRM, without its account's number."""
    around: Mapping[str, Any]
    """What stands around the stage."""


def read_order(incoming: Request) -> Order:
    """The open as asked for; raises `LinkInvalid` without a link, `Forbidden` when another site sent it.

    A form that brings the link itself needs no more proof when the browser is too old to say where it comes from.
    """
    brought = incoming.form.get("link", "")
    token = brought or incoming.cookies.get(COOKIE, "")
    if not token:
        raise LinkInvalid
    if not same_origin(incoming) and not (brought and silent_on_origin(incoming)):
        raise Forbidden("this only works from the page itself")
    return Order(token, asked_language(incoming.form.get("language")), incoming.form.get("personal") != "no")


def silent_on_origin(incoming: Request) -> bool:
    """Whether a browser, being old, doesn't say which site sent this; one that names another site isn't silent."""
    # 'null' is what Referrer-Policy: no-referrer makes of our own origin.
    return "Sec-Fetch-Site" not in incoming.headers and incoming.headers.get("Origin") in (None, "null")


def asked_language(text: str | None) -> str | None:
    """A language tag if it is one."""
    return text if text and _LANGUAGE.fullmatch(text) else None


def open_video(here: Services, incoming: Request, order: Order) -> Opening:
    """Resolve, read, decide, begin the visit. Raises what `resolve`, `decide` and `keep` raise."""
    with here.database.reading() as session:
        link = resolve(session, order.token, keyring=here.keyring, clock=here.clock)
    decided = decide(
        here.database,
        link,
        vault=here.vault,
        profiles=here.connectors.of,
        budget_s=here.settings.profile_budget_s,
        language=order.language,
        personal=order.personal,
    )
    opened = decided.opened
    front = front_of(decided.story, opened.plan.language)
    member = is_member(incoming)
    # The open and its visit are one fact: written together or not at all.
    with here.database.transaction() as session:
        visit_id = None if member else camera.invited(session, incoming, link, here)
        going_on = visit_id is not None and camera.arrive(session, visit_id, decided)
        if going_on and visit_id is not None:
            opened = replace(opened, open_id=visit_id)
        else:
            keep(session, decided, vault=here.vault, clock=here.clock)
        visit = begin_visit(
            session,
            incoming,
            opened,
            front.storyboard.brand,
            here,
            member=member,
            attentive=visit_id is not None,
            going_on=going_on,
        )
        source = _label(here, session, link.ref.installation_id)
        around = personal_page(session, front, link.campaign_slug, here.settings.public_origin)
    return Opening(order.token, link, opened, visit, front, source, around)


def stage(opening: Opening, order: Order, here: Services) -> dict[str, Any]:
    """What the stage template shows."""
    plan, front = opening.opened.plan, opening.front
    words = texts(plan.language, "landing")
    contact_before, _, contact_after = words["why_contact"].partition("{contact}")
    contact = front.storyboard.brand.contact
    view = player_json(plan, here)
    return {
        "plan": plan,
        "greeting": plan.greeting,
        "facts": facts((plan.duration_s, plan.duration_s), plan.language, plan.disclosure, words),
        "parts": parts(plan.scenes, plan.transcript, words),
        "fields": used(plan.fields),
        "fresh": freshness_of(opening, order),
        "source": opening.source,
        "contact_before": contact_before,
        "contact_after": contact_after,
        "contact_href": f"mailto:{contact}" if "@" in contact and " " not in contact else front.storyboard.brand.url,
        "player_view": view,
        "visit": opening.visit.attributes,
        "consent_view": opening.visit.consent,
        "attention_view": opening.visit.attention,
        "here": f"/w/{opening.link.campaign_slug}",
        "download": view["download"],
        "token": opening.token,
        "personal": order.personal,
        "languages": _other_languages(front, plan.language),
        "nonce": csp_nonce(),
    }


def freshness_of(opening: Opening, order: Order) -> Freshness:
    """How old the values are, in the plan's language."""
    opened = opening.opened
    return freshness(
        opened.profile_read_at,
        live=opened.live,
        asked=_asked(opening, order),
        source=opening.source,
        words=texts(opened.plan.language, "landing"),
    )


def state_of(opening: Opening, order: Order) -> str:
    """The same in one word."""
    opened = opening.opened
    return freshness_state(opened.profile_read_at, live=opened.live, asked=_asked(opening, order))


def _asked(opening: Opening, order: Order) -> bool:
    return order.personal and bool(opening.front.storyboard.fields)


def seconds_left(expires_at: datetime, now: datetime) -> int:
    """How long the cookie may live: as long as the link, at most 90 days."""
    return max(0, min(90 * 86_400, int((expires_at - now).total_seconds())))


def _other_languages(front: StoryFront, spoken: str) -> tuple[tuple[str, str], ...]:
    """Tag and invitation, each in its own language: 'En español'."""
    others = [tag for tag in front.storyboard.languages if tag != spoken]
    return tuple((tag, _invitation(tag)) for tag in others)


def _invitation(tag: str) -> str:
    return texts(tag, "landing")["other_language"].format(language=language_name(tag, tag))


def _label(here: Services, session: Any, installation_id: str) -> str:
    def named() -> str:
        found = session.get(Installation, installation_id)
        return _PRODUCTS.get(found.connector, found.label) if found else "CRM"

    return _labels.get((id(here), installation_id), named)
