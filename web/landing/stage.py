"""The opened video as markup: rendered once for each shape an open can take, then only filled in.

Two opens have one shape when they differ in nothing but what one person is told: the greeting, what is drawn over the
picture, when their record was read, and the open's own tokens. A shape is rendered with marks in those places.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from cachetools import LRUCache
from flask import render_template
from markupsafe import Markup

from plugin.decisions.plan import OpenedVideo, Plan
from web.beacons.present import VisitView
from web.landing.kept import Kept
from web.landing.opening import Opening, Order, freshness_of, stage, state_of
from web.landing.prerender import Holes, Prerendered
from web.player.present import address_of_player
from web.services import Services

_FIXED = ("nonce", "token", "visit", "greeting", "at", "time")
_pages: Kept[tuple[Any, ...], Prerendered] = Kept(LRUCache(maxsize=1024))


def opened_page(opening: Opening, order: Order, here: Services, *, nonce: str, fragment: bool) -> bytes:
    """The stage for htmx, or a whole page; raises `NotFound` or `Gone` when a clip is no longer there."""
    lasting = address_of_player(opening.opened.plan, here)
    key = (fragment, lasting, here.settings.public_origin, here.settings.event_days, *_shape(opening, order))
    page = _pages.get(key, lambda: _render(opening, order, here, fragment))
    return page.fill(nonce=nonce, **_told(opening, order))


def _shape(opening: Opening, order: Order) -> tuple[Any, ...]:
    """Everything the markup depends on that isn't told to one person alone."""
    plan, consent, attention = opening.opened.plan, opening.visit.consent, opening.visit.attention
    return (
        opening.front.version_id,
        opening.link.campaign_slug,
        plan.language,
        tuple((scene.id, scene.clip_id, scene.reason.choice) for scene in plan.scenes),
        tuple(overlay.id for overlay in plan.overlays),
        tuple(cta.id for cta in plan.ctas),
        tuple((use.name, use.known, use.used_fallback) for use in plan.fields),
        (order.personal, opening.source, state_of(opening, order)),
        opening.visit.attributes.replace(consent.nonce, ""),
        (consent.state, consent.line, consent.receipt),
        attention and (attention.state, attention.server, attention.line),
    )


def _told(opening: Opening, order: Order) -> dict[str, Any]:
    """What fills a shape's holes; overlays by their place."""
    plan = opening.opened.plan
    told: dict[str, Any] = {
        "token": opening.token,
        "visit": opening.visit.consent.nonce,
        "greeting": plan.greeting,
        "at": "",
        "time": "",
    }
    if state_of(opening, order) == "snapshot":
        fresh = freshness_of(opening, order)
        told |= {"at": fresh.at, "time": fresh.time}
    for at, overlay in enumerate(plan.overlays):
        told |= {f"text{at}": overlay.text, f"number{at}": overlay.number, f"spoken{at}": overlay.spoken}
    return told


def _render(opening: Opening, order: Order, here: Services, fragment: bool) -> Prerendered:
    places = range(len(opening.opened.plan.overlays))
    spoken = [f"spoken{at}" for at in places]
    drawn = [f"{part}{at}" for part in ("text", "number") for at in places]
    holes = Holes([*_FIXED, *spoken], as_json=drawn)
    marks = holes.marks
    shown = {**opening.around, **stage(_marked(opening, marks), order, here), "nonce": marks["nonce"]}
    if state_of(opening, order) == "snapshot":
        shown["fresh"] = replace(shown["fresh"], at=marks["at"], time=marks["time"])
    return holes.cut(render_template("landing/stage.html" if fragment else "landing/opened.html", **shown))


def _marked(opening: Opening, marks: Any) -> Opening:
    """The same open with a mark wherever it speaks to one person."""
    opened: OpenedVideo = replace(opening.opened, plan=_marked_plan(opening.opened.plan, marks))
    visit, nonce = opening.visit, opening.visit.consent.nonce
    attributes = Markup(str(visit.attributes).replace(nonce, marks["visit"]))  # noqa: S704 - only a mark was put in
    attention = visit.attention and replace(visit.attention, nonce=marks["visit"])
    shown = VisitView(attributes, replace(visit.consent, nonce=marks["visit"]), attention)
    return replace(opening, token=marks["token"], opened=opened, visit=shown)


def _marked_plan(plan: Plan, marks: Any) -> Plan:
    overlays = tuple(
        replace(overlay, text=marks[f"text{at}"], number=cast("Any", marks[f"number{at}"]), spoken=marks[f"spoken{at}"])
        for at, overlay in enumerate(plan.overlays)
    )
    # Lines stand by their start; overlays that start together, in the plan's order.
    drawn = iter(sorted(overlays, key=lambda overlay: overlay.from_s))
    lines = tuple(
        replace(line, text=next(drawn).spoken) if line.kind == "overlay" else line for line in plan.transcript
    )
    return replace(plan, greeting=marks["greeting"], overlays=overlays, transcript=lines)
