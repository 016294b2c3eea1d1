"""Routes of the choice to be measured, its receipt, and our word on Global Privacy Control; beacons: see `door`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import orjson
from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.campaigns.storyboard import Brand
from plugin.decisions.models import Open
from plugin.engagement import nonce
from plugin.engagement.begin import Begun
from plugin.engagement.choose import agree, decline
from plugin.engagement.models import Visit
from plugin.kernel.errors import BadInput, Forbidden, NotFound
from plugin.privacy import consent
from plugin.privacy.models import ConsentReceipt, ConsentState
from web.beacons import door, present
from web.security import same_origin
from web.services import services

bp = Blueprint("beacons", __name__)
bp.record_once(lambda state: door.install(cast("Flask", state.app)))

_GPC = {"gpc": True, "lastUpdate": "2026-11-21"}


@bp.post("/consent")
def choose() -> Response:
    """Record a yes or a no and show what holds now; without script, back to the page."""
    if not same_origin(request):
        raise Forbidden("this only works from the page itself")
    here = services()
    licence = nonce.verify(here.vault, request.form.get("nonce", ""), now=here.clock())
    with here.database.transaction() as session:
        page = _page_of(session, licence.open_id)
        notice = present.notice_of(page.brand, page.language, page.begun.regime, here.settings.event_days)
        match request.form.get("choice"):
            case "yes":
                gpc = present.signals_off(request)
                receipt = agree(session, licence.open_id, notice, vault=here.vault, gpc=gpc, clock=here.clock)
            case "no":
                receipt = decline(session, licence.open_id, notice, vault=here.vault, clock=here.clock)
            case _:
                raise BadInput("the answer is yes or no")
        session.flush()
        begun = _page_of(session, licence.open_id, ConsentState(receipt.state)).begun
    return _chosen(page, begun, receipt)


@bp.get("/consent/receipt")
def receipt() -> Response:
    """The receipts this browser was given, as a file to keep; what was said in another is not for it to know."""
    held = present.receipts_held(request)
    with services().database.reading() as session:
        receipts = consent.copies(session, held)
    if not receipts:
        raise NotFound("this browser holds no receipt")
    body = orjson.dumps(receipts, option=orjson.OPT_INDENT_2)
    disposition = 'attachment; filename="consent-receipt.json"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store, private"}
    return Response(body, mimetype="application/json", headers=headers)


@bp.get("/.well-known/gpc.json")
def gpc() -> Response:
    """We honour Global Privacy Control (its specification, §4)."""
    return Response(orjson.dumps(_GPC), mimetype="application/json", headers={"Cache-Control": "public, max-age=86400"})


# -- parts ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    begun: Begun
    brand: Brand
    language: str
    slug: str


def _page_of(session: Session, open_id: str, state: ConsentState | None = None) -> _Page:
    row = session.execute(
        select(Visit.tracked, Visit.gpc, Campaign.regime, Campaign.slug, Open.language, StoryboardVersion.document)
        .join(Open, Open.id == Visit.id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .join(StoryboardVersion, StoryboardVersion.id == Open.storyboard_version_id)
        .where(Visit.id == open_id)
    ).one_or_none()
    if row is None:
        raise NotFound("no such visit")
    begun = Begun(open_id, row.regime, state, row.gpc or present.signals_off(request), row.tracked)
    return _Page(begun, Brand.model_validate(row.document["brand"]), row.language, row.slug)


def _chosen(page: _Page, begun: Begun, receipt: ConsentReceipt) -> Response:
    if request.headers.get("HX-Request") == "true":
        days, token = services().settings.event_days, request.form["nonce"]
        view = present.consent_view(begun, page.brand, page.language, token, event_days=days, receipt=True)
        answer = make_response(render_template("ui/consent_fragment.html", view=view))
        told = {"segue:consent": {"tracking": "on" if begun.tracked else "off"}}
        answer.headers["HX-Trigger"] = orjson.dumps(told).decode()
    else:
        answer = make_response(redirect(f"/w/{page.slug}", 303))
    present.keep_receipt(answer, request, receipt.id)
    return answer
